"""v6.15 and later with CONFIG_NO_PAGE_MAPCOUNT: _entire_mapcount, and _large_mapcount under a bit lock in _mm_ids.

The lock is one atomic, test_and_set_bit_lock(); what it covers, _large_mapcount with the mm_id slots, is changed by
plain stores, and the unlock is a store too. With CONFIG_PAGE_MAPCOUNT those of models/cost/nr_pages_mapped.py are there
as well, and the lock takes the place of the atomic on _large_mapcount.
"""

from models.cost.counters import State, atomic_rmw
from thpverify.lang import thread


@thread
def map_pmd(s: State):
    """__folio_add_rmap() of a PMD."""
    atomic_rmw(s)
    yield "_entire_mapcount"
    atomic_rmw(s)
    yield "folio_lock_large_mapcount"


@thread
def unmap_pmd(s: State):
    """__folio_remove_rmap() of a PMD: the other way round."""
    atomic_rmw(s)
    yield "folio_lock_large_mapcount"
    atomic_rmw(s)
    yield "_entire_mapcount"


@thread
def map_pte(s: State):
    """__folio_add_rmap() of PTEs, one or a batch of any length."""
    atomic_rmw(s)
    yield "folio_lock_large_mapcount"


@thread
def unmap_pte(s: State):
    """__folio_remove_rmap() of PTEs, one or a batch of any length."""
    atomic_rmw(s)
    yield "folio_lock_large_mapcount"


@thread
def anon_split_pmd(s: State):
    """__split_huge_pmd_locked(): a batch of N PTEs is added, then the PMD removed."""
    atomic_rmw(s)
    yield "folio_lock_large_mapcount, PTEs"
    atomic_rmw(s)
    yield "folio_lock_large_mapcount, PMD"
    atomic_rmw(s)
    yield "_entire_mapcount"
