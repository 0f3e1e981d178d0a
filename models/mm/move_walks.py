"""Who comes to a moving page by the reverse map: mm/rmap.c, mm/page_vma_mapped.c, mm/memory.c, mm/khugepaged.c.

All of them hold the rmap lock for reading, and visit the windows of move.py one after the other. Until v6.4 the PMD of
a page table is read again whenever the table or its lock is to be found. If it is none by then, the walk goes on in
what is no page table (`lost`), and here finds nothing in it. Since v6.5 table and lock are of one read.

Left out: the page lock, which all hold; references. An anonymous page's PMD would be split first; this is a file's.
"""

from models.mm.move import (
    NR,
    WINDOWS,
    Entry,
    Moving,
    Pmd,
    flush_tlb,
    invalidate_range_end,
    invalidate_range_start,
    pmd_lock,
    ptl_lock,
    rmap_read_lock,
    table_of,
    visited,
)
from models.patches import OFFSET_MAY_FAIL, TTU_SYNC, UNMAP_PAGE_LOCKS
from thpverify.lang import atomic, thread


@thread
def shrink_page(s: Moving):
    """Reclaim: try_to_unmap(), and the page is freed unless it is mapped still; then it is tried again."""
    while True:
        yield from try_to_unmap(s, False)
        mapped = s.mapcount > 0
        yield "page_mapped"
        if not mapped:
            s.freed = True
            yield "page freed"
            return


@thread
def split_page(s: Moving):
    """unmap_page() of split_huge_page(), and what is asserted there: the page is not mapped. TTU_SYNC since v5.13."""
    yield from try_to_unmap(s, TTU_SYNC.applied)
    assert s.mapcount == 0
    s.freed = True
    yield "unmap_page: page_mapped"


@thread
def truncate(s: Moving):
    """truncate_inode_page(): unmapped with the range, once more if it is still mapped, and by then it must not be.

    The second time is for this page alone since v5.13 (unmap_mapping_page()), with the lock of a PMD that is none.
    """
    yield from unmap_mapping_range(s, False)
    mapped = s.mapcount > 0
    yield "truncate_cleanup_page: page_mapped"
    if mapped:
        yield from unmap_mapping_range(s, True)
    assert s.mapcount == 0
    s.freed = True
    yield "unaccount_page_cache_page: page_mapped; page freed"


def try_to_unmap(s: Moving, sync: bool):
    """try_to_unmap() of the page, v4.11 and later; `sync`: no entry is passed by because it is none at the moment."""
    yield from rmap_read_lock(s)
    for n in range(WINDOWS):
        w = visited(s, n)
        yield "vma_interval_tree_foreach"
        if w is not None:
            yield from try_to_unmap_one(s, w, sync)
    s.rmap_lock -= 1
    yield "rmap unlock"


def try_to_unmap_one(s: Moving, w: int, sync: bool):
    """try_to_unmap_one() and page_vma_mapped_walk()."""
    m = s.window[w]
    invalidate_range_start(s, w)
    yield "invalidate_range_start"
    pmd = m.pmd
    yield "pmd read"
    if pmd == Pmd.HUGE or (pmd == Pmd.NONE and sync):
        yield from pmd_lock(s, w)
        if m.pmd == Pmd.HUGE:
            m.pmd = Pmd.NONE
            m.huge = Entry.NONE
            atomic("an atomic exchange of the entry")
            yield "pmdp_huge_clear_flush: cleared"
            flush_tlb(s, w, 0, NR - 1)
            yield "pmdp_huge_clear_flush"
            s.mapcount -= 1
            yield "page_remove_rmap"
        m.pmd_lock = False
        yield "pmd unlock"
    elif pmd == Pmd.TABLE:
        t = yield from map_pte(s, w, sync)
        if t is not None:
            for i in range(NR):
                if s.table[t].pte[i] != Entry.NONE:
                    s.table[t].pte[i] = Entry.NONE
                    yield "ptep_clear_flush: cleared"
                    flush_tlb(s, w, i, i)
                    yield "ptep_clear_flush"
                    s.mapcount -= 1
                    yield "page_remove_rmap"
            s.table[t].ptl = False
            yield "pte unlock"
    invalidate_range_end(s)
    yield "invalidate_range_end"


def map_pte(s: Moving, w: int, sync: bool):
    """map_pte(): the table with its lock held, or None. Unless `sync`, entries are first looked at without the lock."""
    t = table_of(s, w)
    yield "pte_offset_map: pmd read"
    if t is None:
        s.lost = not OFFSET_MAY_FAIL.applied
        yield "no page table"
        return None
    if not sync:
        found = False
        for i in range(NR):
            if not found:
                found = s.table[t].pte[i] != Entry.NONE
                yield "pte read"
        if not found:
            return None
    if not OFFSET_MAY_FAIL.applied:
        gone = s.window[w].table is None
        yield "pte_lockptr: pmd read"
        if gone:
            s.lost = True
            yield "no page table to lock"
            return None
    yield from ptl_lock(s, t)
    return t


def unmap_mapping_range(s: Moving, single: bool):
    """unmap_mapping_range() of the page's indices, unmap_mapping_page() where `single`: every area of i_mmap."""
    yield from rmap_read_lock(s)
    for n in range(WINDOWS):
        w = visited(s, n)
        yield "vma_interval_tree_foreach"
        if w is not None:
            invalidate_range_start(s, w)
            yield "invalidate_range_start"
            zapped = yield from zap_pmd_range(s, w, single)
            if zapped:
                flush_tlb(s, w, 0, NR - 1)
                yield "tlb_finish_mmu"
            invalidate_range_end(s)
            yield "invalidate_range_end"
    s.rmap_lock -= 1
    yield "i_mmap_unlock_read"


def zap_pmd_range(s: Moving, w: int, single: bool):
    """zap_pmd_range(), zap_huge_pmd() and zap_pte_range(): whether there is anything to flush."""
    m = s.window[w]
    zapped = False
    pmd = m.pmd
    yield "pmd read"
    if pmd == Pmd.HUGE or (pmd == Pmd.NONE and single and UNMAP_PAGE_LOCKS.applied):
        yield from pmd_lock(s, w)
        if pmd == Pmd.HUGE and m.pmd == Pmd.HUGE:
            m.pmd = Pmd.NONE
            m.huge = Entry.NONE
            zapped = True
            atomic("an atomic exchange of the entry")
            yield "pmdp_huge_get_and_clear_full"
            s.mapcount -= 1
            yield "page_remove_rmap"
        m.pmd_lock = False
        yield "pmd unlock"
    table = m.pmd == Pmd.TABLE
    yield "pmd_none_or_trans_huge_or_clear_bad: pmd read"
    if table:
        t = yield from pte_offset_map_lock(s, w)
        if t is not None:
            for i in range(NR):
                if s.table[t].pte[i] != Entry.NONE:
                    s.table[t].pte[i] = Entry.NONE
                    zapped = True
                    yield "ptep_get_and_clear_full"
                    s.mapcount -= 1
                    yield "page_remove_rmap"
            s.table[t].ptl = False
            yield "pte unlock"
    return zapped


def pte_offset_map_lock(s: Moving, w: int):
    """pte_offset_map_lock(): the table with its lock held, or None."""
    t = table_of(s, w)
    yield "pte_lockptr: pmd read"
    if t is None:
        s.lost = not OFFSET_MAY_FAIL.applied
        yield "no page table to lock"
        return None
    if not OFFSET_MAY_FAIL.applied:
        gone = s.window[w].table is None
        yield "pte_offset_map: pmd read"
        if gone:
            s.lost = True
            yield "no page table"
            return None
    yield from ptl_lock(s, t)
    if OFFSET_MAY_FAIL.applied:
        same = s.window[w].table == t
        yield "pmd_same"
        if not same:
            s.table[t].ptl = False
            yield "pte unlock: the table has gone"
            return None
    return t


@thread
def page_mkclean(s: Moving, i: int):
    """page_mkclean() of subpage i, a small page of a file: what maps it is write-protected and cleaned."""
    while True:
        yield from rmap_read_lock(s)
        s.cleaning[i] = True
        for n in range(WINDOWS):
            w = visited(s, n)
            yield "vma_interval_tree_foreach"
            if w is not None:
                yield from page_mkclean_one(s, w, i)
        s.cleaned[i] = s.cleaning[i]
        s.rmap_lock -= 1
        yield "rmap unlock"


def page_mkclean_one(s: Moving, w: int, i: int):
    """page_mkclean_one(), which locks the page table whatever the entry is. The notifier's range: since v4.13."""
    invalidate_range_start(s, w)
    yield "invalidate_range_start"
    pmd = s.window[w].pmd
    yield "pmd read"
    if pmd == Pmd.TABLE:
        t = yield from map_pte(s, w, True)
        if t is not None:
            if s.table[t].pte[i] == Entry.WRITE:
                s.table[t].pte[i] = Entry.NONE
                yield "ptep_clear_flush: cleared"
                flush_tlb(s, w, i, i)
                yield "ptep_clear_flush"
                s.table[t].pte[i] = Entry.READ
                yield "set_pte_at"
            s.table[t].ptl = False
            yield "pte unlock"
    invalidate_range_end(s)
    yield "invalidate_range_end"


@thread
def retract_page_tables(s: Moving):
    """retract_page_tables() since v6.6: empty page tables of the file's areas go, under the locks of PMD and table."""
    while True:
        yield from rmap_read_lock(s)
        for n in range(WINDOWS):
            w = visited(s, n)
            yield "vma_interval_tree_foreach"
            if w is not None:
                yield from retract_page_table(s, w)
        s.rmap_lock -= 1
        yield "i_mmap_unlock_read"


def retract_page_table(s: Moving, w: int):
    """The table of one area, if it has one. What it maps was unmapped before."""
    found = s.window[w].pmd == Pmd.TABLE
    yield "find_pmd_or_thp_or_none"
    if found:
        yield from pmd_lock(s, w)
        t = table_of(s, w)
        assert t is not None
        yield "pte_lockptr"
        yield from ptl_lock(s, t)
        atomic("the entry is one word")
        s.window[w].pmd = Pmd.NONE
        s.window[w].table = None
        yield "pmdp_collapse_flush"
        s.table[t].ptl = False
        yield "pte unlock"
        s.window[w].pmd_lock = False
        yield "pmd unlock"
