"""What an operation on a mapping of a huge page costs: atomic read-modify-writes of the page, counted one by one.

`nr` is HPAGE_PMD_NR, and symbolic: what is proved holds for every size. An operation is one thread; each atomic is a
step of its own and counts in `atomics`. Counted is what the rmap does: mapcounts, the flags among them (PG_double_map)
and bit locks. Not counted: the reference of the mapping, one atomic for each mapping in every scheme (and one for all N
when a PMD is split); per-CPU statistics; plain loads and stores. What other tasks left in the counters decides only
which branches are taken, so a branch is a choice, and no other task is needed; a compare-and-swap succeeds at once.
"""

from thpverify.lang import Constant, Ghost, Int, record

LEAST = Constant("LEAST_HPAGE_PMD_NR", 2)
MOST = Constant("MOST_HPAGE_PMD_NR", 4)


@record
class State:
    nr: Int[LEAST, MOST] = LEAST  # HPAGE_PMD_NR
    atomics: Ghost[Int[0, 4 * MOST + 8]] = 0  # by the operation so far
    counted: Int[0, MOST] = 0  # subpages of a batch that were not mapped before: `nr` in __folio_add_rmap()


def atomic_rmw(s) -> None:
    """One locked instruction."""
    s.atomics += 1


def atomic_rmw_of_each(s):
    """A loop over all subpages with one atomic for each."""
    i: Int[0, MOST] = 0
    while i < s.nr:
        atomic_rmw(s)
        i += 1
        yield "_mapcount"
