"""A huge page (anonymous or shmem), the small pages that may take a subpage's place, and the page tables."""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, record

NR = Constant("HPAGE_PMD_NR", 4)
MMS = Constant("NR_MMS", 2)
ANON = Constant("PageAnon", 1)  # 1: an anonymous THP, 0: a shmem THP in the page cache


MMAP_LOCK = Constant("MODEL_MMAP_LOCK", 0)  # 1: tasks take mmap_lock; 0: nothing in the scenario holds it for writing


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2


class Pte(Enum):
    NONE = 0
    PAGE = 1  # the subpage of the huge page
    MIGRATION = 2  # a migration entry for it, while split_huge_page() works
    FRESH = 3  # the small page in its place


@record
class Page:
    """The huge page. Counters that the kernel starts at -1 start at 0 here.

    `refcount[0]` and `held[0]` count for every subpage that is still a tail. `held` is what the kernel does not store:
    the references that running tasks have taken and not yet given back or handed to a mapping.
    """

    compound: Bool = True  # PG_head of subpage 0
    tail: Array[NR, Bool] = False  # PageTail: compound_head() leads to subpage 0
    locked: Lock  # PG_locked
    frozen: Ghost[Bool] = False  # between page_ref_freeze() and the last page_ref_unfreeze()
    cached: Bool = False  # in the page cache
    refcount: Array[NR, Int[0, 31]] = 0
    held: Array[NR, Ghost[Int[0, 15]]] = 0
    compound_mapcount: Int[0, MMS] = 0
    mapcount: Array[NR, Int[0, MMS + 1]] = 0
    double_map: Bool = False  # PG_double_map
    data: Array[NR, Bool] = True


@record
class Fresh:
    """A small page that can take the place of one subpage: after a refault, a COW fault or a migration."""

    refcount: Int[0, 7] = 0
    held: Ghost[Int[0, 7]] = 0
    cached: Bool = False  # in the page cache, in the place of the subpage
    data: Bool = False


@record
class AddressSpace:
    """What one process maps in the window of the huge page. One lock stands for the pmd lock and the pte lock."""

    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[NR, Pte] = Pte.NONE
    mmap_lock: Int[-1, 3] = 0  # its readers, or -1: held for writing


def head(s, i: int) -> int:
    """compound_head()."""
    return 0 if s.page.tail[i] else i


def begin(s) -> None:
    """A task starts to do something."""
    s.busy += 1


def finish(s) -> None:
    """A task is done: from now on it holds nothing."""
    s.busy -= 1


def get_page(s, i: int) -> None:
    """A task takes a reference on subpage i, which has one already."""
    assert s.page.refcount[head(s, i)] > 0
    s.page.refcount[head(s, i)] += 1
    s.page.held[head(s, i)] += 1


def put_page(s, i: int) -> None:
    """A task gives its reference on subpage i back."""
    s.page.refcount[head(s, i)] -= 1
    s.page.held[head(s, i)] -= 1


def can_get(s, i: int) -> bool:
    """Whether get_page_unless_zero() succeeds."""
    return s.page.refcount[head(s, i)] > 0


def get_fresh(s, i: int) -> None:
    """A task takes a reference on the small page, which has one already."""
    assert s.fresh[i].refcount > 0
    s.fresh[i].refcount += 1
    s.fresh[i].held += 1


def put_fresh(s, i: int) -> None:
    """A task gives its reference on the small page back."""
    s.fresh[i].refcount -= 1
    s.fresh[i].held -= 1


def entry(s, a: int, i: int) -> Pte:
    """What a walk of the page table of `a` finds; the huge PMD is seen as an entry for each subpage."""
    if s.mm[a].pmd == Pmd.HUGE:
        return Pte.PAGE
    if s.mm[a].pmd == Pmd.NONE:
        return Pte.NONE
    return s.mm[a].pte[i]


def mmap_read_lock(s, a: int):
    """mmap_read_lock(), where the scenario has it."""
    if MMAP_LOCK == 1:
        while s.mm[a].mmap_lock < 0:
            yield
        s.mm[a].mmap_lock += 1
        yield "mmap_read_lock"


def mmap_read_unlock(s, a: int):
    """mmap_read_unlock()."""
    if MMAP_LOCK == 1:
        s.mm[a].mmap_lock -= 1
        yield "mmap_read_unlock"


def lock_page(s):
    """lock_page()."""
    while s.page.locked:
        yield
    s.page.locked = True
    yield "lock_page"


def map_huge(s, mms: int) -> None:
    """Set up: the first `mms` address spaces map the huge page by PMD; a shmem page is in the page cache."""
    for i in range(1, NR):
        s.page.tail[i] = True
    for a in range(mms):
        s.mm[a].pmd = Pmd.HUGE
    s.page.compound_mapcount = mms
    if ANON == 1:
        s.page.refcount[0] = mms
    else:
        s.page.cached = True
        s.page.refcount[0] = NR + mms
        for i in range(NR):
            s.page.mapcount[i] = mms
