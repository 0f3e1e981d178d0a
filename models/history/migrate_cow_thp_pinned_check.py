"""migrate-cow-thp-pinned-check: a huge page mapped by PTEs counts as pinned for ever (829ae0f81ce0, v6.1)."""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_twice
from models.mm.isolation import offline_pages, wp_huge_fault
from models.mm.page import ANON, MMS, NR
from models.patches import TOTAL_MAPCOUNT_ISOLATION, V6_0
from properties.reached import offline_pages_isolates, page_is_copied
from properties.safety import MEMORY
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "migrate-cow-thp-pinned-check",
    fix=TOTAL_MAPCOUNT_ISOLATION,
    introduced="v4.5",
    invariants=["LIVE", "MAP"],
    breaks="After copy-on-write of one subpage the huge page can never be isolated, nor its memory taken offline.",
)

OFFLINE = {
    "state": Machine,
    "threads": [wp_huge_fault(a=0, i=0), offline_pages()],
    "initial": mapped_twice,
    "constants": {KVM: 0, MMS: 2, ANON: 1, NR: 4},
    "era": V6_0,
}
PROPERTIES = [*MEMORY, page_is_copied, offline_pages_isolates]

scenario("migrate-cow-thp-pinned-check", properties=PROPERTIES, expect=violates("deadlock"), **OFFLINE)
scenario("migrate-cow-thp-pinned-check", properties=PROPERTIES, patches=[TOTAL_MAPCOUNT_ISOLATION], **OFFLINE)
