"""v6.2 to v6.9: _entire_mapcount and _nr_pages_mapped (subpages_mapcount in v6.2); anon as file.

page_add_anon_rmap(), page_add_file_rmap() and page_remove_rmap(), from v6.7 on the folio functions. A PMD no longer
touches the _mapcount of each subpage. PTEs, also many at once, count _nr_pages_mapped page by page.
"""

from models.cost.counters import MOST, State, atomic_rmw
from thpverify.lang import Int, choose, thread


def count_one(s):
    """A PMD or a PTE: its counter, and _nr_pages_mapped if it is the first or the last."""
    atomic_rmw(s)
    first = choose((False, True))
    yield "_entire_mapcount or _mapcount"
    if first:
        atomic_rmw(s)
        yield "_nr_pages_mapped"


@thread
def map_pmd(s: State):
    """page_add_anon_rmap() and page_add_file_rmap() of a PMD."""
    yield from count_one(s)


@thread
def unmap_pmd(s: State):
    """page_remove_rmap() of a PMD; all that splitting a file's PMD costs."""
    yield from count_one(s)


@thread
def map_pte(s: State):
    """The same of a PTE."""
    yield from count_one(s)


@thread
def unmap_pte(s: State):
    """page_remove_rmap() of a PTE."""
    yield from count_one(s)


@thread
def anon_split_pmd(s: State):
    """__split_huge_pmd_locked(): page_add_anon_rmap() of each subpage, then page_remove_rmap() of the PMD."""
    i: Int[0, MOST] = 0
    while i < s.nr:
        atomic_rmw(s)
        first = choose((False, True))
        yield "_mapcount"
        if first:
            atomic_rmw(s)
        i += 1
        yield "_nr_pages_mapped, if the subpage was not mapped"
    yield from count_one(s)
