"""fork() of a huge page of four subpages that two tasks pin while the parent writes (v5.12), for minutes."""

from models.mm.fork_huge_pin import NR, ForkingHuge, exit_child, fork, pin_user_pages_fast, writable_huge_page, write
from models.patches import V5_12
from properties.fork_huge_pin import (
    child_gets_copies_of_a_pinned_huge_page,
    child_has_gone_and_the_page_is_used_again,
    huge_page_is_shared_by_fork,
    pinned_subpage_is_the_mapped_one,
    references_are_those_of_mappings_and_pins,
    shared_subpage_is_not_writable,
)
from thpverify.lang import scenario

scenario(
    "deep-mm-fork-huge-pin",
    state=ForkingHuge,
    threads=[fork(), exit_child(), pin_user_pages_fast(), pin_user_pages_fast(), write()],
    properties=[
        pinned_subpage_is_the_mapped_one,
        shared_subpage_is_not_writable,
        references_are_those_of_mappings_and_pins,
        child_gets_copies_of_a_pinned_huge_page,
        huge_page_is_shared_by_fork,
        child_has_gone_and_the_page_is_used_again,
    ],
    initial=writable_huge_page,
    constants={NR: 4},
    era=V5_12,
    deadlock_free=False,
)
