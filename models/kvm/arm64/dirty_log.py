"""Dirty logging on ARM64, v4.5 to v6.12: virt/kvm/kvm_main.c and arch/arm/kvm/mmu.c."""

from models.hardware.arm64_stage2 import tlbi_vmid
from models.kvm.arm64.machine import Srcu, write_lock
from models.kvm.arm64.parallel import split
from models.kvm.arm64.stage2 import wp_page, wp_stage2_range
from models.kvm.mmu import VCPUS
from models.mm.page import NR
from models.patches import S2_EAGER_SPLIT
from thpverify.lang import Constant, atomic, choose, thread

EAGER_SPLIT = Constant("KVM_CAP_ARM_EAGER_SPLIT_CHUNK_SIZE", 0)  # 1: set, blocks are split when logging starts


@thread
def set_memory_region(s):
    """KVM_SET_USER_MEMORY_REGION with KVM_MEM_LOG_DIRTY_PAGES on and off: live migration that starts and is cancelled.

    slots_lock keeps these calls apart, and apart from KVM_GET_DIRTY_LOG. The bitmap is a new one at each start.
    """
    while True:
        yield from start_logging(s)
        while choose((True, False)):
            s.slot.armed = False
            yield "KVM_GET_DIRTY_LOG"
            yield from get_dirty_log(s)
            s.slot.armed = True
            yield "KVM_GET_DIRTY_LOG returns"
        yield from stop_logging(s)


@thread
def set_memory_region_once(s):
    """Logging is switched on, and off again."""
    yield from start_logging(s)
    yield from stop_logging(s)


def start_logging(s):
    """KVM_MEM_LOG_DIRTY_PAGES: the new slot, write protection, and (v6.5) the eager split of blocks."""
    install_memslot(s, True)
    yield "install_new_memslots: logging"
    yield from synchronize_srcu(s)
    yield from write_lock(s)
    yield "kvm_mmu_wp_memory_region: mmu_lock"
    yield from wp_stage2_range(s)
    s.kvm.mmu_lock = False
    yield "mmu_unlock"
    tlbi_vmid(s.stage2)
    s.slot.armed = True
    yield "kvm_flush_remote_tlbs"
    if S2_EAGER_SPLIT.applied and EAGER_SPLIT == 1:
        yield from write_lock(s)
        yield "kvm_mmu_split_memory_region: mmu_lock"
        yield from split(s)
        s.kvm.mmu_lock = False
        yield "mmu_unlock"


def stop_logging(s):
    """The flag is cleared, and the bitmap goes."""
    s.slot.armed = False
    install_memslot(s, False)
    for i in range(NR):
        s.slot.dirty[i] = False
    yield "install_new_memslots: no logging"
    yield from synchronize_srcu(s)


def get_dirty_log(s):
    """kvm_get_dirty_log_protect(): the bitmap is taken and cleared, its pages are write-protected, then the flush."""
    yield from write_lock(s)
    yield "mmu_lock"
    for i in range(NR):
        logged = s.slot.dirty[i]
        s.slot.dirty[i] = False
        yield "xchg of the bitmap"
        if logged:
            yield from wp_page(s, i)
    s.kvm.mmu_lock = False
    yield "mmu_unlock"
    tlbi_vmid(s.stage2)
    yield "kvm_flush_remote_tlbs"


def synchronize_srcu(s):
    """Wait for the sections that began before; a later one cannot see the old slot."""
    for v in range(VCPUS):
        while s.slot.reader[v] == Srcu.OLD:
            yield
        yield "synchronize_srcu"


def install_memslot(s, logging: bool) -> None:
    """install_new_memslots(): one pointer is replaced; SRCU sections that began before may still see the old slot."""
    atomic("rcu_assign_pointer(); which sections began before is the grace period's business")
    s.slot.logging = logging
    for v in range(VCPUS):
        if s.slot.reader[v] == Srcu.INSIDE:
            s.slot.reader[v] = Srcu.OLD
