"""mremap() of a window that a huge page or a page table fills: mm/mremap.c and mm/huge_memory.c, v4.8 to v6.12.

The windows are those of move.py. What moves is a whole PMD where both addresses are aligned: a huge one, or since v5.0
one with a page table; else PTEs. mmap_lock is held for writing, so that nobody faults; who comes by the reverse map is
told from by its lock, or by the order in which it looks.

Left out: the page table that is deposited for a huge PMD (it moves along, under the same locks); moving back what could
not be moved for want of memory; splitting the PMD of a file's page, after which nothing is left to move.
"""

from models.mm.move import (
    NR,
    Entry,
    Moving,
    Pmd,
    flush_tlb,
    invalidate_range_end,
    invalidate_range_start,
    pmd_lock,
    ptl_lock,
    rmap_write_lock,
    table_of,
)
from models.patches import MOVE_PMD, MREMAP_FLUSH, MREMAP_FLUSH_DIRTY, MREMAP_PMD_AGAIN, MREMAP_RMAP_LOCKS
from thpverify.lang import Constant, atomic, choose, thread

MISTAKE = Constant("MISTAKE", 0)  # one of the following, 0 for mremap() as it is
NO_RMAP_LOCKS = 1
NO_NOTIFIER = 2
KEEP_OLD = 3


@thread
def mremap(s: Moving, aligned: bool):
    """move_vma() from one window to the other, and back, again and again; `aligned`: whole PMDs are moved.

    copy_vma() links the new area after the old one, so that a walk of the reverse map comes by the old one first; or
    before it, where it is part of an area that was there, and then the rmap locks are needed for moving.
    """
    old = 0
    while True:
        while s.mmap_lock != 0:
            yield
        s.mmap_lock = -1
        yield "mmap_write_lock"
        new = 1 - old
        yield from rmap_write_lock(s)
        locks = choose((False, True))
        atomic("the rmap lock, held for writing, keeps everybody from these")
        s.first = new if locks else old
        s.window[new].linked = True
        s.rmap_lock = 0
        yield "copy_vma: linked, rmap unlock"
        if MISTAKE == NO_RMAP_LOCKS:
            locks = False
        if MISTAKE != NO_NOTIFIER:
            invalidate_range_start(s, old)
            yield "invalidate_range_start"
        yield from move_page_tables(s, old, new, aligned, locks)
        if MISTAKE != NO_NOTIFIER:
            invalidate_range_end(s)
            yield "invalidate_range_end"
        yield from unmap_region(s, old)
        old = new
        s.mmap_lock = 0
        yield "mmap_write_unlock"


def move_page_tables(s: Moving, old: int, new: int, aligned: bool, locks: bool):
    """move_page_tables() of one PMD."""
    pmd = s.window[old].pmd
    yield "get_old_pmd"
    if pmd == Pmd.HUGE and aligned:
        if locks:
            yield from rmap_write_lock(s)
        yield from move_huge_pmd(s, old, new)
        if locks:
            s.rmap_lock = 0
            yield "drop_rmap_locks"
    elif pmd == Pmd.TABLE:
        if aligned and MOVE_PMD.applied:
            if locks or MREMAP_RMAP_LOCKS.applied:
                yield from rmap_write_lock(s)
                yield from move_normal_pmd(s, old, new)
                s.rmap_lock = 0
                yield "drop_rmap_locks"
            else:
                yield from move_normal_pmd(s, old, new)
        else:
            yield from move_ptes(s, old, new, locks)


def move_huge_pmd(s: Moving, old: int, new: int):
    """move_huge_pmd(): unless it has gone meanwhile, the PMD moves under both locks.

    The old address is flushed at the end of all (v4.8), before the old lock is dropped if the PMD was dirty (v4.9), or
    always, and before the new one is (v4.19).
    """
    a, b = s.window[old], s.window[new]
    yield from pmd_lock(s, old)
    yield from pmd_lock(s, new)
    flushed = False
    found = a.pmd == Pmd.HUGE
    bits = a.huge
    if found:
        a.pmd = Pmd.NONE
        a.huge = Entry.NONE
        atomic("an atomic exchange of the entry")
        yield "pmdp_huge_get_and_clear"
        atomic("the entry is one word")
        b.pmd = Pmd.HUGE
        b.huge = bits
        yield "set_pmd_at"
        if MREMAP_FLUSH.applied:
            flush_tlb(s, old, 0, NR - 1)
            flushed = True
            yield "flush_tlb_range"
    b.pmd_lock = False
    yield "new pmd unlock"
    if found and MREMAP_FLUSH_DIRTY.applied and not flushed and bits == Entry.WRITE:
        flush_tlb(s, old, 0, NR - 1)
        flushed = True
        yield "flush_tlb_range: it was dirty"
    a.pmd_lock = False
    yield "old pmd unlock"
    if found and not flushed:
        flush_tlb(s, old, 0, NR - 1)
        yield "flush_tlb_range, at the end"


def move_normal_pmd(s: Moving, old: int, new: int):
    """move_normal_pmd(), since v5.0: the PMD takes the page table along. Since v6.12 it is looked at under its lock.

    Before that it is taken for what it was before any lock was held; what the PMD has then is put into the new one.
    """
    a, b = s.window[old], s.window[new]
    yield from pmd_lock(s, old)
    yield from pmd_lock(s, new)
    pmd, table = a.pmd, a.table
    if pmd == Pmd.TABLE or not MREMAP_PMD_AGAIN.applied:
        a.pmd = Pmd.NONE
        a.table = None
        atomic("the entry is one word")
        yield "pmd_clear"
        atomic("the entry is one word")
        b.pmd = Pmd.TABLE if pmd == Pmd.TABLE else Pmd.WILD
        b.table = table
        yield "pmd_populate"
        flush_tlb(s, old, 0, NR - 1)
        yield "flush_tlb_range"
    b.pmd_lock = False
    yield "new pmd unlock"
    a.pmd_lock = False
    yield "old pmd unlock"


def move_ptes(s: Moving, old: int, new: int, locks: bool):
    """move_ptes(): one PTE after the other, under both page tables' locks; flushed as in move_huge_pmd()."""
    t = table_of(s, old)
    assert t is not None
    yield "old table"
    fresh = 1 if t == 0 else 0
    atomic("the PMD is one word; nobody else gives this window a table")
    s.window[new].pmd = Pmd.TABLE
    s.window[new].table = fresh
    yield "pte_alloc"
    if locks:
        yield from rmap_write_lock(s)
    yield from ptl_lock(s, t)
    yield from ptl_lock(s, fresh)
    present, dirty, flushed = False, False, False
    for i in range(NR):
        pte = s.table[t].pte[i]
        if pte != Entry.NONE:
            if MISTAKE != KEEP_OLD:
                s.table[t].pte[i] = Entry.NONE
            present = True
            dirty = dirty or pte == Entry.WRITE
            yield "ptep_get_and_clear"
            s.table[fresh].pte[i] = pte
            yield "set_pte_at"
    if present and MREMAP_FLUSH.applied:
        flush_tlb(s, old, 0, NR - 1)
        flushed = True
        yield "flush_tlb_range"
    s.table[fresh].ptl = False
    yield "new pte unlock"
    if dirty and MREMAP_FLUSH_DIRTY.applied and not flushed:
        flush_tlb(s, old, 0, NR - 1)
        flushed = True
        yield "flush_tlb_range: one was dirty"
    s.table[t].ptl = False
    yield "old pte unlock"
    if locks:
        s.rmap_lock = 0
        yield "drop_rmap_locks"
    if present and not flushed:
        flush_tlb(s, old, 0, NR - 1)
        yield "flush_tlb_range, at the end"


def unmap_region(s: Moving, old: int):
    """do_munmap() of the old area, of which nothing is mapped any more: it is unlinked, its page table goes."""
    yield from rmap_write_lock(s)
    atomic("the rmap lock, held for writing, keeps everybody from these")
    s.window[old].linked = False
    s.rmap_lock = 0
    yield "unlink_file_vma, rmap unlock"
    atomic("the PMD is one word; no walk comes here any more")
    s.window[old].pmd = Pmd.NONE
    s.window[old].table = None
    yield "free_pgtables"
