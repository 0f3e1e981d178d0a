"""fork-vs-pinned-thp: after a fork the owner of a pinned huge page writes to a copy of it (v5.9)."""

from models.mm.fork_huge_pin import ForkingHuge, exit_child, fork, pin_user_pages_fast, writable_huge_page, write
from models.patches import FORK_COPIES_PINNED, FORK_SEQCOUNT, FORK_SPLITS_PINNED, V5_8, V5_10
from properties.fork_huge_pin import (
    child_gets_copies_of_a_pinned_huge_page,
    child_has_gone_and_the_page_is_used_again,
    huge_page_is_shared_by_fork,
    pinned_subpage_is_the_mapped_one,
    references_are_those_of_mappings_and_pins,
    shared_subpage_is_not_writable,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "fork-vs-pinned-thp",
    fix=[FORK_COPIES_PINNED, FORK_SPLITS_PINNED],
    introduced="v2.6.38",
    invariants=["COW", "DATA", "REF"],
    breaks="A huge page that a device has is shared by fork; the parent then writes to a copy.",
)

BROKEN = violates("pinned_subpage_is_the_mapped_one")
SAFE = [shared_subpage_is_not_writable, references_are_those_of_mappings_and_pins]
REACHED = [
    child_gets_copies_of_a_pinned_huge_page,
    huge_page_is_shared_by_fork,
    child_has_gone_and_the_page_is_used_again,
]
for name, era, patches, properties, expect in (
    ("", V5_8, [], [], BROKEN),
    ("-race", V5_10, [], [], BROKEN),
    ("", V5_8, [FORK_COPIES_PINNED, FORK_SPLITS_PINNED, FORK_SEQCOUNT], [*SAFE, *REACHED], HOLDS),
    ("-race", V5_10, [FORK_SEQCOUNT], [*SAFE, *REACHED], HOLDS),
):
    scenario(
        f"fork-vs-pinned-thp{name}",
        state=ForkingHuge,
        threads=[fork(), exit_child(), pin_user_pages_fast(), write()],
        properties=[pinned_subpage_is_the_mapped_one, *properties],
        initial=writable_huge_page,
        era=era,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
