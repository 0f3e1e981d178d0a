"""fork() that leaves a huge page writable, or a split of its PMD that forgets the references of the entries."""

from models.mm.fork_huge_pin import (
    KEEP_WRITABLE,
    MISTAKE,
    NO_REFERENCES,
    ForkingHuge,
    fork,
    pin_user_pages_fast,
    writable_huge_page,
    write,
)
from models.patches import V5_12
from properties.fork_huge_pin import references_are_those_of_mappings_and_pins, shared_subpage_is_not_writable
from thpverify.lang import scenario, violates

for name, mistake, broken in (
    ("writable", KEEP_WRITABLE, shared_subpage_is_not_writable),
    ("split-without-references", NO_REFERENCES, references_are_those_of_mappings_and_pins),
):
    scenario(
        f"mutant-fork-{name}",
        state=ForkingHuge,
        threads=[fork(), pin_user_pages_fast(), write()],
        properties=[broken],
        initial=writable_huge_page,
        constants={MISTAKE: mistake},
        era=V5_12,
        expect=violates(broken.name),
        deadlock_free=False,
    )
