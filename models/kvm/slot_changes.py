"""virt/kvm/kvm_main.c, v5.15 and later: notifiers that take mmu_lock only for a memory slot, while slots come and go.

One address, one guest frame, one page. The process maps the page or not; KVM maps it or not. Since 8931a454aea0 a
notifier whose range hits no slot does nothing in KVM at all, so start and end must see the same slots. Sections under
mmu_lock or mn_invalidate_lock are one step each, and the locks are left out. What a vCPU has cached goes with the SPTE:
every zap here is followed by its flush.
"""

from models.patches import MEMSLOT_WAITS
from thpverify.lang import Bool, Int, atomic, record, thread


@record
class State:
    present: Bool = True  # the process maps the page
    freed: Bool = False
    slot: Bool = False  # a memory slot covers the address
    valid: Bool = False  # ... and is not being deleted (KVM_MEMSLOT_INVALID)
    active: Int[0, 2] = 0  # mn_active_invalidate_count
    count: Int[-2, 2] = 0  # mmu_notifier_count
    stale: Bool = False  # mmu_notifier_seq has moved since the vCPU read it
    spte: Bool = False
    faulting: Bool = False  # the vCPU is in its SRCU section and has found the slot valid


@thread
def unmap(s: State):
    """The process discards the page between the notifier's start and end, and then touches it again."""
    while True:
        while not s.present:
            yield
        if MEMSLOT_WAITS.applied:
            s.active += 1
            yield "mn_active_invalidate_count++"
        atomic("SRCU: the slots as they are now; then mmu_lock would be taken and dropped in this step")
        if s.slot:
            s.count += 1
            s.spte = False
        yield "invalidate_range_start"
        s.present = False
        yield "pte cleared"
        s.freed = True
        yield "page freed"
        atomic("SRCU: the slots as they are now; then mmu_lock would be taken and dropped in this step")
        if s.slot:
            s.stale = True
            s.count -= 1
            assert s.count >= 0
        yield "invalidate_range_end"
        if MEMSLOT_WAITS.applied:
            s.active -= 1
            yield "mn_active_invalidate_count--, rcuwait_wake_up"
        atomic("the page is this task's own until it is mapped")
        s.freed = False
        s.present = True
        yield "faulted in again"


@thread
def set_memory_region(s: State):
    """KVM_SET_USER_MEMORY_REGION: a slot is created, and deleted in two steps. slots_lock is held."""
    while True:
        yield from install_new_memslots(s, True, True)
        yield "install_new_memslots: created"
        yield from install_new_memslots(s, True, False)
        yield "install_new_memslots: invalid"
        while s.faulting:
            yield
        yield "synchronize_srcu"
        s.spte = False
        yield "kvm_arch_flush_shadow_memslot"
        yield from install_new_memslots(s, False, False)
        yield "install_new_memslots: deleted"


def install_new_memslots(s: State, slot: bool, valid: bool):
    """install_new_memslots(): since 52ac8b358b0c only while no invalidation is between start and end."""
    while MEMSLOT_WAITS.applied and s.active > 0:
        yield
    atomic("mn_invalidate_lock is held; one pointer is replaced")
    s.slot = slot
    s.valid = valid


@thread
def fault(s: State):
    """direct_page_fault() of a vCPU; a frame without a valid slot is none of it."""
    while True:
        while s.spte or not s.valid:
            yield
        atomic("srcu_read_lock, then the slot is looked up")
        s.faulting = True
        yield "slot found"
        s.stale = False
        yield "mmu_notifier_seq read"
        present = s.present
        yield "kvm_faultin_pfn"
        if present:
            atomic("mmu_lock would be taken and dropped in this step")
            if not s.stale and s.count == 0:
                s.spte = True
            yield "mmu_notifier_retry, spte set"
        s.faulting = False
        yield "srcu_read_unlock"
