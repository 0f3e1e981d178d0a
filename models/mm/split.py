"""mm/huge_memory.c: splitting the PMD only, and splitting the page, v4.8 to v5.13."""

from models.kvm.notifier import invalidate_page, invalidate_range_end, invalidate_range_start
from models.mm.page import ANON, MMS, NR, Pmd, Pte, begin, finish, get_page, head, lock_page, put_page
from models.mm.rmap import page_remove_rmap_pmd, split_anon_rmap
from models.patches import TTU_SYNC, UNMAP_RANGE
from thpverify.lang import Constant, atomic, choose, thread

DEBUG_VM = Constant("CONFIG_DEBUG_VM", 0)  # 1: unmap_page() says that nothing is mapped any more, until v5.13


def split_huge_pmd(s, a: int, freeze: bool):
    """__split_huge_pmd(): the page stays whole; `freeze` leaves migration entries instead of mappings (v4.8)."""
    m = s.mm[a]
    yield from invalidate_range_start(s, a, 0, NR - 1)
    while m.ptl:
        yield
    if m.pmd == Pmd.HUGE:
        if ANON == 1:
            yield from split_anon_pmd(s, a, freeze)
        else:
            yield from drop_file_pmd(s, a)
    yield from invalidate_range_end(s, a)


def split_anon_pmd(s, a: int, freeze: bool):
    """__split_huge_pmd_locked() of an anonymous page: NR - 1 more references, NR mappings, then the page table.

    pmdp_invalidate() and pmd_populate() are one step: a lockless walker in between would only give up.
    """
    m = s.mm[a]
    m.ptl = True
    s.page.refcount[0] += NR - 1
    s.page.held[0] += NR - 1
    yield "page_ref_add"
    yield from split_anon_rmap(s)
    atomic("ptl covers the table; its references are the mappings' from now on, unless it maps nothing")
    for i in range(NR):
        m.pte[i] = Pte.MIGRATION if freeze else Pte.PAGE
    m.pmd = Pmd.TABLE
    if freeze:
        s.page.held[0] += 1
        yield "pmd_populate"
        for i in range(NR):
            s.page.mapcount[i] -= 1
            yield "page_remove_rmap"
            put_page(s, i)
            yield "put_page"
    else:
        s.page.held[0] -= NR - 1
    m.ptl = False
    yield "pmd unlock"


def drop_file_pmd(s, a: int):
    """__split_huge_pmd_locked() of a file page, v4.8 to v6.1: the PMD is cleared, faults will map the page again."""
    m = s.mm[a]
    atomic("ptl covers the PMD; the mapping's reference is this task's from now on")
    m.ptl = True
    m.pmd = Pmd.NONE
    s.page.held[0] += 1
    yield "pmdp_huge_clear_flush"
    yield from page_remove_rmap_pmd(s)
    put_page(s, 0)
    m.ptl = False
    yield "put_page, pmd unlock"


@thread
def split_huge_page(s):
    """split_huge_page_to_list(), v4.8 to v5.13, as the shrinker or khugepaged calls it: with a pin and the page lock.

    The racy look at the counts before the page is unmapped may come out either way here: it decides nothing but
    whether to try. Every process is told of a range for the PMD, whether it turns out to be huge or not. Left out: the
    LRU and swap, and subpages beyond the end of the file.
    """
    while not s.page.compound or s.page.refcount[0] == 0:
        yield
    begin(s)
    get_page(s, 0)
    yield "get_page_unless_zero"
    yield from lock_page(s)
    if not choose((True, False)):
        s.page.locked = False
        yield "can_split_huge_page: no; unlock_page"
        put_page(s, 0)
        finish(s)
        yield "put_page"
        return
    yield "can_split_huge_page: yes"
    for a in range(MMS):
        yield from split_huge_pmd(s, a, True)
    for i in range(NR):
        for a in range(MMS):
            yield from try_to_unmap_one(s, a, i, ANON == 1)
    assert DEBUG_VM == 0 or total_mapcount(s) == 0, "VM_BUG_ON_PAGE(!unmap_success, page)"
    if total_mapcount(s) == 0 and s.page.refcount[0] == 1 + cache_refs(s):
        atomic("the tree lock and page_ref_freeze(); with the page locked no mapping can appear")
        s.page.refcount[0] = 0
        s.page.held[0] -= 1
        s.page.frozen = True
        yield "page_ref_freeze"
        yield from split_counts(s)
    else:
        atomic("the first count that is too high decides, the others are not looked at")
        yield "page_ref_freeze fails"
    for i in range(NR):
        for a in range(MMS):
            yield from remove_migration_pte(s, a, i)
    s.page.locked = False
    yield "unlock_page"
    if not s.page.compound:
        for i in range(1, NR):
            put_page(s, i)
            yield "put_page of a tail"
    put_page(s, 0)
    finish(s)
    yield "put_page"


def total_mapcount(s) -> int:
    """total_mapcount() of the huge page; with the page locked and no PMD the terms can only fall."""
    return s.page.compound_mapcount + sum(s.page.mapcount)


def cache_refs(s) -> int:
    """The references of the page cache on the huge page: one per subpage."""
    return NR if s.page.cached else 0


def try_to_unmap_one(s, a: int, i: int, migration: bool):
    """try_to_unmap_one() of one PTE: it becomes a migration entry, or nothing when a file page is split.

    Until v4.12 KVM hears of it afterwards (invalidate_page), from v4.13 on by a range around it. An entry that looks
    empty is passed by without its lock until TTU_SYNC (v5.13).
    """
    m = s.mm[a]
    mapped = True
    if not TTU_SYNC.applied:
        atomic("a page table, once there, stays: PMD and PTE are one read")
        mapped = m.pmd == Pmd.TABLE and m.pte[i] == Pte.PAGE
        yield "page_check_address"
    if mapped:
        if UNMAP_RANGE.applied:
            yield from invalidate_range_start(s, a, i, i)
        while m.ptl:
            yield
        if m.pmd == Pmd.TABLE and m.pte[i] == Pte.PAGE:
            atomic("ptl covers the entry; the mapping's reference is this task's from now on")
            m.ptl = True
            m.pte[i] = Pte.MIGRATION if migration else Pte.NONE
            s.page.held[0] += 1
            yield "ptep_clear_flush"
            s.page.mapcount[i] -= 1
            yield "page_remove_rmap"
            put_page(s, i)
            m.ptl = False
            yield "put_page, unlock"
            if not UNMAP_RANGE.applied:
                yield from invalidate_page(s, a, i)
        if UNMAP_RANGE.applied:
            yield from invalidate_range_end(s, a)


def split_counts(s):
    """__split_huge_page(): a tail stops to be one before its count is set; the head is last."""
    extra = 1 if s.page.cached else 0
    for j in range(1, NR):
        i = NR - j
        s.page.tail[i] = False
        yield "clear_compound_head"
        s.page.refcount[i] = 1 + extra
        s.page.held[i] += 1
        yield "page_ref_unfreeze of a tail"
    s.page.compound = False
    yield "ClearPageCompound"
    s.page.refcount[0] = 1 + extra
    s.page.held[0] += 1
    s.page.frozen = False
    yield "page_ref_unfreeze of the head"


def remove_migration_pte(s, a: int, i: int):
    """remove_migration_pte(): reference, mapping, entry."""
    m = s.mm[a]
    if ANON == 1:
        while m.ptl:
            yield
        if m.pmd == Pmd.TABLE and m.pte[i] == Pte.MIGRATION:
            m.ptl = True
            get_page(s, i)
            yield "get_page"
            s.page.mapcount[i] += 1
            yield "page_add_anon_rmap"
            m.pte[i] = Pte.PAGE
            s.page.held[head(s, i)] -= 1
            m.ptl = False
            yield "entry set, unlock"
