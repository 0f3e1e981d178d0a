"""KVM looks at the process's own page table to choose a level, without its locks: x86-64 v5.6 and ARM64 v5.15 on.

One address. `upper` is the entry that leads to the last table that the walk reads: the PUD on x86-64, where the walk
ends at the PMD, and the PMD on ARM64, where it reads the PTE. The table is a page of its own, which goes back to the
allocator when the page tables are removed. Nothing here depends on the entry that the walk finds at last, so the level
itself is left out (models/kvm/fault.py has it).
"""

from models.hardware.machine import ARM64
from models.patches import ARM64_WALK_IRQS_OFF, COLLAPSE_IPI, FILE_NOTIFIER, HOST_WALK_IRQS_OFF
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, record, thread

WALKERS = Constant("NR_WALKERS", 2)


@record
class Walker:
    """The CPU of a thread of KVM."""

    irqs_off: Bool = False
    stale: Bool = False  # mmu_notifier_seq has moved since this thread read it
    reads: Ghost[Bool] = False  # has read `upper` and will read the table that it led to


@record
class State:
    present: Bool = True  # a page is mapped
    upper: Bool = True  # leads to the table
    freed: Bool = False  # the table's page is back in the allocator
    mmap_lock: Lock  # held for writing
    mmu_lock: Lock
    count: Int[0, 2] = 0
    walker: Array[WALKERS, Walker]


@thread
def fault(s: State, w: int):
    """The page fault of a vCPU: sequence, page, mmu_lock, retry check, then the walk."""
    walker = s.walker[w]
    while True:
        walker.stale = False
        yield "mmu_notifier_seq read"
        present = s.present
        yield "gfn_to_pfn"
        if present:
            while s.mmu_lock:
                yield
            s.mmu_lock = True
            retry = walker.stale or s.count > 0
            yield "mmu_lock, mmu_notifier_retry"
            if not retry:
                yield from walk(s, w)
            s.mmu_lock = False
            yield "mmu_unlock"


@thread
def zap_collapsible(s: State, w: int):
    """kvm_mmu_zap_collapsible_sptes(), when dirty logging ends: mmu_lock, no page and no retry check, then the walk."""
    while True:
        while s.mmu_lock:
            yield
        s.mmu_lock = True
        yield "mmu_lock"
        yield from walk(s, w)
        s.mmu_lock = False
        yield "mmu_unlock"


def walk(s: State, w: int):
    """host_pfn_mapping_level() on x86-64, get_user_mapping_size() on ARM64."""
    walker = s.walker[w]
    irqs_off = ARM64_WALK_IRQS_OFF.applied if ARM64 == 1 else HOST_WALK_IRQS_OFF.applied
    if irqs_off:
        walker.irqs_off = True
        yield "local_irq_save"
    atomic("what was read is this CPU's own")
    walker.reads = s.upper
    yield "upper entry read"
    walker.reads = False
    yield "table read, if there is one"
    if irqs_off:
        walker.irqs_off = False
        yield "local_irq_restore"


@thread
def munmap(s: State):
    """munmap() and mmap() again: entries first, between the notifier's start and end, then the page tables.

    free_pgtables() runs after the notifier's end. It clears the entry, and frees the table when no CPU can be in a
    walk: after an IPI to all CPUs of the process, or after a grace period that such CPUs hold up as well.
    """
    while True:
        yield from mmap_write_lock(s)
        yield from invalidate(s, 1)
        yield "invalidate_range_start"
        s.present = False
        yield "unmap_vmas"
        yield from invalidate(s, -1)
        yield "invalidate_range_end"
        s.upper = False
        yield "free_pgtables"
        yield from wait_for_walkers(s)
        s.freed = True
        yield "tlb_finish_mmu: table freed"
        s.freed = False
        yield "a table is allocated"
        s.upper = True
        yield "upper entry set"
        s.present = True
        yield "page faulted in"
        s.mmap_lock = False
        yield "mmap_write_unlock"


@thread
def retract_page_tables(s: State):
    """retract_page_tables() of khugepaged, v5.4 to v6.1: a table of file pages is taken away; faults bring it back.

    The notifier is told since v6.1 (f268f6cf875f). Until then nothing but the page table locks kept walkers off: the
    IPI came with 2ba99c5e0881. On x86-64 the flush of the TLB is an IPI by itself.
    """
    while True:
        yield from mmap_write_lock(s)
        if FILE_NOTIFIER.applied:
            yield from invalidate(s, 1)
            yield "invalidate_range_start"
        atomic("the entries of the table go with the PMD")
        s.upper = False
        s.present = False
        yield "pmdp_collapse_flush"
        if COLLAPSE_IPI.applied or ARM64 == 0:
            yield from wait_for_walkers(s)
        s.freed = True
        yield "pte_free"
        if FILE_NOTIFIER.applied:
            yield from invalidate(s, -1)
            yield "invalidate_range_end"
        s.freed = False
        yield "a table is allocated"
        s.upper = True
        yield "upper entry set"
        s.present = True
        yield "page faulted in"
        s.mmap_lock = False
        yield "mmap_write_unlock"


def mmap_write_lock(s: State):
    """mmap_write_lock(). The page is mapped: what takes it away brings it back before it drops the lock."""
    while s.mmap_lock:
        yield
    s.mmap_lock = True
    yield "mmap_write_lock"


def wait_for_walkers(s: State):
    """An IPI to every CPU: each answers as soon as its interrupts are on."""
    for w in range(WALKERS):
        while s.walker[w].irqs_off:
            yield
        yield "IPI answered"


def invalidate(s: State, change: int):
    """The notifier's start (1) or end (-1) in KVM, with mmu_lock taken and dropped."""
    while s.mmu_lock:
        yield
    atomic("mmu_lock is taken and dropped in this step")
    s.count += change
    if change < 0:
        for walker in s.walker:
            walker.stale = True
