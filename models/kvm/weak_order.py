"""KVM's sequence and count on weakly ordered memory, v4.5 to v6.12: what each barrier of the protocol is for.

Every variable is weakly ordered (models/hardware/weak_memory.py): a load may find any value that its CPU does not know
to be old. The threads run in program order (IN_ORDER). The second stage's entry has a lock of its own, as on POWER,
whose faults call mmu_notifier_retry() with the lock of one entry and not with mmu_lock; its comment gives that as the
reason for the barriers. Under mmu_lock those of the test would not be needed.

One page and one invalidation. Left out: the page's reference and the ranges, which models/kvm/protocol.py and
models/kvm/fault.py have; nothing here depends on them.
"""

from models.hardware.weak_memory import (
    IN_ORDER,
    LOCATIONS,
    LOCKS,
    MESSAGES,
    Memory,
    final,
    read_once,
    smp_mb,
    smp_rmb,
    smp_wmb,
    spin_lock,
    spin_unlock,
    start,
    write_once,
)
from thpverify.lang import Bool, Constant, invariant, reachable, record, scenario, thread, violates

SEQ, COUNT, PTE, SPTE = range(4)
MMU_LOCK, ENTRY_LOCK, PTL = range(3)
NOTIFIER, FAULT = range(2)

LEFT_OUT = Constant("LEFT_OUT_BARRIER", 0)
END_WMB, SAMPLE_RMB, TEST_RMB, CLEAR_ORDER = 1, 2, 3, 4


@record
class State:
    memory: Memory
    ended: Bool = False  # the invalidation is over: the page may go
    retried: Bool = False


@thread
def invalidate(s: State):
    """kvm_mmu_notifier_invalidate_range_start(), ptep_clear_flush(), ..._invalidate_range_end()."""
    m = s.memory
    spin_lock(m, NOTIFIER, MMU_LOCK)
    yield "mmu_lock"
    write_once(m, NOTIFIER, COUNT, 1)
    yield "mmu_notifier_count++"
    spin_unlock(m, NOTIFIER, MMU_LOCK)
    yield "mmu_unlock"
    spin_lock(m, NOTIFIER, ENTRY_LOCK)
    yield "lock entry"
    write_once(m, NOTIFIER, SPTE, 0)
    yield "unmap and flush"
    spin_unlock(m, NOTIFIER, ENTRY_LOCK)
    yield "unlock entry"
    if LEFT_OUT != CLEAR_ORDER:
        spin_lock(m, NOTIFIER, PTL)
        yield "pte_lock"
    write_once(m, NOTIFIER, PTE, 0)
    yield "ptep_clear"
    if LEFT_OUT != CLEAR_ORDER:
        smp_mb(m, NOTIFIER)
        yield "flush_tlb"
        spin_unlock(m, NOTIFIER, PTL)
        yield "pte_unlock"
    spin_lock(m, NOTIFIER, MMU_LOCK)
    yield "mmu_lock"
    write_once(m, NOTIFIER, SEQ, 1)
    yield "mmu_notifier_seq++"
    if LEFT_OUT != END_WMB:
        smp_wmb(m, NOTIFIER)
    write_once(m, NOTIFIER, COUNT, 0)
    yield "smp_wmb, mmu_notifier_count--"
    spin_unlock(m, NOTIFIER, MMU_LOCK)
    s.ended = True
    yield "mmu_unlock"


@thread
def fault(s: State):
    """kvmppc_book3s_hv_page_fault(): gfn_to_pfn() by get_user_pages_fast(), then mmu_notifier_retry()."""
    m = s.memory
    seq = read_once(m, FAULT, SEQ)
    yield "mmu_seq = mmu_notifier_seq"
    if LEFT_OUT != SAMPLE_RMB:
        smp_rmb(m, FAULT)
    pte = read_once(m, FAULT, PTE)
    yield "smp_rmb, get_user_pages_fast"
    if pte == 0:
        return
    spin_lock(m, FAULT, ENTRY_LOCK)
    yield "lock entry"
    count = read_once(m, FAULT, COUNT)
    yield "mmu_notifier_count"
    if LEFT_OUT != TEST_RMB:
        smp_rmb(m, FAULT)
    again = read_once(m, FAULT, SEQ)
    yield "smp_rmb, mmu_notifier_seq"
    if count == 0 and again == seq:
        write_once(m, FAULT, SPTE, 1)
        yield "map"
    else:
        s.retried = True
    spin_unlock(m, FAULT, ENTRY_LOCK)
    yield "unlock entry"


def mapped(s: State) -> None:
    """Set up: the process maps the page, the second stage does not yet."""
    for variable, value in ((SEQ, 0), (COUNT, 0), (PTE, 1), (SPTE, 0)):
        start(s.memory, variable, value)


@invariant(code="SEC")
def nothing_is_mapped_behind_the_end(s: State) -> bool:
    """When the invalidation is over, the second stage does not map the page."""
    return not s.ended or final(s.memory, SPTE) == 0


@reachable
def fault_maps(s: State) -> bool:
    """The fault maps the page."""
    return final(s.memory, SPTE) == 1


@reachable
def fault_retries(s: State) -> bool:
    """The fault sees the invalidation and starts again."""
    return s.retried


VARIANTS = [
    ("", 0),
    ("without smp_wmb at the end", END_WMB),
    ("without smp_rmb behind mmu_seq", SAMPLE_RMB),
    ("without smp_rmb in the test", TEST_RMB),
    ("entry cleared without lock and flush", CLEAR_ORDER),
]
for variant, left_out in VARIANTS:
    expect = {"expect": violates("nothing_is_mapped_behind_the_end")} if left_out else {}
    scenario(
        "kvm-weak-order",
        variant=variant,
        state=State,
        threads=[invalidate(), fault()],
        properties=[nothing_is_mapped_behind_the_end, *(() if left_out else (fault_maps, fault_retries))],
        initial=mapped,
        constants={LEFT_OUT: left_out, IN_ORDER: 1, LOCATIONS: 4, MESSAGES: 3, LOCKS: 3},
        deadlock_free=False,
        **expect,
    )
