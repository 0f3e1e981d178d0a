"""mm/memory.c and mm/madvise.c: taking mappings away, v4.5 to v5.6."""

from models.kvm.mmu import CLEAR_BEFORE_START, END_BEFORE_CLEAR, MUTANT
from models.kvm.notifier import invalidate_range_end, invalidate_range_start
from models.mm.page import (
    NR,
    Pmd,
    Pte,
    begin,
    entry,
    finish,
    head,
    mmap_read_lock,
    mmap_read_unlock,
    put_fresh,
    put_page,
)
from models.mm.rmap import page_remove_rmap_pmd
from models.mm.split import split_huge_pmd
from thpverify.lang import atomic, choose, thread


@thread
def madvise_dontneed(s, a: int, first: int, last: int):
    """madvise(MADV_DONTNEED) of one small page, at any of the addresses where something is mapped: zap_page_range()."""
    while True:
        atomic("the choice is the process's; it reads nothing")
        i = choose(j for j in range(first, last + 1) if entry(s, a, j) != Pte.NONE)
        begin(s)
        yield "madvise"
        yield from mmap_read_lock(s, a)
        if MUTANT == CLEAR_BEFORE_START:
            yield from zap_address(s, a, i)
        yield from invalidate_range_start(s, a, i, i)
        if MUTANT == END_BEFORE_CLEAR:
            yield from invalidate_range_end(s, a)
        if MUTANT != CLEAR_BEFORE_START:
            yield from zap_address(s, a, i)
        if MUTANT != END_BEFORE_CLEAR:
            yield from invalidate_range_end(s, a)
        yield from mmap_read_unlock(s, a)
        finish(s)
        yield "madvise returns"


@thread
def munmap(s, a: int):
    """munmap() of the whole window, or MADV_DONTNEED over it: unmap_vmas(). It can be faulted in again."""
    while True:
        while s.mm[a].pmd == Pmd.NONE:
            yield
        begin(s)
        yield "munmap"
        yield from unmap_window(s, a)
        finish(s)
        yield "munmap returns"


def unmap_window(s, a: int):
    """Everything that the window of `a` maps is unmapped, under one notifier range."""
    yield from invalidate_range_start(s, a, 0, NR - 1)
    huge = s.mm[a].pmd == Pmd.HUGE
    yield "pmd read"
    if huge:
        yield from zap_huge_pmd(s, a)
    for i in range(NR):
        yield from zap_pte(s, a, i)
    yield from invalidate_range_end(s, a)


def zap_address(s, a: int, i: int):
    """zap_pmd_range() of one small page: a huge PMD is split first."""
    huge = s.mm[a].pmd == Pmd.HUGE
    yield "pmd read"
    if huge:
        yield from split_huge_pmd(s, a, False)
    yield from zap_pte(s, a, i)


def zap_pte(s, a: int, i: int):
    """zap_pte_range() of one entry: clear it, remove the mapping, flush, put the page."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd != Pmd.TABLE or m.pte[i] == Pte.NONE:
        return
    old = m.pte[i]
    atomic("ptl covers the entry; the mapping's reference is this task's from now on")
    m.pte[i] = Pte.NONE
    if old == Pte.PAGE:
        m.ptl = True
        s.page.held[head(s, i)] += 1
        yield "pte cleared"
        s.page.mapcount[i] -= 1
        m.ptl = False
        yield "page_remove_rmap, unlock"
        atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
        put_page(s, i)
        yield "flushed, page put"
    elif old == Pte.FRESH:
        s.fresh[i].held += 1
        yield "pte cleared"
        put_fresh(s, i)
        yield "flushed, page put"
    else:
        yield "migration entry cleared"


def zap_huge_pmd(s, a: int):
    """zap_huge_pmd(): clear the PMD, remove the mapping, flush, put the page."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd != Pmd.HUGE:
        return
    atomic("ptl covers the PMD; the mapping's reference is this task's from now on")
    m.ptl = True
    m.pmd = Pmd.NONE
    s.page.held[0] += 1
    yield "pmd cleared"
    yield from page_remove_rmap_pmd(s)
    m.ptl = False
    yield "pmd unlock"
    put_page(s, 0)
    yield "flushed, page put"
