"""arch/x86/kvm/mmu/tdp_iter.c and tdp_mmu.c of v5.15: zapping a root that is no longer valid, with pauses.

The iterator stays at the root's level (tdp_iter_start() with min_level), since zapping an entry there takes its whole
subtree away. Until v5.14 it stepped down as well; that version of the mistake is left out.
"""

from models.patches import TDP_ITER_YIELDED
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

TOP = Constant("TOP_SPTES", 3)  # entries of the root


@record
class State:
    mmu_lock: Lock
    spte: Array[TOP, Bool] = True
    listed: Bool = True  # in the list of roots that notifiers go through
    pauses: Ghost[Int[0, TOP]] = 0


@thread
def zap_root(s: State):
    """kvm_tdp_mmu_zap_invalidated_roots(): every entry of the root, then the root goes off the list and is freed.

    tdp_mmu_iter_cond_resched() drops mmu_lock wherever the scheduler or another CPU wants it, but not twice at one
    frame. It then starts the iterator again at that frame.
    """
    while s.mmu_lock:
        yield
    s.mmu_lock = True
    yield "mmu_lock"
    i: Int[0, TOP] = 0
    paused_at: Int[0, TOP] = TOP
    while i < TOP:
        if paused_at != i and choose((False, True)):
            s.mmu_lock = False
            s.pauses += 1
            yield "tdp_mmu_iter_cond_resched: mmu_unlock"
            while s.mmu_lock:
                yield
            s.mmu_lock = True
            paused_at = i
            if not TDP_ITER_YIELDED.applied:
                i += 1
            yield "mmu_lock, tdp_iter_restart, tdp_iter_next"
            continue
        s.spte[i] = False
        i += 1
        yield "tdp_mmu_set_spte, tdp_iter_next"
    s.listed = False
    s.mmu_lock = False
    yield "root freed, mmu_unlock"


@thread
def unmap_gfn_range(s: State):
    """kvm_tdp_mmu_unmap_gfn_range(): a notifier zaps an entry of the listed root whenever it gets mmu_lock."""
    while True:
        i = choose(range(TOP))
        while s.mmu_lock:
            yield
        atomic("mmu_lock is taken and dropped in this step")
        if s.listed:
            s.spte[i] = False
        yield "unmapped"
