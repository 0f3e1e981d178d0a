"""What KVM keeps for a virtual machine, the machine around it, and the mistakes of models/kvm/protocol.py."""

from models.hardware.x86_64 import Ept
from models.mm.page import MMS, NR, AddressSpace, Fresh, Page
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, record

VCPUS = Constant("NR_VCPUS", 1)
KVM = Constant("CONFIG_KVM", 1)  # 0: nothing is registered with the mmu notifier

MUTANT = Constant("MUTANT", 0)  # one of the following, 0 for the protocol as it is
SEQ_AFTER_GUP = 1
NO_COUNT_TEST = 2
SEQ_AT_START_ONLY = 3
FLUSH_AFTER_FREE = 4
LEVEL_BEFORE_LOCK = 5
RETRY_WITHOUT_PUT = 6
CLEAR_BEFORE_START = 7
END_BEFORE_CLEAR = 8
LEVEL_BEFORE_SEQ = 9
RANGE_REPLACED = 10

LEVEL_CHECKED_AGAIN = Constant("LEVEL_CHECKED_AGAIN", 0)  # 1: set_spte() looks at disallow_lpage once more, until v5.5

WRITE_TRACKING = Constant("WRITE_TRACKING", 0)  # 1: some guest frames must not be written, models/kvm/write_track.py

VIOLATION_APART = Constant("EPT_VIOLATION_APART", 0)  # 1: something may happen before the fault reads the sequence

READ_AT_ONCE = Constant("MAPCOUNTS_READ_AT_ONCE", 0)  # 1: as if _mapcount and compound_mapcount could be read together


@record
class Vcpu:
    stale: Bool = False  # mmu_notifier_seq has moved since this vCPU read it


@record
class Kvm:
    """struct kvm. The sequence is kept as one bit a reader, which is exact and cannot wrap.

    `range_first` to `range_last` is what open invalidations cover, by guest frame; 0 while there are none.
    """

    mmu_lock: Lock  # the writer, where it is a rwlock
    readers: Int[0, VCPUS] = 0  # who holds it for reading
    mmu_notifier_count: Int[0, 7] = 0
    range_first: Int[0, NR - 1] = 0
    range_last: Int[0, NR - 1] = 0
    vcpu: Array[VCPUS, Vcpu]


@record
class Machine:
    """Address space 0 is the virtual machine's process; guest frame i is backed by its address i."""

    page: Page
    fresh: Array[NR, Fresh]
    mm: Array[MMS, AddressSpace]
    ept: Ept
    kvm: Kvm
    busy: Ghost[Int[0, 7]] = 0  # tasks that are doing something; the others hold no reference
