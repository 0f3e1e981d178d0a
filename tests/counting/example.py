"""A small model that can be counted, and ways to break it: BUG chooses one."""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Int, Lock, counting, invariant, record, scenario, thread

NR = Constant("HPAGE_PMD_NR", 2)
MMS = Constant("NR_MMS", 1)
BUG = Constant("BUG", 0)
FORGETS_A_SUBPAGE, FORGETS_A_REFERENCE = 1, 2


class Pmd(Enum):
    NONE = 0
    HUGE = 1


@record
class Mm:
    ptl: Lock
    pmd: Pmd = Pmd.NONE
    young: Array[NR, Bool] = False


@record
class State:
    refcount: Int[0, 15] = 1
    mapcount: Array[NR, Int[0, 3]] = 0
    mm: Array[MMS, Mm]


@thread
def fault(s, a: int):
    """Maps the page: a reference, then every subpage, then the entry."""
    m = s.mm[a]
    while True:
        while m.ptl or m.pmd != Pmd.NONE:
            yield
        m.ptl = True
        yield "lock"
        s.refcount += 1
        yield "get_page"
        for i in range(NR):
            if BUG != FORGETS_A_SUBPAGE or i > 0:
                s.mapcount[i] += 1
            yield "subpage mapped"
        m.pmd = Pmd.HUGE
        m.ptl = False
        yield "entry set, unlock"


@thread
def zap(s, a: int):
    """Unmaps it again."""
    m = s.mm[a]
    while True:
        while m.ptl or m.pmd != Pmd.HUGE:
            yield
        m.ptl = True
        m.pmd = Pmd.NONE
        yield "entry cleared"
        for i in range(NR):
            s.mapcount[i] -= 1
            yield "subpage unmapped"
        m.ptl = False
        yield "unlock"
        if BUG != FORGETS_A_REFERENCE:
            s.refcount -= 1
        yield "put_page"


@invariant
def mapped_pages_have_references(s) -> bool:
    """A page has a reference per entry, and one more."""
    return s.refcount >= 1 + sum(m.pmd == Pmd.HUGE for m in s.mm)


@invariant
def mapcounts_add_up(s) -> bool:
    """While no lock is held, each subpage is counted once per entry."""
    return sum(m.ptl for m in s.mm) > 0 or sum(s.mapcount) == len(s.mapcount) * sum(m.pmd == Pmd.HUGE for m in s.mm)


@invariant
def few_subpages(s) -> bool:
    """Broken where a page is mapped of which there are no more than two subpages."""
    return len(s.mapcount) > 2 or sum(m.pmd == Pmd.HUGE for m in s.mm) == 0


TASKS = [fault(a=0), zap(a=0)]
INSTANCES = [({NR: n, MMS: 1}, TASKS) for n in (2, 3, 4)]
EXAMPLE = scenario(
    "example",
    state=State,
    threads=TASKS,
    properties=[mapped_pages_have_references, mapcounts_add_up],
    deadlock_free=False,
)
counting(EXAMPLE, size=NR, crowd=MMS, lock="ptl", instances=INSTANCES)
