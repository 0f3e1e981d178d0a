"""A virtual machine on ARM64: the machine of models/kvm/mmu.py with stage-2 tables, and its memory slot."""

from enum import Enum

from models.hardware.arm64_stage2 import TABLES, Stage2
from models.kvm.mmu import VCPUS, Kvm
from models.mm.page import MMS, NR, AddressSpace, Fresh, Page
from thpverify.lang import Array, Bool, Ghost, Int, atomic, record


class Srcu(Enum):
    """Where a vCPU stands: outside of an SRCU section, in one, or in one that began before the slot was replaced."""

    OUTSIDE = 0
    INSIDE = 1
    OLD = 2


@record
class Slot:
    """The memory slot of the window. Its flags are read under SRCU and replaced as a whole."""

    logging: Bool = False  # KVM_MEM_LOG_DIRTY_PAGES: there is a dirty bitmap
    reader: Array[VCPUS, Srcu] = Srcu.OUTSIDE
    dirty: Array[NR, Bool] = False  # the bitmap
    armed: Ghost[Bool] = False  # user space may rely on the bitmap: nothing was writable when it was cleared


@record
class Rcu:
    """The grace periods of table pages that a shared walk has taken away (v6.2)."""

    walking: Array[VCPUS, Bool] = False  # kvm_pgtable_walk_begin(): rcu_read_lock()
    removed: Array[TABLES, Bool] = False  # call_rcu() of this table
    waits: Array[TABLES, Array[VCPUS, Bool]] = False  # ... for this vCPU, which was walking then
    misused: Ghost[Bool] = False  # a walk has gone on in a table that is free


@record
class Arm64Machine:
    """Address space 0 is the virtual machine's process; guest frame i is backed by its address i."""

    page: Page
    fresh: Array[NR, Fresh]
    mm: Array[MMS, AddressSpace]
    stage2: Stage2
    slot: Slot
    rcu: Rcu
    kvm: Kvm
    busy: Ghost[Int[0, 7]] = 0  # tasks that are doing something; the others hold no reference


def write_lock(s):
    """write_lock(&kvm->mmu_lock), or spin_lock() before v5.18, when nobody reads."""
    while s.kvm.mmu_lock or s.kvm.readers > 0:
        yield
    atomic("readers and writer are counted in one word")
    s.kvm.mmu_lock = True
