"""virt/kvm/kvm_main.c of v4.5 to v5.10: what the primary MMU tells KVM about address space 0.

Each call takes mmu_lock and drops it again, and touches nothing that mmu_lock does not cover; so on x86-64 it is one
step. On ARM64 the invalidation of the TLBs is a matter of the single entry, and each entry takes steps of its own.
"""

from models.hardware.machine import ARM64
from models.hardware.x86_64 import Spte, flush_tlb
from models.kvm.arm64.stage2 import unmap_stage2_range
from models.kvm.mmu import FLUSH_AFTER_FREE, KVM, MUTANT, SEQ_AT_START_ONLY
from models.mm.page import NR
from thpverify.lang import atomic


def invalidate_range_start(s, a: int, first: int, last: int):
    """kvm_mmu_notifier_invalidate_range_start(): count, zap what overlaps, flush before returning."""
    if KVM == 1 and a == 0:
        while mmu_lock_is_taken(s):
            yield
        atomic("mmu_lock is taken and dropped in this step")
        s.kvm.mmu_notifier_count += 1
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
            yield
        atomic("mmu_lock is taken and dropped in this step")
        if MUTANT != SEQ_AT_START_ONLY:
            move_sequence(s)
        s.kvm.mmu_notifier_count -= 1
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


def mmu_lock_is_taken(s) -> bool:
    """Whether a spin_lock() or write_lock() of mmu_lock has to wait."""
    return s.kvm.mmu_lock or (ARM64 == 1 and s.mmu_readers > 0)


def move_sequence(s) -> None:
    """mmu_notifier_seq++, as every reader will see it."""
    for vcpu in s.kvm.vcpu:
        vcpu.stale = True


def zap_sptes(s, first: int, last: int) -> None:
    """kvm_unmap_hva_range(): every spte that overlaps the range, of whatever level."""
    for i in range(NR):
        if s.ept.spte[i] == Spte.HUGE or first <= i <= last:
            s.ept.spte[i] = Spte.NONE
