"""mm/shmem.c, rmap.c, huge_memory.c, khugepaged.c: a shmem huge page from its birth to its death, v4.8 to v5.6."""

from models.counting.page import (
    COLLAPSE_ONE,
    FREEZE_UNCHECKED,
    HEAD_WITHOUT_CACHE,
    MUTANT,
    NR,
    PTE_WITHOUT_PUT,
    PUT_EACH_SUBPAGE,
    SPLIT_MAPPED,
    SUBPAGE_UNCOUNTED,
    TAIL_WITHOUT_CACHE,
    TRUNCATE_ONE,
    Pmd,
    get_page_unless_zero,
    lock_page,
    put_page,
)
from thpverify.lang import atomic, choose, thread


@thread
def shmem_fault(s, a: int):
    """shmem_fault() and alloc_set_pte(): find the page, lock it, map it by PMD, or one subpage by PTE.

    find_get_entry() reads the slot, takes a reference and reads the slot again; here only the last two are left, as
    what the first look saw says nothing. compound_head() may have changed until then too.
    """
    m = s.mm[a]
    while True:
        yield from get_page_unless_zero(s)
        atomic("xas_reload() and compound_head(); a page that somebody holds a reference on is not split")
        found = s.page.cached and s.page.compound
        yield "find_get_entry looks again"
        if found:
            yield from lock_page(s)
            if s.page.cached:
                yield "page->mapping"
                if choose((True, False)):
                    while m.ptl:
                        yield
                    if m.pmd == Pmd.NONE:
                        m.ptl = True
                        yield "pmd lock"
                        for i in range(NR):
                            if MUTANT != SUBPAGE_UNCOUNTED or i > 0:
                                s.page.mapcount[i] += 1
                            yield "page_add_file_rmap: subpage"
                        s.page.compound_mapcount += 1
                        yield "page_add_file_rmap: compound"
                        m.pmd = Pmd.HUGE
                        s.page.held -= 1
                        m.ptl = False
                        s.page.locked = False
                        yield "pmd set, unlock"
                        continue
                else:
                    i = choose(range(NR))
                    while m.ptl:
                        yield
                    if m.pmd != Pmd.HUGE and not m.pte[i]:
                        m.ptl = True
                        m.pmd = Pmd.TABLE
                        yield "pte lock"
                        s.page.mapcount[i] += 1
                        yield "page_add_file_rmap"
                        m.pte[i] = True
                        s.page.held -= 1
                        m.ptl = False
                        s.page.locked = False
                        yield "pte set, unlock"
                        continue
            s.page.locked = False
            yield "nothing to map, unlock_page"
        put_page(s)
        yield "put_page"


@thread
def unmap(s, a: int):
    """zap_huge_pmd(), __split_huge_pmd_locked() of a file page (which does the same), zap_pte_range().

    munmap(), MADV_DONTNEED, and the walks of try_to_unmap() and unmap_mapping_range(): a split or a truncation that
    unmaps the page first is this thread before that one.
    """
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
            for i in range(NR):
                s.page.mapcount[i] -= 1
                yield "page_remove_rmap: subpage"
            s.page.compound_mapcount -= 1
            m.ptl = False
            yield "page_remove_rmap: compound, pmd unlock"
            if MUTANT == PUT_EACH_SUBPAGE:
                s.page.refcount -= NR - 1
        else:
            i = choose(j for j in range(NR) if not m.ptl and m.pmd == Pmd.TABLE and m.pte[j])
            m.ptl = True
            m.pte[i] = False
            s.page.held += 1
            yield "pte cleared"
            s.page.mapcount[i] -= 1
            m.ptl = False
            yield "page_remove_rmap, pte unlock"
            if MUTANT == PTE_WITHOUT_PUT:
                s.page.refcount += 1
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
    """split_huge_page_to_list(): with a reference and the page lock; the mappings are taken away by `unmap`.

    total_mapcount() reads counter after counter; with the page locked they can only fall, so all were 0 when the last
    was read. page_ref_unfreeze() sets a count that is 0 to 2, the reference of the cache and the task's;
    for the tails, whose counts are only summed up here, 2 is added.
    """
    while True:
        yield from get_page_unless_zero(s)
        yield from lock_page(s)
        if s.page.cached and s.page.compound:
            yield "page->mapping"
            atomic("with the page locked the counters can only fall: when the last is read, all are what was read")
            if s.page.compound_mapcount + sum(s.page.mapcount) == 0 or MUTANT == SPLIT_MAPPED:
                yield "total_mapcount"
                if s.page.refcount == 1 + NR or MUTANT in (FREEZE_UNCHECKED, SPLIT_MAPPED):
                    s.page.refcount = 0
                    s.page.held -= 1
                    s.page.frozen = True
                    yield "page_ref_freeze"
                    for i in range(1, NR):
                        s.page.small[i] += 1 if MUTANT == TAIL_WITHOUT_CACHE else 2
                        s.page.small_cached += 1
                        s.page.small_held += 1
                        yield "page_ref_unfreeze of a tail"
                    s.page.compound = False
                    yield "ClearPageCompound"
                    assert s.page.refcount == 0
                    s.page.refcount = 1 if MUTANT == HEAD_WITHOUT_CACHE else 2
                    s.page.held += 1
                    s.page.frozen = False
                    yield "page_ref_unfreeze of the head"
                    s.page.locked = False
                    yield "unlock_page"
                    for i in range(1, NR):
                        s.page.small[i] -= 1
                        s.page.small_held -= 1
                        yield "put_page of a tail"
                    put_page(s)
                    yield "put_page"
                    continue
        s.page.locked = False
        yield "not split, unlock_page"
        put_page(s)
        yield "put_page"


@thread
def truncate(s):
    """truncate_inode_page(): the page leaves the cache, which gives its HPAGE_PMD_NR references back.

    Small pages leave it one by one and are the concern of nobody here: they go at once, when nobody holds any.
    """
    while True:
        yield from get_page_unless_zero(s)
        yield from lock_page(s)
        if s.page.cached and s.page.compound:
            yield "page->mapping"
            while s.page.compound_mapcount + sum(s.page.mapcount) != 0:
                yield
            atomic("with the page locked the counters can only fall: when the last is read, all are 0")
            s.page.cached = False
            s.page.held += NR
            yield "__delete_from_page_cache"
            s.page.refcount -= 1 if MUTANT == TRUNCATE_ONE else NR
            s.page.held -= NR
            yield "page_ref_sub"
        s.page.locked = False
        yield "unlock_page"
        put_page(s)
        yield "put_page"


@thread
def free_small_pages(s):
    """The small pages of a split page leave the cache and are freed, once nobody holds a reference on any of them.

    What happens to small pages before that is not told: no count of a huge page speaks of it.
    """
    while True:
        while s.page.compound or s.page.locked or s.page.refcount != 1 or sum(s.page.small) != NR - 1:
            yield
        atomic("small pages are counted one by one elsewhere; the next huge page is another one")
        s.page.cached = False
        s.page.refcount = 0
        for i in range(NR):
            s.page.small[i] = 0
        s.page.small_cached -= NR - 1
        s.page.compound = True
        yield "small pages freed"


@thread
def allocate(s):
    """A new huge page: shmem_add_to_page_cache() for a fault, or collapse_file() (collapse_shmem() until v5.3).

    A new page has one reference and is locked before it is in the cache. shmem adds HPAGE_PMD_NR references and then
    stores the page; khugepaged stores it first and gives the cache the references, its own among them, at the end.
    """
    while True:
        while s.page.refcount != 0 or s.page.cached:
            yield
        atomic("nobody knows the page yet")
        s.page.refcount = 1
        s.page.held += 1
        s.page.locked = True
        yield "alloc_pages"
        if choose((True, False)):
            s.page.refcount += NR
            s.page.held += NR
            yield "page_ref_add"
            s.page.cached = True
            s.page.held -= NR
            yield "shmem_add_to_page_cache"
            s.page.locked = False
            yield "unlock_page"
            put_page(s)
            yield "put_page"
        else:
            s.page.cached = True
            s.page.owed += NR
            yield "xas_store"
            s.page.refcount += 0 if MUTANT == COLLAPSE_ONE else NR - 1
            s.page.owed -= NR
            s.page.held -= 1
            yield "page_ref_add"
            s.page.locked = False
            yield "unlock_page"
