"""What huge= promises, and that nothing stays beyond the end of the file (models/mm/shmem_policy.py)."""

from models.mm.shmem_policy import EXTENTS, HUGE, NONE, NR, extent_of
from thpverify.lang import invariant, reachable


@invariant(code="PERF")
def within_size_is_within_size(s) -> bool:
    """With huge=within_size a huge page is taken only if the file, as it is looked at, reaches to its end."""
    return not s.beyond


@invariant(code=("ACCT", "LEAK"))
def nothing_small_is_beyond_the_end(s) -> bool:
    """When nobody is doing anything, no small page, and no huge page as a whole, lies beyond the end of the file."""
    return s.busy > 0 or all(
        s.slot[i] == NONE or i < s.size or (s.slot[i] == HUGE and extent_of(i) < s.size) for i in range(EXTENTS * NR)
    )


@invariant(code="PERF")
def the_shrinker_knows_of_what_is_beyond(s) -> bool:
    """When nobody is doing anything, an inode with a huge page that is partly beyond the end is on the list."""
    return s.busy > 0 or s.shrinklist or all(s.slot[i] != HUGE or i < s.size for i in range(EXTENTS * NR))


@reachable
def a_huge_page_is_taken(s) -> bool:
    """There is a huge page in the page cache."""
    return any(slot == HUGE for slot in s.slot)


@reachable
def a_huge_page_is_split(s) -> bool:
    """The end of the file lies within an extent that has small pages only."""
    return s.size % NR > 0 and s.slot[s.size - s.size % NR] != HUGE and s.slot[s.size - s.size % NR] != NONE
