"""v4.5 to v6.1: compound_mapcount, a _mapcount for each subpage, and PG_double_map (mm/rmap.c, mm/huge_memory.c).

models/mm/rmap.py has the same code with its counters. Anonymous pages use the subpages' _mapcount for PTEs only; file
pages (shmem, v4.8) change all of them for a PMD as well.
"""

from models.cost.counters import State, atomic_rmw, atomic_rmw_of_each
from thpverify.lang import choose, thread


@thread
def anon_map_pmd(s: State):
    """do_page_add_anon_rmap(compound)."""
    atomic_rmw(s)
    yield "compound_mapcount"


@thread
def anon_unmap_pmd(s: State):
    """page_remove_anon_compound_rmap(): the last PMD of a page that PTEs map too removes the bias."""
    atomic_rmw(s)
    last = choose((False, True))
    yield "compound_mapcount"
    if last:
        atomic_rmw(s)
        doubled = choose((False, True))
        yield "TestClearPageDoubleMap"
        if doubled:
            yield from atomic_rmw_of_each(s)


@thread
def anon_map_pte(s: State):
    """do_page_add_anon_rmap()."""
    atomic_rmw(s)
    yield "_mapcount"


@thread
def anon_unmap_pte(s: State):
    """page_remove_rmap()."""
    atomic_rmw(s)
    yield "_mapcount"


@thread
def anon_split_pmd(s: State):
    """__split_huge_pmd_locked(): see split_anon_rmap() in models/mm/rmap.py."""
    yield from atomic_rmw_of_each(s)
    shared = choose((False, True))
    yield "compound_mapcount read"
    if shared:
        atomic_rmw(s)
        doubled = choose((False, True))
        yield "TestSetPageDoubleMap"
        if not doubled:
            yield from atomic_rmw_of_each(s)
    atomic_rmw(s)
    last = choose((False, True))
    yield "compound_mapcount"
    if last:
        atomic_rmw(s)
        biased = choose((False, True))
        yield "TestClearPageDoubleMap"
        if biased:
            yield from atomic_rmw_of_each(s)


@thread
def shmem_map_pmd(s: State):
    """page_add_file_rmap(compound) as merged in v4.8: each subpage, then compound_mapcount."""
    yield from atomic_rmw_of_each(s)
    atomic_rmw(s)
    yield "compound_mapcount"


@thread
def shmem_unmap_pmd(s: State):
    """page_remove_file_rmap(compound); a split of the PMD is no more than that, PTEs are faulted in later."""
    yield from atomic_rmw_of_each(s)
    atomic_rmw(s)
    yield "compound_mapcount"


@thread
def shmem_map_pte(s: State):
    """page_add_file_rmap() of a subpage: SetPageDoubleMap() first."""
    atomic_rmw(s)
    yield "SetPageDoubleMap"
    atomic_rmw(s)
    yield "_mapcount"


@thread
def shmem_unmap_pte(s: State):
    """page_remove_file_rmap()."""
    atomic_rmw(s)
    yield "_mapcount"
