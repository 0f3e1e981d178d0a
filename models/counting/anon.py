"""mm/huge_memory.c, memory.c, rmap.c: an anonymous huge page from its birth to its death, v4.8 to v5.13.

The bias of PG_double_map and every counter that is updated by itself are told; docs/counting.md has what is not.
"""

from models.counting.anon_page import (
    BIAS_UNSET,
    DUP_WITHOUT_GET,
    FREEZE_UNCHECKED,
    MUTANT,
    NR,
    SPLIT_ADDS_ALL,
    Pmd,
    drop_compound_mapcount,
    get_page_unless_zero,
    put_page,
)
from thpverify.lang import atomic, choose, thread


@thread
def map_new_page(s, a: int):
    """do_huge_pmd_anonymous_page() and collapse_huge_page(): a new page, mapped by PMD where nothing is mapped.

    page_add_new_anon_rmap() sets the mapcount of a page that nobody else knows.
    """
    m = s.mm[a]
    while True:
        while s.page.refcount != 0 or s.page.frozen or not s.page.compound:
            yield
        atomic("a free page is found: nobody knows it yet")
        s.page.refcount = 1
        s.page.held += 1
        yield "alloc_pages"
        while m.ptl:
            yield
        if m.pmd == Pmd.NONE:
            m.ptl = True
            yield "pmd lock"
            s.page.compound_mapcount += 1
            yield "page_add_new_anon_rmap"
            m.pmd = Pmd.HUGE
            s.page.held -= 1
            m.ptl = False
            yield "pmd set, unlock"
        else:
            put_page(s)
            yield "put_page"


@thread
def fork(s, a: int, b: int):
    """copy_huge_pmd() and copy_one_pte() from the parent a to the child b.

    Both locks are held there until the child has the entry; here the parent's is dropped before the child's is taken,
    so that more can happen in between.
    """
    m, child = s.mm[a], s.mm[b]
    while True:
        if choose((True, False)):
            while m.ptl or m.pmd != Pmd.HUGE:
                yield
            atomic("ptl covers the PMD, whose mapping keeps the page")
            m.ptl = True
            if MUTANT != DUP_WITHOUT_GET:
                s.page.refcount += 1
            s.page.held += 1
            yield "get_page, for a PMD"
            s.page.compound_mapcount += 1
            s.page.forked_pmds += 1
            m.ptl = False
            yield "page_dup_rmap: compound"
            while child.ptl or child.pmd != Pmd.NONE:
                yield
            atomic("the child's lock covers the entry")
            child.pmd = Pmd.HUGE
            s.page.held -= 1
            s.page.forked_pmds -= 1
            yield "pmd set"
        else:
            i = choose(j for j in range(NR) if not m.ptl and m.pmd == Pmd.TABLE and m.pte[j])
            m.ptl = True
            s.page.refcount += 1
            s.page.held += 1
            yield "get_page, for a PTE"
            s.page.mapcount[i] += 1
            s.page.forked_ptes += 1
            m.ptl = False
            yield "page_dup_rmap: subpage"
            while child.ptl or child.pmd == Pmd.HUGE or child.pmd == Pmd.SPLITTING or child.pte[i]:
                yield
            atomic("the child's lock covers the entry")
            child.pmd = Pmd.TABLE
            child.pte[i] = True
            s.page.held -= 1
            s.page.forked_ptes -= 1
            yield "pte set"


@thread
def split_huge_pmd(s, a: int):
    """__split_huge_pmd_locked() of an anonymous page: references and mapcounts of PTEs for those of a PMD.

    The PMD counts as a mapping no longer from the start: only GUP looks at it without the lock, and gives up. The
    entries, empty before (BUG_ON(!pte_none(*pte))), are set in any order.
    """
    m = s.mm[a]
    while True:
        while m.ptl or m.pmd != Pmd.HUGE:
            yield
        atomic("ptl covers the PMD; the mapping's reference is this task's from now on")
        m.ptl = True
        m.pmd = Pmd.SPLITTING
        s.page.refcount += NR if MUTANT == SPLIT_ADDS_ALL else NR - 1
        s.page.held += NR
        yield "page_ref_add"
        for _ in range(NR):
            i = choose(j for j in range(NR) if not m.pte[j])
            m.pte[i] = True
            s.page.held -= 1
            yield "set_pte_at"
            s.page.mapcount[i] += 1
            yield "atomic_inc: subpage"
        many = s.page.compound_mapcount > 1
        yield "compound_mapcount"
        if many:
            biased = s.page.double_map
            s.page.double_map = True
            yield "TestSetPageDoubleMap"
            if not biased and MUTANT != BIAS_UNSET:
                for i in range(NR):
                    s.page.mapcount[i] += 1
                    yield "atomic_inc: bias"
        yield from drop_compound_mapcount(s)
        m.pmd = Pmd.TABLE
        m.ptl = False
        yield "pmd_populate, unlock"


@thread
def unmap(s, a: int):
    """zap_huge_pmd() and zap_pte_range(): munmap(), MADV_DONTNEED, and the walk of try_to_unmap()."""
    m = s.mm[a]
    while True:
        if choose((True, False)):
            while m.ptl or m.pmd != Pmd.HUGE:
                yield
            atomic("ptl covers the PMD; the mapping's reference is this task's from now on")
            m.ptl = True
            m.pmd = Pmd.NONE
            s.page.held += 1
            yield "pmd cleared"
            yield from drop_compound_mapcount(s)
            m.ptl = False
            yield "pmd unlock"
        else:
            i = choose(j for j in range(NR) if not m.ptl and m.pmd == Pmd.TABLE and m.pte[j])
            m.ptl = True
            m.pte[i] = False
            s.page.held += 1
            yield "pte cleared"
            s.page.mapcount[i] -= 1
            m.ptl = False
            yield "page_remove_rmap, pte unlock"
        put_page(s)
        yield "flushed, page put"


@thread
def get_user_pages_fast(s, a: int):
    """get_user_pages_fast(), the lockless way: read the entry, take a reference, read the entry again; a pin, or a put.

    What the first look saw says nothing about the time when the reference is taken, so it is left out.
    """
    m = s.mm[a]
    while True:
        yield from get_page_unless_zero(s)
        atomic("a page table, once there, stays: PMD and PTE are one read")
        i = choose(range(NR))
        if m.pmd == Pmd.HUGE or m.pte[i]:
            yield "pinned"
        put_page(s)
        yield "put_page"


@thread
def split_huge_page(s):
    """split_huge_page_to_list(): with a reference; the mappings are taken away by `unmap`.

    Whether total_mapcount() lets it try is left open: each mapping has a reference, and page_ref_freeze() wants no
    other than this task's. Tails are unfrozen with a count of 1, the task's.
    """
    while True:
        yield from get_page_unless_zero(s)
        whole = s.page.compound
        yield "PageCompound"
        if whole and (s.page.refcount == 1 or MUTANT == FREEZE_UNCHECKED):
            s.page.refcount = 0
            s.page.held -= 1
            s.page.frozen = True
            atomic("page_ref_freeze(); that the page is frozen is told by its count")
            yield "page_ref_freeze"
            for i in range(1, NR):
                s.page.small[i] += 1
                yield "page_ref_unfreeze of a tail"
            s.page.compound = False
            yield "ClearPageCompound"
            assert s.page.refcount == 0
            s.page.refcount = 1
            s.page.held += 1
            s.page.frozen = False
            atomic("page_ref_unfreeze(); that the page is frozen no longer is told by its count")
            yield "page_ref_unfreeze of the head"
            for i in range(1, NR):
                s.page.small[i] -= 1
                yield "put_page of a tail"
        else:
            yield "not split"
        put_page(s)
        yield "put_page"


@thread
def free_small_pages(s):
    """The pages of a split page are freed; the next huge page is another one."""
    while True:
        while s.page.compound or s.page.refcount != 0 or s.page.frozen or sum(s.page.small) != 0:
            yield
        atomic("small pages are counted one by one elsewhere")
        s.page.compound = True
        yield "small pages freed"
