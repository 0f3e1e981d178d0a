"""The benchmark model: a THP in the page cache; several checkers agree on its numbers of states (docs/models/bench.md).

It is kept as coarse as its versions for other checkers are, so that the counts can be compared; the models of
models/mm and models/kvm are the ones to learn about Linux from. `large` holds the sizes M and L.
"""

from enum import Enum

from thpverify.lang import (
    Array,
    Bool,
    Constant,
    Int,
    Lock,
    atomic,
    choose,
    invariant,
    record,
    scenario,
    thread,
    violates,
)

NR = Constant("HPAGE_PMD_NR", 4)
CACHE_REFS = 4  # the page cache holds one reference per subpage
LAST = 3  # the last subpage


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2


class Spte(Enum):
    NONE = 0
    SMALL = 1
    HUGE = 2


@record
class AddressSpace:
    """The window of one process onto the page, and what its fault handler was asked for (struct vm_fault)."""

    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[NR, Bool] = False
    fault_huge: Bool = False
    fault_index: Int[0, 3] = 0


@record
class State:
    compound: Bool = True
    frozen: Bool = False
    ref: Array[NR, Int[0, 15]] = (CACHE_REFS, 0, 0, 0)  # ref[0] is the head's count while compound
    entire_mapcount: Int[0, 2] = 0
    mapcount: Array[NR, Int[0, 2]] = 0
    page_lock: Lock
    mm: Array[2, AddressSpace]
    spte: Array[NR, Spte] = Spte.NONE
    mmu_lock: Lock
    invalidates: Int[0, 2] = 0  # notifier windows that are open
    stale: Bool = False  # a window was closed since the vCPU last looked


def head(s: State, i: int) -> int:
    return 0 if s.compound else i


def maps(s: State, a: int, i: int) -> bool:
    return s.mm[a].pmd == Pmd.HUGE or s.mm[a].pte[i]


def invalidate_range_start(s: State) -> None:
    s.invalidates += 1
    for i in range(NR):
        s.spte[i] = Spte.NONE


def invalidate_range_end(s: State) -> None:
    s.invalidates -= 1
    s.stale = True


def coarse() -> None:
    """This step makes several shared accesses, as it does in the benchmark's versions for other checkers."""
    atomic("the benchmark's own grain")


def can_map(s: State, a: int, huge: bool, i: int) -> bool:
    m = s.mm[a]
    if huge:
        return m.pmd == Pmd.NONE and s.compound and s.ref[0] > 0
    return m.pmd != Pmd.HUGE and not m.pte[i] and s.ref[head(s, i)] > 0


@thread
def fault(s: State, a: int, subpages: int):
    """do_fault(): map the page by PMD when nothing is there, or one of the first `subpages` by PTE."""
    m = s.mm[a]
    while True:
        coarse()
        huge, i = choose((h, j) for h in (True, False) for j in range(1 if h else subpages) if can_map(s, a, h, j))
        s.ref[head(s, i)] += 1
        m.fault_huge = huge
        m.fault_index = i
        yield "look up, take a reference"
        while s.page_lock:
            yield
        s.page_lock = True
        yield "lock_page"
        while m.ptl:
            yield
        m.ptl = True
        yield "pte lock"
        mapped = False
        if m.fault_huge:
            if s.compound and m.pmd == Pmd.NONE:
                s.entire_mapcount += 1
                mapped = True
        else:
            if m.pmd == Pmd.NONE:
                m.pmd = Pmd.TABLE
            if m.pmd == Pmd.TABLE and not m.pte[m.fault_index]:
                s.mapcount[m.fault_index] += 1
                mapped = True
        yield "rmap"
        coarse()
        s.ref[head(s, m.fault_index)] -= 0 if mapped else 1
        if mapped:
            if m.fault_huge:
                m.pmd = Pmd.HUGE
            else:
                m.pte[m.fault_index] = True
        m.ptl = False
        yield "entry set, or reference put"
        s.page_lock = False
        m.fault_huge = False
        m.fault_index = 0
        yield "unlock_page"


@thread
def split(s: State):
    """split_huge_page(): unmap from both address spaces, freeze the count, hand it out to the subpages."""
    while True:
        while not s.compound or s.ref[0] == 0:
            yield
        coarse()
        s.ref[0] += 1
        yield "pin"
        while s.page_lock:
            yield
        s.page_lock = True
        yield "lock_page"
        coarse()
        if s.ref[0] == CACHE_REFS + 1 + s.entire_mapcount + sum(s.mapcount):
            a: Int[0, 1] = 0
            yield "can_split_huge_page"
            while True:
                while a == 0 and s.mmu_lock:
                    yield
                coarse()
                if a == 0:
                    invalidate_range_start(s)
                yield "notifier start"
                while s.mm[a].ptl:
                    yield
                s.mm[a].ptl = True
                yield "pte lock"
                yield from unmap(s, a)
                s.mm[a].ptl = False
                yield "pte unlock"
                while a == 0 and s.mmu_lock:
                    yield
                if a == 1:
                    yield "notifier end"
                    break
                invalidate_range_end(s)
                a = 1
                yield "notifier end"
            if s.ref[0] == CACHE_REFS + 1:
                s.ref[0] = 0
                s.frozen = True
                yield "page_ref_freeze"
                coarse()
                for i in range(1, NR):
                    s.ref[i] = 1
                yield "tails' counts"
                s.compound = False
                yield "clear PG_head"
                s.ref[0] = 2
                s.frozen = False
                yield "page_ref_unfreeze"
            else:
                yield "page_ref_freeze"
        else:
            yield "can_split_huge_page"
        s.page_lock = False
        yield "unlock_page"
        s.ref[0] -= 1
        yield "put_page"


def unmap(s: State, a: int):
    """Take away the PMD, or the PTEs one by one."""
    m = s.mm[a]
    i: Int[0, 3] = 0
    while True:
        coarse()
        last = m.pmd == Pmd.HUGE or i == LAST
        if m.pmd == Pmd.HUGE:
            m.pmd = Pmd.NONE
            s.entire_mapcount -= 1
            s.ref[0] -= 1
        elif m.pte[i]:
            m.pte[i] = False
            s.mapcount[i] -= 1
            s.ref[0] -= 1
        if last:
            yield "unmap"
            return
        i += 1
        yield "unmap"


@thread
def kvm_page_fault(s: State, retry: bool):
    """tdp_page_fault() on address space 0: sequence, host lookup, reference, second look, retry check, map."""
    while True:
        coarse()
        i = choose(j for j in range(NR) if s.spte[j] == Spte.NONE)
        s.stale = False
        yield "mmu_notifier_seq read"
        coarse()
        if not maps(s, 0, i):
            yield "host entry read"
            continue
        yield "host entry read"
        coarse()
        if s.ref[head(s, i)] == 0:
            yield "get_page_unless_zero"
            continue
        s.ref[head(s, i)] += 1
        yield "get_page_unless_zero"
        coarse()
        if maps(s, 0, i):
            yield "host entry read again"
            while s.mmu_lock:
                yield
            s.mmu_lock = True
            yield "mmu_lock"
            if not retry or (s.invalidates == 0 and not s.stale):
                yield "mmu_notifier_retry"
                coarse()
                if s.compound and s.mm[0].pmd == Pmd.HUGE:
                    for j in range(NR):
                        s.spte[j] = Spte.HUGE
                else:
                    s.spte[i] = Spte.SMALL
                yield "spte set"
            else:
                yield "mmu_notifier_retry"
            s.mmu_lock = False
            yield "mmu_unlock"
        else:
            yield "host entry read again"
        coarse()
        s.ref[head(s, i)] -= 1
        yield "put_page"


@thread
def zap(s: State):
    """zap_page_range() of address space 0: clear the PMD or the PTEs; each reference is put in a step of its own."""
    m = s.mm[0]
    while True:
        while s.mmu_lock or m.pmd == Pmd.NONE:
            yield
        coarse()
        invalidate_range_start(s)
        yield "notifier start"
        while m.ptl:
            yield
        m.ptl = True
        yield "pte lock"
        yield from clear_entries(s)
        m.ptl = False
        yield "pte unlock"
        while s.mmu_lock:
            yield
        invalidate_range_end(s)
        yield "notifier end"


def clear_entries(s: State):
    """zap_pmd_range(): the huge entry, or one PTE after the other."""
    m = s.mm[0]
    i: Int[0, 3] = 0
    while True:
        coarse()
        if m.pmd == Pmd.HUGE:
            m.pmd = Pmd.NONE
            s.entire_mapcount -= 1
            yield "pmd cleared"
            s.ref[0] -= 1
            yield "put_page"
            return
        if m.pte[i]:
            m.pte[i] = False
            s.mapcount[i] -= 1
            yield "pte cleared"
            coarse()
            s.ref[head(s, i)] -= 1
        if i == LAST:
            yield "next pte"
            return
        i += 1
        yield "next pte"


@invariant(code="REF")
def refcount_covers_cache_and_mappings(s: State) -> bool:
    """While the page is compound and not frozen, the head's count is at least what the cache and the mappings hold."""
    return not s.compound or s.frozen or s.ref[0] >= CACHE_REFS + s.entire_mapcount + sum(s.mapcount)


@invariant(code="MAP")
def mapcount_covers_ptes(s: State) -> bool:
    """A subpage's mapcount is at least the number of PTEs that map it."""
    return all(s.mapcount[i] >= sum(m.pte[i] for m in s.mm) for i in range(NR))


@invariant(code="MAP")
def entire_mapcount_covers_pmds(s: State) -> bool:
    """compound_mapcount is at least the number of huge PMDs."""
    return s.entire_mapcount >= sum(m.pmd == Pmd.HUGE for m in s.mm)


@invariant(code="SEC")
def secondary_maps_only_what_the_host_maps(s: State) -> bool:
    """Outside a notifier window an spte is backed by the host's own page table."""
    return s.invalidates > 0 or all(s.spte[i] == Spte.NONE or maps(s, 0, i) for i in range(NR))


@invariant(code="MAP")
def no_pmd_maps_a_split_page(s: State) -> bool:
    """Once the page is split no PMD maps it and its compound_mapcount is zero."""
    return s.compound or (s.entire_mapcount == 0 and all(m.pmd != Pmd.HUGE for m in s.mm))


INVARIANTS = [
    refcount_covers_cache_and_mappings,
    mapcount_covers_ptes,
    entire_mapcount_covers_pmds,
    secondary_maps_only_what_the_host_maps,
    no_pmd_maps_a_split_page,
]

scenario(
    "bench-thp-S",
    state=State,
    threads=[fault(a=0, subpages=NR), split(), kvm_page_fault(retry=True), zap()],
    properties=INVARIANTS,
)
scenario(
    "bench-thp-M",
    state=State,
    threads=[fault(a=0, subpages=NR), fault(a=1, subpages=1), split(), kvm_page_fault(retry=False), zap()],
    properties=INVARIANTS,
    variant="no-retry",
    expect=violates("secondary_maps_only_what_the_host_maps"),
)
