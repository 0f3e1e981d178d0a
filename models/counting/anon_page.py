"""An anonymous huge page and the page tables that map it, for any number of processes and of tasks.

Told so that it can be counted, as in page.py; the counters are those of models/mm/page.py.
"""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, record

NR = Constant("HPAGE_PMD_NR", 2)
MMS = Constant("NR_MMS", 2)

MUTANT = Constant("mutant", 0)  # one of these mistakes, or none
SPLIT_ADDS_ALL = 1  # splitting a PMD adds a reference per subpage and forgets that the PMD had one
DUP_WITHOUT_GET = 2  # fork counts the mapping and takes no reference
BIAS_UNSET = 3  # PG_double_map is set and the mapcounts are not raised
BIAS_KEPT = 4  # ... is cleared with the last PMD and the mapcounts are not lowered
FREEZE_UNCHECKED = 5  # page_ref_freeze() does not compare the count


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2
    SPLITTING = 3


@record
class AnonPage:
    """The huge page; there is none while the count is 0. Counters that the kernel starts at -1 start at 0 here.

    `held` is what the kernel does not store: the references that running tasks have taken and neither given back nor
    handed to a mapping; `forked_pmds` and `forked_ptes` are mappings that are counted and not in the child yet.
    """

    compound: Bool = True
    frozen: Bool = False  # between page_ref_freeze() and page_ref_unfreeze() of the head: in use, with a count of 0
    refcount: Int[0, 2 * NR + 31] = 0
    held: Ghost[Int[0, 2 * NR + 15]] = 0
    compound_mapcount: Int[0, MMS + 3] = 0
    mapcount: Array[NR, Int[0, MMS + 4]] = 0
    double_map: Bool = False  # PG_double_map
    forked_pmds: Ghost[Int[0, 3]] = 0
    forked_ptes: Ghost[Int[0, 3]] = 0
    small: Array[NR, Int[0, 1]] = 0  # counts of the subpages that were tails once; number 0 stays 0


@record
class AddressSpace:
    """What one process maps in the window of the huge page. One lock stands for the pmd lock and the pte lock."""

    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[NR, Bool] = False


@record
class AnonMemory:
    page: AnonPage
    mm: Array[MMS, AddressSpace]


def get_page_unless_zero(s):
    """A task that saw the page somewhere, be it long ago, takes a reference; until then it holds nothing."""
    while s.page.refcount == 0:
        yield
    s.page.refcount += 1
    s.page.held += 1
    yield "get_page_unless_zero"


def put_page(s) -> None:
    """A task gives its reference back."""
    s.page.refcount -= 1
    s.page.held -= 1


def drop_compound_mapcount(s):
    """page_remove_anon_compound_rmap(): with the last PMD mapping the bias of PG_double_map goes."""
    s.page.compound_mapcount -= 1
    last = s.page.compound_mapcount == 0
    yield "atomic_add_negative: compound_mapcount"
    if last:
        biased = s.page.double_map
        s.page.double_map = False
        yield "TestClearPageDoubleMap"
        if biased and MUTANT != BIAS_KEPT:
            for i in range(NR):
                s.page.mapcount[i] -= 1
                yield "atomic_dec: bias"
