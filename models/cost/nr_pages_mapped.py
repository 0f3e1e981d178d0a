"""v6.10 to v6.14: _entire_mapcount, _nr_pages_mapped and _large_mapcount (__folio_add_rmap() of v6.12); anon as file.

As in pages_mapped.py, with _large_mapcount besides; of PTEs that come together _nr_pages_mapped is counted once.
"""

from models.cost.counters import MOST, State, atomic_rmw
from thpverify.lang import Int, choose, thread


def add_pmd(s):
    """__folio_add_rmap() and, mirrored, __folio_remove_rmap() of a PMD."""
    atomic_rmw(s)
    first = choose((False, True))
    yield "_entire_mapcount"
    if first:
        atomic_rmw(s)
        yield "_nr_pages_mapped"
    atomic_rmw(s)
    yield "_large_mapcount"


def add_pte(s):
    """The same of one PTE."""
    atomic_rmw(s)
    first = choose((False, True))
    yield "_mapcount"
    if first:
        atomic_rmw(s)
        yield "_nr_pages_mapped"
    atomic_rmw(s)
    yield "_large_mapcount"


@thread
def map_pmd(s: State):
    """folio_add_anon_rmap_pmd(), folio_add_file_rmap_pmd()."""
    yield from add_pmd(s)


@thread
def unmap_pmd(s: State):
    """folio_remove_rmap_pmd(); all that splitting a file's PMD costs."""
    yield from add_pmd(s)


@thread
def map_pte(s: State):
    """folio_add_anon_rmap_pte(), folio_add_file_rmap_pte()."""
    yield from add_pte(s)


@thread
def unmap_pte(s: State):
    """folio_remove_rmap_pte()."""
    yield from add_pte(s)


@thread
def anon_split_pmd(s: State):
    """__split_huge_pmd_locked(): folio_add_anon_rmap_ptes() of all subpages, then folio_remove_rmap_pmd()."""
    i: Int[0, MOST] = 0
    while i < s.nr:
        atomic_rmw(s)
        i += 1
        s.counted += choose((0, 1))
        yield "_mapcount"
    if s.counted > 0:
        atomic_rmw(s)
    yield "_nr_pages_mapped, if some were not mapped"
    atomic_rmw(s)
    yield "_large_mapcount"
    yield from add_pmd(s)
