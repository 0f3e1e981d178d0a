"""mm/khugepaged.c: the page table over a shmem huge page is taken away, v5.4 to v6.1."""

from models.kvm.notifier import invalidate_range_end, invalidate_range_start
from models.mm.page import (
    MMAP_LOCK,
    NR,
    Pmd,
    Pte,
    begin,
    finish,
    get_page,
    lock_page,
    put_page,
)
from models.patches import FILE_NOTIFIER
from thpverify.lang import atomic, thread


@thread
def collapse_pte_mapped_thp(s, a: int):
    """collapse_pte_mapped_thp(), v5.4 to v6.1: drop the PTEs, and their table, so that the page can be mapped by PMD.

    The caller holds mmap_sem for writing, so that nobody faults or unmaps in this process meanwhile; scenarios leave
    such threads out, or have the lock (MMAP_LOCK), and nothing but the page is mapped. Walkers of rmap hold the page
    lock, as this does, so the page table lock is free at the end. pmdp_collapse_flush() waits for lockless walkers, and
    the table is freed after it: here it is just gone.
    """
    m = s.mm[a]
    while nothing_to_collapse(s, a) or (MMAP_LOCK == 1 and m.mmap_lock != 0):
        yield
    if MMAP_LOCK == 1:
        atomic("what made khugepaged try is looked at again under the lock")
        m.mmap_lock = -1
        yield "mmap_write_trylock"
        atomic("find_get_page() looks at the slot again when it has the reference")
        if nothing_to_collapse(s, a):
            m.mmap_lock = 0
            yield "nothing found, mmap_write_unlock"
            return
    atomic("find_get_page() looks at the slot again when it has the reference")
    begin(s)
    get_page(s, 0)
    yield "find_get_page"
    yield from lock_page(s)
    if s.page.cached and s.page.compound:
        if FILE_NOTIFIER.applied:
            yield from invalidate_range_start(s, a, 0, NR - 1)
        while m.ptl:
            yield
        m.ptl = True
        yield "pte lock"
        assert all(m.pte[i] in (Pte.NONE, Pte.PAGE) for i in range(NR))
        count = sum(m.pte[i] == Pte.PAGE for i in range(NR))
        yield "step 1: every present entry maps its subpage"
        for i in range(NR):
            if m.pte[i] == Pte.PAGE:
                s.page.mapcount[i] -= 1
                yield "step 2: page_remove_rmap"
        m.ptl = False
        yield "pte unlock"
        s.page.refcount[0] -= count
        yield "step 3: page_ref_sub"
        assert not m.ptl
        atomic("ptl is taken and dropped in this step; the table goes with the PMD")
        m.pmd = Pmd.NONE
        for i in range(NR):
            m.pte[i] = Pte.NONE
        yield "step 4: pmdp_collapse_flush"
        if FILE_NOTIFIER.applied:
            yield from invalidate_range_end(s, a)
    s.page.locked = False
    yield "unlock_page"
    put_page(s, 0)
    finish(s)
    yield "put_page"
    if MMAP_LOCK == 1:
        m.mmap_lock = 0
        yield "mmap_write_unlock"


def nothing_to_collapse(s, a: int) -> bool:
    """There is no page table, or the cache has no huge page whose count find_get_page() can raise."""
    return s.mm[a].pmd != Pmd.TABLE or not s.page.cached or not s.page.compound or s.page.refcount[0] == 0
