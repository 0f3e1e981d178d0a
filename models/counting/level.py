"""KVM's choice of a level, for any number of vCPUs and of other processes that map the page: `thpverify prove`.

One process, A, runs the virtual machine; `w` is any subpage of the huge page, the one that a vCPU faults on. Of its
counters only w's is told, of page tables only what maps w. That a page table that is there is in the way of a PMD is
not told: more can happen here. docs/counting.md says what is proved.

mmu_notifier_seq is told by what it decides. A vCPU is `fresh` from its read of the sequence on; it may stop to be at
any time, and then retries; who advances the sequence waits until nobody is fresh. Every run of the kernel is one of
these, in which all vCPUs stop to be fresh just before the sequence moves.
"""

from enum import Enum

from models.counting.anon_page import MMS, NR
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

TEST = Constant("LEVEL_TEST", 0)  # which one of these decides
BARE = 0  # PageTransCompound(), until v4.5
SUBPAGE_UNMAPPED = 1  # PageTransCompoundMap() of an anonymous page, v4.6 to v5.5: its _mapcount is -1
HOST_WALK = 2  # host_pfn_mapping_level(), v5.6 and later
UNREGISTERED = 3  # HOST_WALK, in a process whose zaps KVM is not told of
FILE_SUBPAGE_UNMAPPED = 4  # PageTransCompoundMap() of a page of the page cache, v4.8 to v5.3: the same test
FILE_COUNTS_EQUAL = 5  # the same, v5.4 and v5.5: its _mapcount is compound_mapcount

AT_FIRST = Constant("MAPCOUNT_AT_FIRST", 0)  # w's mapcount when A maps the page by a PMD: 1 for the page cache

__all__ = ["MMS", "NR"]


class Level(Enum):
    """How w is mapped: not at all, by a PTE or 4K SPTE, by a PMD or 2M SPTE."""

    NONE = 0
    SMALL = 1
    HUGE = 2


@record
class Other:
    """What another process maps."""

    ptl: Lock
    entry: Level = Level.NONE


@record
class Guest:
    """Process A, its virtual machine, and the counters of the page. Those that start at -1 start at 0 here."""

    ptl: Lock  # of process A
    mapped: Bool = True  # A maps w
    small: Bool = False  # ... by a PTE
    compound_mapcount: Int[0, MMS + 3] = 1
    mapcount: Int[0, MMS + 6] = AT_FIRST  # of w
    double_map: Bool = False
    biasing: Ghost[Int[0, 3]] = 0  # tasks that have set it and not raised the mapcounts yet
    mmu_lock: Lock
    mmu_notifier_count: Int[0, 5] = 0
    fresh: Int[0, 5] = 0  # vCPUs that have read mmu_notifier_seq as it is
    found: Ghost[Int[0, 5]] = 0  # those of them that have found w mapped since
    spte: Level = Level.NONE
    mm: Array[MMS, Other]


@thread
def tdp_page_fault(s):
    """A vCPU: sequence, GUP, mmu_lock, mmu_notifier_retry(), the level, the SPTE."""
    while True:
        s.fresh += 1
        yield "mmu_notifier_seq read"
        if choose((True, False)):
            s.fresh -= 1
            yield "stale"
            continue
        atomic("a page table, once there, stays: PMD and PTE are one read")
        if not s.mapped:
            s.fresh -= 1
            yield "not mapped"
            continue
        s.found += 1
        yield "page found"
        if choose((True, False)):
            s.fresh -= 1
            s.found -= 1
            yield "stale, page put"
            continue
        while s.mmu_lock:
            yield
        atomic("mmu_notifier_count changes under mmu_lock only")
        if s.mmu_notifier_count > 0:
            s.fresh -= 1
            s.found -= 1
            yield "invalidation under way: retry"
            continue
        s.mmu_lock = True
        yield "mmu_lock, no retry"
        huge = TEST == BARE
        if TEST in (SUBPAGE_UNMAPPED, FILE_SUBPAGE_UNMAPPED):
            huge = s.mapcount == 0
        if TEST == FILE_COUNTS_EQUAL:
            small = s.mapcount
            yield "_mapcount"
            huge = small == s.compound_mapcount
        if TEST in (HOST_WALK, UNREGISTERED):
            atomic("one page table entry")
            huge = s.mapped and not s.small
        yield "level chosen"
        s.spte = Level.HUGE if huge else Level.SMALL
        s.fresh -= 1
        s.found -= 1
        s.mmu_lock = False
        yield "spte set, mmu_unlock"


def invalidate_range_start(s):
    """kvm_mmu_notifier_invalidate_range_start(): the count rises and the SPTE goes."""
    if TEST != UNREGISTERED:
        while s.mmu_lock:
            yield
        atomic("mmu_lock covers the count and the SPTE")
        s.mmu_notifier_count += 1
        s.spte = Level.NONE
        yield "invalidate_range_start"


def invalidate_range_end(s):
    """kvm_mmu_notifier_invalidate_range_end(): the sequence moves, the count falls."""
    if TEST != UNREGISTERED:
        while s.mmu_lock or s.fresh > 0:
            yield
        atomic("mmu_lock covers the count and the sequence")
        s.mmu_notifier_count -= 1
        yield "invalidate_range_end"


@thread
def zap(s):
    """munmap(), MADV_DONTNEED or reclaim in process A: the PMD, or the entry of w."""
    while True:
        yield from invalidate_range_start(s)
        while s.ptl:
            yield
        s.ptl = True
        yield "ptl"
        if s.mapped and not s.small:
            s.mapped = False
            yield "pmd cleared"
            yield from drop_compound_mapcount(s)
        elif s.mapped:
            atomic("one page table entry")
            s.mapped = False
            s.small = False
            yield "pte cleared"
            s.mapcount -= 1
            yield "page_remove_rmap"
        s.ptl = False
        yield "ptl dropped"
        yield from invalidate_range_end(s)


@thread
def split(s):
    """__split_huge_pmd() in process A. The PMD is huge until the table is linked."""
    while True:
        yield from invalidate_range_start(s)
        while s.ptl:
            yield
        s.ptl = True
        yield "ptl"
        if s.mapped and not s.small:
            if in_page_cache():
                s.mapped = False
                yield "pmd cleared"
                yield from drop_compound_mapcount(s)
            else:
                yield from count_as_small(s)
                yield from drop_compound_mapcount(s)
                s.small = True
            s.ptl = False
            yield "pmd_populate, unlock"
        else:
            s.ptl = False
            yield "not huge"
        yield from invalidate_range_end(s)


@thread
def fault(s):
    """Process A maps the page, by PMD or w by PTE: a fault, khugepaged or a fork. No notifier is called for it."""
    while True:
        while s.ptl:
            yield
        s.ptl = True
        yield "ptl"
        if not s.mapped:
            if choose((True, False)):
                yield from add_compound_mapcount(s)
                s.mapped = True
            else:
                s.mapcount += 1
                yield "page_add_rmap: w"
                atomic("one page table entry")
                s.mapped = True
                s.small = True
        s.ptl = False
        yield "entry set, unlock"


@thread
def other_fault(s, b: int):
    """Another process does the same."""
    m = s.mm[b]
    while True:
        while m.ptl or m.entry != Level.NONE:
            yield
        atomic("ptl covers the entry")
        m.ptl = True
        yield "ptl"
        if choose((True, False)):
            yield from add_compound_mapcount(s)
            m.entry = Level.HUGE
        else:
            s.mapcount += 1
            yield "page_add_rmap: w"
            m.entry = Level.SMALL
        m.ptl = False
        yield "entry set, unlock"


@thread
def other_unmap(s, b: int):
    """Another process unmaps the PMD or w, or splits the PMD."""
    m = s.mm[b]
    while True:
        while m.ptl or m.entry == Level.NONE:
            yield
        atomic("ptl covers the entry")
        m.ptl = True
        yield "ptl"
        if m.entry == Level.SMALL:
            m.entry = Level.NONE
            yield "pte cleared"
            s.mapcount -= 1
        elif not in_page_cache() and choose((True, False)):
            yield from count_as_small(s)
            yield from drop_compound_mapcount(s)
            m.entry = Level.SMALL
        else:
            m.entry = Level.NONE
            yield "pmd cleared"
            yield from drop_compound_mapcount(s)
        m.ptl = False
        yield "unlock"


def add_compound_mapcount(s):
    """page_dup_rmap() or page_add_file_rmap().

    An anonymous page is mapped by a PMD when it is born, and from then on by fork: under the lock of a parent that maps
    it so. Where the last of these is gone, none comes back.
    """
    if TEST == SUBPAGE_UNMAPPED:
        while s.compound_mapcount == 0:
            yield
    if in_page_cache():
        s.mapcount += 1
        yield "page_add_file_rmap: w"
    s.compound_mapcount += 1
    yield "page_dup_rmap: compound"


def in_page_cache() -> bool:
    """A file's page: a PMD counts in every subpage, and is cleared, not split."""
    return TEST in (FILE_SUBPAGE_UNMAPPED, FILE_COUNTS_EQUAL)


def count_as_small(s):
    """__split_huge_pmd_locked(): w's mapcount for the PTE, and the bias of PG_double_map for the other PMDs."""
    s.mapcount += 1
    yield "atomic_inc: w"
    many = s.compound_mapcount > 1
    yield "compound_mapcount"
    if many:
        biased = s.double_map
        s.double_map = True
        if not biased:
            s.biasing += 1
        yield "TestSetPageDoubleMap"
        if not biased:
            s.mapcount += 1
            s.biasing -= 1
            yield "atomic_inc: bias"


def drop_compound_mapcount(s):
    """page_remove_anon_compound_rmap(): with the last PMD mapping the bias goes. page_remove_file_rmap()."""
    if in_page_cache():
        s.mapcount -= 1
        yield "page_remove_file_rmap: w"
        s.compound_mapcount -= 1
        yield "page_remove_file_rmap: compound"
        return
    s.compound_mapcount -= 1
    last = s.compound_mapcount == 0
    yield "atomic_add_negative: compound_mapcount"
    if last:
        biased = s.double_map
        s.double_map = False
        yield "TestClearPageDoubleMap"
        if biased:
            s.mapcount -= 1
            yield "atomic_dec: bias"
