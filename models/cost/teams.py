"""Hugh Dickins's team pages (huge tmpfs, patches of 5 April 2016) and, to compare, small pages on their own.

A team is N small pages, each with a _mapcount of its own; the head's team_usage counts the huge mappings and the
members that PTEs map. A member's first and last PTE change it by compare-and-swap.
"""

from models.cost.counters import MOST, State, atomic_rmw, atomic_rmw_of_each
from thpverify.lang import Int, choose, thread


@thread
def map_pmd(s: State):
    """map_team_by_pmd(): page_add_file_rmap() of the head, and one mapping more in team_usage."""
    atomic_rmw(s)
    yield "_mapcount of the head"
    atomic_rmw(s)
    yield "team_usage"


@thread
def unmap_pmd(s: State):
    """unmap_team_by_pmd()."""
    atomic_rmw(s)
    yield "team_usage"
    atomic_rmw(s)
    yield "_mapcount of the head"


@thread
def map_pte(s: State):
    """page_add_file_rmap() of a member, with inc_team_pte_mapped() if it is the first."""
    atomic_rmw(s)
    first = choose((False, True))
    yield "_mapcount"
    if first:
        atomic_rmw(s)
        yield "team_usage"


@thread
def unmap_pte(s: State):
    """page_remove_rmap() of a member, with dec_team_pte_mapped() if it was the last."""
    atomic_rmw(s)
    last = choose((False, True))
    yield "_mapcount"
    if last:
        atomic_rmw(s)
        yield "team_usage"


@thread
def split_pmd(s: State):
    """remap_team_by_ptes(): one huge mapping less, then each tail is mapped; the head keeps its _mapcount."""
    atomic_rmw(s)
    yield "team_usage"
    i: Int[1, MOST] = 1
    while i < s.nr:
        atomic_rmw(s)
        i += 1
        first = choose((False, True))
        yield "_mapcount"
        if first:
            atomic_rmw(s)
            s.counted += 1
            yield "team_usage of a first mapping"


@thread
def small_map_all(s: State):
    """N small pages mapped by N PTEs, as 2M of memory are without huge pages."""
    yield from atomic_rmw_of_each(s)


@thread
def small_unmap_all(s: State):
    """And unmapped."""
    yield from atomic_rmw_of_each(s)
