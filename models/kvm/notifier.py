"""virt/kvm/kvm_main.c of v4.5 to v6.12: what the primary MMU tells KVM about address space 0.

Each call takes mmu_lock and drops it again, and touches nothing that mmu_lock does not cover; so on x86-64 it is one
step. On ARM64 the invalidation of the TLBs is a matter of the single entry, and each entry takes steps of its own.
"""

from models.hardware.machine import ARM64
from models.hardware.x86_64 import Spte, flush_tlb
from models.kvm.arm64.stage2 import unmap_stage2_range
from models.kvm.mmu import FLUSH_AFTER_FREE, KVM, MUTANT, RANGE_REPLACED, SEQ_AT_START_ONLY
from models.mm.page import NR
from models.patches import RETRY_RANGE
from thpverify.lang import atomic


def invalidate_range_start(s, a: int, first: int, last: int):
    """kvm_mmu_notifier_invalidate_range_start(): count, zap what overlaps, flush before returning."""
    if KVM == 1 and a == 0:
        while mmu_lock_is_taken(s):
            yield
        atomic("mmu_lock is taken and dropped in this step")
        s.kvm.mmu_notifier_count += 1
        if RETRY_RANGE.applied:
            add_range(s, first, last)
        if MUTANT == SEQ_AT_START_ONLY:
            move_sequence(s)
        if ARM64 == 1:
            s.kvm.mmu_lock = True
            yield "invalidate_range_start: mmu_lock"
            yield from unmap_stage2_range(s, first, last)
            s.kvm.mmu_lock = False
        else:
            zap_sptes(s, first, last)
            if MUTANT != FLUSH_AFTER_FREE:
                flush_tlb(s)
        yield "invalidate_range_start"


def invalidate_range_end(s, a: int):
    """kvm_mmu_notifier_invalidate_range_end(): the sequence moves before the count drops."""
    if KVM == 1 and a == 0:
        while mmu_lock_is_taken(s):
            atomic("it only waits, and looks again at everything")
            yield
        atomic("mmu_lock is taken and dropped in this step")
        if MUTANT != SEQ_AT_START_ONLY:
            move_sequence(s)
        s.kvm.mmu_notifier_count -= 1
        if s.kvm.mmu_notifier_count == 0:
            s.kvm.range_first = 0
            s.kvm.range_last = 0
        if MUTANT == FLUSH_AFTER_FREE:
            flush_tlb(s)
        yield "invalidate_range_end"


def invalidate_page(s, a: int, i: int):
    """kvm_mmu_notifier_invalidate_page(), until v4.12: after the entry was cleared, before the page is freed."""
    if KVM == 1 and a == 0:
        while mmu_lock_is_taken(s):
            yield
        atomic("mmu_lock is taken and dropped in this step")
        move_sequence(s)
        if ARM64 == 1:
            s.kvm.mmu_lock = True
            yield "invalidate_page: mmu_lock"
            yield from unmap_stage2_range(s, i, i)
            s.kvm.mmu_lock = False
        else:
            zap_sptes(s, i, i)
            flush_tlb(s)
        yield "invalidate_page"


def add_range(s, first: int, last: int) -> None:
    """kvm_mmu_invalidate_range_add(): of several open ranges only what they span is kept."""
    if s.kvm.mmu_notifier_count == 1 or MUTANT == RANGE_REPLACED:
        s.kvm.range_first = first
        s.kvm.range_last = last
    else:
        s.kvm.range_first = min(s.kvm.range_first, first)
        s.kvm.range_last = max(s.kvm.range_last, last)


def is_invalidated(s, gfn: int) -> bool:
    """The part of mmu_invalidate_retry() that asks for open invalidations: of this frame since 4a42d848db95."""
    if not RETRY_RANGE.applied:
        return s.kvm.mmu_notifier_count > 0
    return s.kvm.mmu_notifier_count > 0 and s.kvm.range_first <= gfn <= s.kvm.range_last


def mmu_lock_is_taken(s) -> bool:
    """Whether a spin_lock() or write_lock() of mmu_lock has to wait."""
    return s.kvm.mmu_lock or s.kvm.readers > 0


def move_sequence(s) -> None:
    """mmu_notifier_seq++, as every reader will see it."""
    for vcpu in s.kvm.vcpu:
        vcpu.stale = True


def zap_sptes(s, first: int, last: int) -> None:
    """kvm_unmap_hva_range(): every spte that overlaps the range, of whatever level."""
    for i in range(NR):
        if s.ept.spte[i] == Spte.HUGE or first <= i <= last:
            s.ept.spte[i] = Spte.NONE
