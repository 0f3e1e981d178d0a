"""A page table over a shmem huge page is taken away while others walk it, v5.4 to v6.6: mm/khugepaged.c, mm/memory.c.

A model of its own beside `page.py`: one process, one window, and the locks from which a walk may start. A page table
entry is looked at under the page table lock; the way to the table is under mmap_lock, or i_mmap_rwsem, in either mode.
A reader-writer lock is one number, as the kernel's count is: how many read, or -1. Private (anonymous) pages in the
table, and with them the lock of anon_vma, are left out.
"""

from enum import Enum

from models.patches import OFFSET_MAY_FAIL, RETRACT_LOCKS, RETRACT_UNLOCKED
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

PTES = Constant("PTRS_PER_PTE", 2)


class Pmd(Enum):
    NONE = 0
    TABLE = 1


@record
class Process:
    """The page table of the window, the locks, and the mapcount of the huge page that its entries map."""

    mmap_lock: Int[-1, 3] = 0
    i_mmap_rwsem: Int[-1, 3] = 0
    page_locked: Lock
    pmd_lock: Lock
    pte_lock: Lock
    pmd: Pmd = Pmd.TABLE
    freed: Ghost[Bool] = False  # the page table that stood there at the start is free, and may be somebody else's
    rcu_readers: Int[0, 3] = 0
    pte: Array[PTES, Bool] = False
    mapcount: Int[-PTES, PTES] = 0


def some_mapped(s: Process) -> None:
    """Set up: a page table that maps any of the subpages."""
    for i in range(PTES):
        if choose((False, True)):
            s.pte[i] = True
            s.mapcount += 1


def pte_offset_map_lock(s: Process):
    """The page table lock of the table that the PMD was seen to lead to; True when it is held.

    Since v6.5 it may fail: under RCU, so that the table cannot be freed meanwhile, it looks at the PMD again when it
    has the lock. Before, the caller knows that the PMD does not change.
    """
    if OFFSET_MAY_FAIL.applied:
        s.rcu_readers += 1
        yield "rcu_read_lock"
        table = s.pmd == Pmd.TABLE
        yield "pmd read"
        if not table:
            s.rcu_readers -= 1
            yield "rcu_read_unlock: no table"
            return False
    while s.pte_lock:
        yield
    s.pte_lock = True
    yield "pte lock"
    if OFFSET_MAY_FAIL.applied and s.pmd != Pmd.TABLE:
        yield "pmd read again: gone"
        s.pte_lock = False
        yield "pte unlock: table is gone"
        s.rcu_readers -= 1
        yield "rcu_read_unlock: table is gone"
        return False
    return True


def pte_unmap_unlock(s: Process):
    """The other half."""
    s.pte_lock = False
    yield "pte unlock"
    if OFFSET_MAY_FAIL.applied:
        s.rcu_readers -= 1
        yield "rcu_read_unlock"


@thread
def unmap_mapping_range(s: Process, i: int):
    """Truncation or hole punch: the file's mappings of index i are zapped, found by i_mmap, under i_mmap_rwsem only."""
    while s.i_mmap_rwsem < 0:
        yield
    s.i_mmap_rwsem += 1
    yield "i_mmap_lock_read"
    table = s.pmd == Pmd.TABLE
    yield "pmd read"
    if table:
        locked = yield from pte_offset_map_lock(s)
        if locked:
            if s.pte[i]:
                s.pte[i] = False
                yield "pte cleared"
                s.mapcount -= 1
            yield "zap_pte_range"
            yield from pte_unmap_unlock(s)
    s.i_mmap_rwsem -= 1
    yield "i_mmap_unlock_read"


@thread
def fault(s: Process, i: int):
    """A fault on index i: mmap_lock for reading, the page lock, then the table. Making a table is left out."""
    while s.mmap_lock < 0:
        yield
    s.mmap_lock += 1
    yield "mmap_read_lock"
    while s.page_locked:
        yield
    s.page_locked = True
    yield "lock_page"
    table = s.pmd == Pmd.TABLE
    yield "pmd read"
    if table:
        locked = yield from pte_offset_map_lock(s)
        if locked:
            if not s.pte[i]:
                s.mapcount += 1
                yield "page_add_file_rmap"
                s.pte[i] = True
            yield "pte set"
            yield from pte_unmap_unlock(s)
    s.page_locked = False
    yield "unlock_page"
    s.mmap_lock -= 1
    yield "mmap_read_unlock"


@thread
def collapse_pte_mapped_thp(s: Process):
    """collapse_pte_mapped_thp(), v5.4 to v6.1: mmap_lock for writing, the page lock; since 8d3c106e19e8 i_mmap_rwsem.

    The table goes with the entries in it. pmdp_collapse_flush() waits for lockless walkers, which are left out.
    """
    while s.mmap_lock != 0:
        yield
    s.mmap_lock = -1
    yield "mmap_write_lock"
    while s.page_locked:
        yield
    s.page_locked = True
    yield "find_lock_page"
    if RETRACT_LOCKS.applied:
        while s.i_mmap_rwsem != 0:
            yield
        s.i_mmap_rwsem = -1
        yield "i_mmap_lock_write"
    while s.pte_lock:
        yield
    s.pte_lock = True
    yield "pte lock"
    count = sum(s.pte)
    yield "step 1: entries counted"
    s.mapcount -= count
    yield "step 2: page_remove_rmap"
    s.pte_lock = False
    yield "pte unlock"
    if not RETRACT_LOCKS.applied:
        while s.pmd_lock:
            yield
        s.pmd_lock = True
        yield "pmd lock"
    s.pmd = Pmd.NONE
    yield "pmdp_collapse_flush"
    if not RETRACT_LOCKS.applied:
        s.pmd_lock = False
        yield "pmd unlock"
    s.freed = True
    yield "pte_free"
    if RETRACT_LOCKS.applied:
        s.i_mmap_rwsem = 0
        yield "i_mmap_unlock_write"
    s.page_locked = False
    yield "unlock_page"
    s.mmap_lock = 0
    yield "mmap_write_unlock"


@thread
def retract_page_tables(s: Process):
    """collapse_file(), as far as it unmaps the old pages, and retract_page_tables(): the empty table goes.

    Until v6.5 with i_mmap_rwsem and mmap_lock for writing, the latter only if it can be had at once. Since v6.6
    (1d65b771bc08) with i_mmap_rwsem for reading, PMD lock and page table lock, and the table is freed after a grace
    period. Faults that hold mmap_lock may run then: the page lock keeps them from the huge page.
    """
    while s.page_locked:
        yield
    s.page_locked = True
    yield "huge page is locked"
    while s.pte_lock:
        yield
    s.pte_lock = True
    yield "unmap_mapping_pages: pte lock"
    for i in range(PTES):
        if s.pte[i]:
            s.pte[i] = False
            yield "unmap_mapping_pages: pte cleared"
            s.mapcount -= 1
            yield "unmap_mapping_pages: page_remove_rmap"
    s.pte_lock = False
    yield "unmap_mapping_pages: pte unlock"
    if RETRACT_UNLOCKED.applied:
        while s.i_mmap_rwsem < 0:
            yield
        s.i_mmap_rwsem += 1
        yield "i_mmap_lock_read"
        yield from retract_unlocked(s)
        s.i_mmap_rwsem -= 1
        yield "i_mmap_unlock_read"
    else:
        while s.i_mmap_rwsem != 0:
            yield
        s.i_mmap_rwsem = -1
        yield "i_mmap_lock_write"
        yield from retract_locked(s)
        s.i_mmap_rwsem = 0
        yield "i_mmap_unlock_write"
    s.page_locked = False
    yield "unlock_page"


def retract_locked(s: Process):
    """With mmap_lock for writing."""
    got = s.mmap_lock == 0
    if got:
        s.mmap_lock = -1
    yield "mmap_write_trylock"
    if got:
        atomic("the entries are not looked at; that there are none is what everybody relies on")
        assert not any(s.pte)
        s.pmd = Pmd.NONE
        yield "pmdp_collapse_flush"
        s.freed = True
        yield "pte_free"
        s.mmap_lock = 0
        yield "mmap_write_unlock"


def retract_unlocked(s: Process):
    """With PMD lock and page table lock."""
    while s.pmd_lock:
        yield
    s.pmd_lock = True
    yield "pmd lock"
    while s.pte_lock:
        yield
    s.pte_lock = True
    yield "pte lock"
    assert not any(s.pte)
    s.pmd = Pmd.NONE
    yield "pmdp_collapse_flush"
    s.pte_lock = False
    yield "pte unlock"
    s.pmd_lock = False
    yield "pmd unlock"
    while s.rcu_readers > 0:
        yield
    atomic("a grace period")
    s.freed = True
    yield "pte_free_defer: freed"
