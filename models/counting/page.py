"""A huge page of the page cache and the page tables that map it, for any number of processes and of tasks.

What models/mm tells in full is told here so that it can be counted: a task is one of many that do the same, a process
one of many with the same page tables, a subpage one of HPAGE_PMD_NR. docs/counting.md says what is made of that.
"""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, record

NR = Constant("HPAGE_PMD_NR", 2)
MMS = Constant("NR_MMS", 2)

MUTANT = Constant("mutant", 0)  # one of these mistakes, or none
HEAD_WITHOUT_CACHE = 1  # the head is unfrozen without the cache's reference
TAIL_WITHOUT_CACHE = 2  # so are the tails
TRUNCATE_ONE = 3  # truncation gives one reference back, not one per subpage
PTE_WITHOUT_PUT = 4  # unmapping a PTE forgets put_page()
FREEZE_UNCHECKED = 5  # page_ref_freeze() does not compare the count
COLLAPSE_ONE = 6  # khugepaged does not add the references of the cache
PUT_EACH_SUBPAGE = 7  # unmapping a PMD puts a reference per subpage
SUBPAGE_UNCOUNTED = 8  # mapping by PMD forgets subpage 0
SPLIT_MAPPED = 9  # neither mapcounts nor the count are looked at before the freeze


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2


@record
class Page:
    """The huge page. Counters that the kernel starts at -1 start at 0 here.

    `held` is what the kernel does not store: the references that running tasks have taken and neither given back nor
    handed to a mapping or the page cache; `owed` are those that the page cache was promised and not given yet.
    """

    compound: Bool = True
    cached: Bool = True  # in the page cache
    locked: Lock  # PG_locked
    frozen: Ghost[Bool] = False  # between page_ref_freeze() and page_ref_unfreeze() of the head
    refcount: Int[0, 2 * NR + 31] = NR
    held: Ghost[Int[0, NR + 15]] = 0
    owed: Ghost[Int[0, NR]] = 0
    compound_mapcount: Int[0, MMS] = 0
    mapcount: Array[NR, Int[0, MMS + 1]] = 0
    small: Array[NR, Int[0, 3]] = 0  # counts of the subpages that were tails once; number 0 stays 0
    small_cached: Ghost[Int[0, NR]] = 0  # references of the cache on them
    small_held: Ghost[Int[0, NR]] = 0  # references of tasks on them


@record
class AddressSpace:
    """What one process maps in the window of the huge page. One lock stands for the pmd lock and the pte lock."""

    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[NR, Bool] = False


@record
class Memory:
    page: Page
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


def lock_page(s):
    """lock_page()."""
    while s.page.locked:
        yield
    s.page.locked = True
    yield "lock_page"
