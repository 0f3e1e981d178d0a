"""khugepaged takes the page table of a private file mapping away, while an rmap walk may come by anon_vma; v6.1.

A page table may be walked by who holds mmap_lock, i_mmap_rwsem, or the lock of an anon_vma that the area belongs to; so
all three are needed to take one away. The area has no anon_vma until its first private page. Then it may get that of a
neighbour (find_mergeable_anon_vma), which a child process shares. A reader-writer lock is one number, as the kernel's
count is: how many read, or -1. Left out: the file's own mappings, see models/mm/retract.py.
"""

from enum import Enum

from models.patches import ANON_VMA_AGAIN
from thpverify.lang import Bool, Ghost, Int, Lock, record, thread


class Pmd(Enum):
    NONE = 0
    TABLE = 1


@record
class PrivateArea:
    mmap_lock: Int[-1, 2] = 0
    anon_vma_lock: Int[-1, 2] = 0  # of the neighbour's anon_vma
    i_mmap_rwsem: Lock
    page_locked: Lock  # PG_locked of the new huge page
    pte_lock: Lock
    anon_vma: Bool = False  # vma->anon_vma, which then is the neighbour's and leads to the area
    pmd: Pmd = Pmd.TABLE
    freed: Ghost[Bool] = False  # the page table is free, and may be somebody else's


@thread
def retract_page_tables(s):
    """retract_page_tables(), v6.1: after collapse_file(), which holds the page lock until afterwards."""
    while s.page_locked:
        yield
    s.page_locked = True
    yield "the new page is in the cache, locked"
    while s.i_mmap_rwsem:
        yield
    s.i_mmap_rwsem = True
    yield "i_mmap_lock_write"
    private = s.anon_vma
    yield "vma->anon_vma"
    if not private:
        yield from collapse_and_free_pmd(s)
    s.i_mmap_rwsem = False
    yield "i_mmap_unlock_write"
    s.page_locked = False
    yield "unlock_page"


def collapse_and_free_pmd(s):
    """The part with mmap_lock, if it can be had at once."""
    if s.mmap_lock != 0:
        yield "mmap_write_trylock fails"
        return
    s.mmap_lock = -1
    yield "mmap_write_trylock"
    private = ANON_VMA_AGAIN.applied and s.anon_vma
    yield "vma->anon_vma again, since v6.2"
    if not private:
        s.pmd = Pmd.NONE
        yield "pmdp_collapse_flush"
        s.freed = True
        yield "pte_free"
    s.mmap_lock = 0
    yield "mmap_write_unlock"


@thread
def private_write_fault(s):
    """do_cow_fault() of a first private page: anon_vma first, then the page lock; it gives way when that is taken.

    Copying the page and setting the entry happen with the page lock and mmap_lock, and add nothing here.
    """
    while s.mmap_lock < 0:
        yield
    s.mmap_lock += 1
    yield "mmap_read_lock"
    if not s.anon_vma:
        while s.anon_vma_lock != 0:
            yield
        s.anon_vma_lock = -1
        yield "anon_vma_lock_write"
        s.anon_vma = True
        yield "__anon_vma_prepare"
        s.anon_vma_lock = 0
        yield "anon_vma_unlock_write"
    if s.page_locked:
        yield "lock_page_or_retry: no"
    else:
        s.page_locked = True
        yield "lock_page_or_retry: yes"
        s.page_locked = False
        yield "private page mapped, unlock_page"
    s.mmap_lock -= 1
    yield "mmap_read_unlock"


@thread
def rmap_walk_anon(s):
    """rmap_walk_anon() of a page that the child maps: every area of the anon_vma is looked at, with its lock only."""
    while s.anon_vma_lock < 0:
        yield
    s.anon_vma_lock += 1
    yield "anon_vma_lock_read"
    listed = s.anon_vma
    yield "anon_vma_interval_tree_foreach"
    if listed:
        table = s.pmd == Pmd.TABLE
        yield "page_vma_mapped_walk: pmd read"
        if table:
            while s.pte_lock:
                yield
            s.pte_lock = True
            yield "page_vma_mapped_walk: pte lock"
            yield "page_vma_mapped_walk: entry read"
            s.pte_lock = False
            yield "pte unlock"
    s.anon_vma_lock -= 1
    yield "anon_vma_unlock_read"
