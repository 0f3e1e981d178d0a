"""mm/shmem.c and mm/memory.c: a huge page in the page cache is faulted in, copied from, and removed, v4.8 to v5.6."""

from models.mm.anon import map_fresh
from models.mm.page import (
    MMS,
    NR,
    Pmd,
    Pte,
    begin,
    can_get,
    finish,
    get_page,
    head,
    lock_page,
    mmap_read_lock,
    mmap_read_unlock,
    put_page,
)
from models.mm.rmap import page_add_file_rmap_pmd
from models.mm.zap import unmap_window
from thpverify.lang import atomic, choose, thread


@thread
def shmem_fault(s, a: int, small: bool):
    """shmem_fault() and alloc_set_pte(): map the page by PMD where nothing is mapped, or one subpage by PTE.

    `small`: whether PTE mappings are made; do_set_pmd() falls back to them for reasons left open here, and has to when
    there is a page table already.
    """
    m = s.mm[a]
    while True:
        atomic("the choice is the process's; what it reads is looked at again under the locks")
        huge, i = choose((h, j) for h in (True, False) for j in range(1 if h else NR) if wants(s, a, h, j, small))
        begin(s)
        yield "fault"
        yield from mmap_read_lock(s, a)
        atomic("find_get_entry() looks at compound_head() and the slot again with the reference, and starts over")
        if not can_get(s, i):
            finish(s)
            yield "find_get_page: being freed or split"
            yield from mmap_read_unlock(s, a)
            continue
        get_page(s, i)
        yield "find_get_page"
        yield from lock_page(s)
        if s.page.cached:
            while m.ptl:
                yield
            if huge and s.page.compound and m.pmd == Pmd.NONE:
                m.ptl = True
                yield "pmd lock"
                yield from page_add_file_rmap_pmd(s)
                m.pmd = Pmd.HUGE
                s.page.held[0] -= 1
                m.ptl = False
                s.page.locked = False
                finish(s)
                yield "pmd set, unlock"
                yield from mmap_read_unlock(s, a)
                continue
            if not huge and m.pmd != Pmd.HUGE and m.pte[i] == Pte.NONE:
                m.ptl = True
                if m.pmd == Pmd.NONE:
                    m.pmd = Pmd.TABLE
                yield "pte lock"
                s.page.mapcount[i] += 1
                yield "page_add_file_rmap"
                m.pte[i] = Pte.PAGE
                s.page.held[head(s, i)] -= 1
                m.ptl = False
                s.page.locked = False
                finish(s)
                yield "pte set, unlock"
                yield from mmap_read_unlock(s, a)
                continue
        s.page.locked = False
        yield "nothing to map, unlock_page"
        atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
        put_page(s, i)
        finish(s)
        yield "put_page"
        yield from mmap_read_unlock(s, a)


def wants(s, a: int, huge: bool, i: int, small: bool) -> bool:
    """Whether the process has a reason to fault like this."""
    m = s.mm[a]
    if not s.page.cached:
        return False
    if huge:
        return m.pmd == Pmd.NONE and s.page.compound
    return small and m.pmd != Pmd.HUGE and m.pte[i] == Pte.NONE


@thread
def cow_fault(s, a: int):
    """do_cow_fault() in a private mapping (qemu's share=off): a write where nothing is mapped yet copies the subpage.

    No notifier is called, since no mapping is taken away. Afterwards the process writes to its copy.
    """
    m = s.mm[a]
    while True:
        i = choose(
            j
            for j in range(NR)
            if m.pmd != Pmd.HUGE and m.pte[j] == Pte.NONE and s.fresh[j].refcount == 0 and s.page.cached
        )
        atomic("the copy is this task's own until it is mapped; the subpage's data does not change here")
        s.fresh[i].refcount = 1
        s.fresh[i].held = 1
        s.fresh[i].data = s.page.data[i]
        begin(s)
        yield "copy_user_highpage"
        yield from map_fresh(s, a, i)
        atomic("the processor walks the page table and writes: one access")
        if m.pmd == Pmd.TABLE and m.pte[i] == Pte.FRESH:
            s.fresh[i].data = False
        finish(s)
        yield "the process writes"


@thread
def punch_hole(s):
    """fallocate(FALLOC_FL_PUNCH_HOLE) over the huge page, or truncation: shmem_fallocate() and shmem_undo_range().

    A hole that covers a part of the page only zeroes that part (v4.8 to v5.6) and is left out: the page stays.
    """
    begin(s)
    yield "fallocate"
    for a in range(MMS):
        yield from unmap_window(s, a)
    assert s.page.refcount[0] > 0
    get_page(s, 0)
    yield "find_get_entries"
    yield from lock_page(s)
    if s.page.compound and s.page.cached:
        yield "truncate_inode_page"
        for a in range(MMS):
            yield from unmap_window(s, a)
        s.page.cached = False
        s.page.held[0] += NR
        yield "__delete_from_page_cache"
        s.page.refcount[0] -= NR
        s.page.held[0] -= NR
        yield "page_ref_sub"
    s.page.locked = False
    yield "unlock_page"
    put_page(s, 0)
    finish(s)
    yield "put_page"
