"""gup-slow-fast-abuse: the slow way to pin refuses what it should move out of CMA memory (f442fa614137, v6.10)."""

from models.mm.gup_longterm import PinnedThp, anywhere, look_at_folio, munmap_thp, pin_user_pages
from models.patches import GUP_SLOW_ADD, V6_9
from properties.gup_longterm import mapped_page_can_be_pinned, page_is_pinned_outside_of_cma
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "gup-slow-fast-abuse",
    fix=GUP_SLOW_ADD,
    introduced="v6.6",
    cve="CVE-2024-44943",
    invariants=["REF"],
    breaks="A huge page in CMA memory gets its first reference and is then refused the others, with a warning.",
)

PIN = {
    "state": PinnedThp,
    "threads": [pin_user_pages(), munmap_thp(), look_at_folio()],
    "initial": anywhere,
    "era": V6_9,
    "deadlock_free": False,
}
PROPERTIES = [mapped_page_can_be_pinned, page_is_pinned_outside_of_cma]

scenario("gup-slow-fast-abuse", properties=PROPERTIES, expect=violates("mapped_page_can_be_pinned"), **PIN)
scenario("gup-slow-fast-abuse", properties=PROPERTIES, patches=[GUP_SLOW_ADD], **PIN)
