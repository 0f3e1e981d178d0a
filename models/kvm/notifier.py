"""virt/kvm/kvm_main.c of v4.5 to v5.10: what the primary MMU tells KVM about address space 0.

Each call takes mmu_lock and drops it again, and touches nothing that mmu_lock does not cover; so it is one step.
"""

from models.hardware.x86_64 import Spte, flush_tlb
from models.kvm.mmu import FLUSH_AFTER_FREE, KVM, MUTANT, SEQ_AT_START_ONLY
from models.mm.page import NR
from thpverify.lang import atomic


def invalidate_range_start(s, a: int, first: int, last: int):
    """kvm_mmu_notifier_invalidate_range_start(): count, zap what overlaps, flush before returning."""
    if KVM == 1 and a == 0:
        while s.kvm.mmu_lock:
            yield
        atomic("mmu_lock is taken and dropped in this step")
        s.kvm.mmu_notifier_count += 1
        if MUTANT == SEQ_AT_START_ONLY:
            move_sequence(s)
        zap_sptes(s, first, last)
        if MUTANT != FLUSH_AFTER_FREE:
            flush_tlb(s)
        yield "invalidate_range_start"


def invalidate_range_end(s, a: int):
    """kvm_mmu_notifier_invalidate_range_end(): the sequence moves before the count drops."""
    if KVM == 1 and a == 0:
        while s.kvm.mmu_lock:
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
        while s.kvm.mmu_lock:
            yield
        atomic("mmu_lock is taken and dropped in this step")
        move_sequence(s)
        zap_sptes(s, i, i)
        flush_tlb(s)
        yield "invalidate_page"


def move_sequence(s) -> None:
    """mmu_notifier_seq++, as every reader will see it."""
    for vcpu in s.kvm.vcpu:
        vcpu.stale = True


def zap_sptes(s, first: int, last: int) -> None:
    """kvm_unmap_hva_range(): every spte that overlaps the range, of whatever level."""
    for i in range(NR):
        if s.ept.spte[i] == Spte.HUGE or first <= i <= last:
            s.ept.spte[i] = Spte.NONE
