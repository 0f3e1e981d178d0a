"""mm/khugepaged.c: collapse_huge_page() of anonymous memory, and who holds its small pages meanwhile; v5.4 to v6.1.

One process, PTES small pages, and the huge page that takes their place. mmap_lock and anon_vma's lock are held for
writing, so that nobody faults, unmaps or comes by rmap; what remains is lockless: get_user_pages_fast(), and whoever
finds a page by its number. The old page table is kept in reserve and put back if the collapse gives up. Where
flushing a TLB means an interrupt (x86-64), a walk with interrupts off is waited for; where it does not (ARM64), only
freeing tables waits. Since v5.8 pages may be shared with a child process, which unmaps or copies them meanwhile, or
writes to one that is its own by then.

Left out: reading from swap, which comes before mmap_lock is held for writing, so that all is looked at again; the LRU
but for the reference that isolation takes; holes.
"""

from enum import Enum

from models.patches import COLLAPSE_SHARED, GUP_PMD_AGAIN
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, Ref, choose, record, thread

PTES = Constant("HPAGE_PMD_NR", 2)
GUPS = Constant("NR_GUP", 1)
MISTAKE = Constant("MISTAKE", 0)  # COPY_LATE, or 0 for the collapse as it is
COPY_LATE = 1
MAPCOUNT_AGAIN = Constant("MODEL_MAPCOUNT_AGAIN", 0)  # 1: is_refcount_suitable() as no kernel has it
IPI = Constant("FLUSH_BY_IPI", 1)  # 1: pmdp_collapse_flush() interrupts every CPU and waits


class Pmd(Enum):
    NONE = 0
    TABLE = 1
    HUGE = 2


class Got(Enum):
    """What get_user_pages_fast() returned."""

    NOTHING = 0
    SMALL = 1
    HUGE = 2


@record
class SmallPage:
    locked: Lock  # PG_locked
    refcount: Int[0, 7] = 1  # the mappings'
    mapcount: Int[0, 2] = 1
    child: Bool = False  # the child process maps it, write-protected or as its own
    written: Ghost[Bool] = False  # the child has written to it


@record
class Collapse:
    pmd: Pmd = Pmd.TABLE
    pte: Array[PTES, Bool] = True  # of the page table, whether the PMD leads to it or not
    page: Array[PTES, SmallPage]
    huge_refcount: Int[0, 7] = 0
    walking: Array[GUPS, Bool] = False  # a lockless walk, with interrupts off
    spoiled: Array[PTES, Ghost[Bool]] = False  # the huge page has what the child wrote
    gup: Array[GUPS, Ghost[Ref[PTES]]] = None  # the small page that get_user_pages_fast() has returned


def shared_by_some(s: Collapse) -> None:
    """Set up: a child maps any of the small pages as well."""
    for page in s.page:
        if choose((False, True)):
            page.child = True
            page.mapcount = 2
            page.refcount = 2


@thread
def collapse_huge_page(s):
    """collapse_huge_page() with __collapse_huge_page_isolate() and __collapse_huge_page_copy()."""
    s.pmd = Pmd.NONE
    yield "pmdp_collapse_flush: pmd cleared"
    if IPI == 1:
        for g in range(GUPS):
            while s.walking[g]:
                yield
        yield "pmdp_collapse_flush: flushed"
    for i in range(PTES):
        if s.page[i].locked:
            yield "trylock_page fails"
            yield from give_up(s, i)
            return
        s.page[i].locked = True
        yield "trylock_page"
        expected = s.page[i].mapcount if COLLAPSE_SHARED.applied else 1
        yield "is_refcount_suitable: total_mapcount"
        alone = s.page[i].refcount == expected
        yield "is_refcount_suitable: page_count"
        if MAPCOUNT_AGAIN == 1:
            alone = alone and s.page[i].mapcount == expected
            yield "total_mapcount again"
        if not alone:
            s.page[i].locked = False
            yield "page is in use, unlock_page"
            yield from give_up(s, i)
            return
        s.page[i].refcount += 1
        yield "isolate_lru_page"
    for i in range(PTES):
        if MISTAKE != COPY_LATE:
            s.spoiled[i] = s.page[i].written
            yield "copy_user_highpage"
        s.page[i].locked = False
        yield "release_pte_page: unlock_page"
        s.page[i].refcount -= 1
        yield "release_pte_page: putback_lru_page"
        s.pte[i] = False
        yield "pte_clear"
        s.page[i].mapcount -= 1
        yield "page_remove_rmap"
        s.page[i].refcount -= 1
        yield "free_page_and_swap_cache"
        if MISTAKE == COPY_LATE:
            s.spoiled[i] = s.page[i].written
            yield "copy_user_highpage, too late"
    s.huge_refcount = 1
    yield "page_add_new_anon_rmap"
    s.pmd = Pmd.HUGE
    yield "set_pmd_at"


def give_up(s, isolated: int):
    """The pages isolated so far are released, and the page table is put back."""
    for i in range(PTES):
        if i < isolated:
            s.page[i].locked = False
            yield "release_pte_page: unlock_page"
            s.page[i].refcount -= 1
            yield "release_pte_page: putback_lru_page"
    s.pmd = Pmd.TABLE
    yield "pmd_populate"


@thread
def get_user_pages_fast(s, g: int):
    """get_user_pages_fast() of one address, from gup_pte_range() on, and put_page(), again and again."""
    while True:
        i = choose(range(PTES))
        s.walking[g] = True
        yield "local_irq_save"
        pmd = s.pmd
        got = Got.NOTHING
        yield "pmd read"
        if pmd == Pmd.TABLE:
            got = yield from gup_pte_range(s, g, i)
        elif pmd == Pmd.HUGE:
            s.huge_refcount += 1
            got = Got.HUGE
            yield "gup_huge_pmd"
        s.walking[g] = False
        yield "local_irq_restore"
        if got == Got.SMALL:
            s.gup[g] = None
            s.page[i].refcount -= 1
            yield "put_page"
        elif got == Got.HUGE:
            s.huge_refcount -= 1
            yield "put_page of the huge page"


def gup_pte_range(s, g: int, i: int):
    """gup_pte_range(): since v6.1 the PMD is read again, too."""
    present = s.pte[i]
    yield "pte read"
    if not present or s.page[i].refcount == 0:
        yield "no page, or no reference"
        return Got.NOTHING
    s.page[i].refcount += 1
    yield "try_grab_folio"
    moved = GUP_PMD_AGAIN.applied and s.pmd != Pmd.TABLE
    yield "pmd read again, since v6.1"
    if moved or not s.pte[i]:
        yield "pte read again: no"
        s.page[i].refcount -= 1
        yield "put_page"
        return Got.NOTHING
    s.gup[g] = i
    yield "pte read again: yes"
    return Got.SMALL


@thread
def lock_small_page(s, i: int):
    """Somebody who found page i by its number holds it for a while, and its lock: compaction, memory failure."""
    while True:
        while s.page[i].refcount == 0:
            yield
        s.page[i].refcount += 1
        yield "get_page_unless_zero"
        while s.page[i].locked:
            yield
        s.page[i].locked = True
        yield "lock_page"
        s.page[i].locked = False
        yield "unlock_page"
        s.page[i].refcount -= 1
        yield "put_page"


@thread
def child_unmaps(s, i: int):
    """The child exits, or unmaps page i: zap_pte_range()."""
    while not s.page[i].child:
        yield
    s.page[i].child = False
    yield "pte cleared"
    s.page[i].mapcount -= 1
    yield "page_remove_rmap"
    s.page[i].refcount -= 1
    yield "put_page"


@thread
def child_writes(s, i: int):
    """The child writes to page i: do_wp_page() reuses it when it has one reference (v5.9), or copies and unmaps it."""
    while not s.page[i].child:
        yield
    yield "page fault"
    single = s.page[i].refcount == 1
    yield "page_count"
    if single:
        s.page[i].written = True
        yield "wp_page_reuse, store"
    else:
        s.page[i].child = False
        yield "wp_page_copy: entry replaced"
        s.page[i].mapcount -= 1
        yield "page_remove_rmap"
        s.page[i].refcount -= 1
        yield "put_page"
