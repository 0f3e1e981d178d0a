"""mm/mremap.c and virt/kvm/kvm_main.c, v5.17: a notifier range of no length.

Two pages that a vCPU's frames 0 and 1 are backed by, and mremap() of the first `old_len` of them. mremap(old_len=0) is
allowed for shared mappings: the new area maps the same file, and nothing is moved. Sections under mmu_lock are one step
each, and the lock is left out.
"""

from models.patches import MREMAP_EMPTY
from thpverify.lang import Array, Bool, Int, atomic, choose, record, thread

NR = 2


@record
class State:
    here: Array[NR, Bool] = True  # the page is mapped where the memory slot has it
    moved: Array[NR, Bool] = False  # ... and in the new area
    spte: Array[NR, Bool] = False
    count: Int[0, 1] = 0
    stale: Bool = False
    duplicated: Bool = False  # mremap() of no length has returned


@thread
def mremap(s: State):
    """move_vma() and move_page_tables(), there and back again."""
    while True:
        old_len = choose(range(NR + 1))
        yield "mremap"
        if old_len > 0 or not MREMAP_EMPTY.applied:
            handle_hva_range(s, 0, old_len, 1)
            yield "invalidate_range_start"
            for i in range(NR):
                if i < old_len:
                    atomic("both page table locks are held")
                    s.here[i] = False
                    s.moved[i] = True
                    yield "move_ptes"
            handle_hva_range(s, 0, old_len, -1)
            yield "invalidate_range_end"
        if old_len == 0:
            s.duplicated = True
            yield "mremap returns"
        for i in range(NR):
            if i < old_len:
                atomic("both page table locks are held; the way back is like the way there")
                s.here[i] = True
                s.moved[i] = False
                yield "moved back"


def handle_hva_range(s: State, first: int, end: int, change: int) -> None:
    """__kvm_handle_hva_range() with what start (1) and end (-1) make of it; it warns of a range that is empty."""
    assert first < end
    atomic("mmu_lock would be taken and dropped in this step")
    s.count += change
    for i in range(NR):
        if change > 0 and first <= i < end:
            s.spte[i] = False
    if change < 0:
        s.stale = True


@thread
def fault(s: State):
    """direct_page_fault() of a vCPU."""
    while True:
        atomic("the guest accesses what is not mapped; then the sequence is read")
        i = choose(j for j in range(NR) if not s.spte[j])
        s.stale = False
        yield "mmu_notifier_seq read"
        present = s.here[i]
        yield "kvm_faultin_pfn"
        if present:
            atomic("mmu_lock would be taken and dropped in this step")
            if not s.stale and s.count == 0:
                s.spte[i] = True
            yield "mmu_notifier_retry, spte set"
