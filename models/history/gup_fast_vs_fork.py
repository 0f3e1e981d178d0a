"""gup-fast-vs-fork: a pin that comes between fork's look for pins and its write protection (57efa1fe5957, v5.11)."""

from models.mm.fork_pin import Forking, exit_child, fork, pin_user_pages_fast, writable_page, write
from models.patches import FORK_SEQCOUNT, V5_10
from properties.cow import pinned_page_is_the_mapped_one
from properties.fork_pin import child_gets_a_copy_of_a_pinned_page, page_is_shared_by_fork
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "gup-fast-vs-fork",
    fix=FORK_SEQCOUNT,
    introduced="v5.9",
    invariants=["COW", "REF"],
    breaks="fork shares a page that is being pinned; the parent's next write takes a copy, the device keeps the page.",
)

REACHED = [child_gets_a_copy_of_a_pinned_page, page_is_shared_by_fork]
for patches, properties, expect in (
    ([], [], violates("pinned_page_is_the_mapped_one")),
    ([FORK_SEQCOUNT], REACHED, HOLDS),
):
    scenario(
        "gup-fast-vs-fork",
        state=Forking,
        threads=[fork(), exit_child(), pin_user_pages_fast(), write()],
        properties=[pinned_page_is_the_mapped_one, *properties],
        initial=writable_page,
        era=V5_10,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
