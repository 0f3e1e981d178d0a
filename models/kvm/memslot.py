"""Memory slots and huge guest mappings: what alignment the two sides of a 2M entry must have.

A slot maps the guest frames base_gfn.. to the process's pages userspace_addr..; a page of the process is named by its
own address (in pages) here, so that a huge page at address block H has the pages H*NR .. H*NR + NR - 1 in order. A 2M
entry of KVM maps an aligned block of guest frames to an aligned block of pages. It is right only if both sides have the
same offset within the block, and lies within the slot only if the whole block does. Where slots begin and end is
symbolic: the scenarios hold for every slot.

Left out: dirty logging and write tracking (which only forbid huge entries; models/kvm has them), other slots, 1G
entries, and the process's own changes of its page table, which reach KVM by the notifier (models/kvm has those too):
whether the process maps an address huge is decided anew by every fault. lpage_info is an array with a counter for each
block of the slot; what is set when a slot is made concerns its first, its last or every block, so it is three flags.
"""

from models.patches import SLOT_MOVE, STAGE2_BOUNDS
from thpverify.lang import Bool, Constant, Int, assume, atomic, choose, record, thread

NR = Constant("KVM_PAGES_PER_HPAGE", 2)
GFNS = Constant("GUEST_FRAMES", 6)  # guest frames are below this
PAGES = Constant("ADDRESS_SPACE_PAGES", 6)  # pages of the process are below this
ARM64 = Constant("ARM64", 0)  # 1: arm64's test at each fault, 0: x86's lpage_info


@record
class LpageInfo:
    """kvm_lpage_info.disallow_lpage of the first, of the last and of every block of the slot."""

    first: Bool = False
    last: Bool = False
    every: Bool = False


@record
class Slot:
    """What a vCPU finds when it looks its guest frame up: struct kvm_memory_slot."""

    valid: Bool = True  # not KVM_MEMSLOT_INVALID
    base_gfn: Int[0, GFNS - 1] = 0
    npages: Int[1, GFNS] = 1
    userspace: Int[0, PAGES - 1] = 0  # userspace_addr >> PAGE_SHIFT
    info: LpageInfo


@record
class Entry:
    """The entry of the guest's page table for the 2M block that the vCPU touches; blocks count NR frames or pages."""

    huge: Bool = False
    gfn: Int[0, GFNS - 1] = 0  # the block of guest frames
    page: Int[0, PAGES - 1] = 0  # the block of the process's pages that it is mapped to


@record
class State:
    slot: Slot
    touched: Int[0, GFNS - 1] = 0  # the frame that the guest touches
    new_base: Int[0, GFNS - 1] = 0  # where userspace moves the slot
    entry: Entry
    readers: Int[0, 1] = 0  # vCPUs within srcu_read_lock(&kvm->srcu)


def new_slot(s: State) -> None:
    """Any slot was just made, and may be moved to anywhere: kvm_arch_create_memslot() has filled lpage_info."""
    assume(s.slot.base_gfn + s.slot.npages <= GFNS)
    assume(s.slot.userspace + s.slot.npages <= PAGES)
    assume(s.new_base + s.slot.npages <= GFNS)
    fill_lpage_info(s.slot, s.slot.base_gfn)


def fill_lpage_info(slot, base_gfn: int) -> None:
    """kvm_arch_create_memslot() (kvm_alloc_memslot_metadata() since v5.7): the ends, and all if the sides differ."""
    slot.info.first = base_gfn % NR != 0
    slot.info.last = (base_gfn + slot.npages) % NR != 0
    slot.info.every = base_gfn % NR != slot.userspace % NR


def huge_allowed(slot, gfn: int, page: int) -> bool:
    """Whether the slot lets the block of `gfn`, a frame of it at the process's `page`, be mapped by a 2M entry."""
    if ARM64 == 1:
        return stage2_huge_mapping(slot, page)
    block = gfn // NR
    if slot.info.every or (slot.info.first and block == slot.base_gfn // NR):
        return False
    return not (slot.info.last and block == (slot.base_gfn + slot.npages - 1) // NR)


def stage2_huge_mapping(slot, page: int) -> bool:
    """arm64: fault_supports_stage2_pmd_mappings() of v5.0, since v5.1 fault_supports_stage2_huge_mapping().

    Before, user_mem_abort() asked a slot with transparent huge pages for the same offset on both sides (force_pte), but
    not whether the block lies within it. (Of hugetlbfs, which is left out, it asked nothing.)
    """
    if slot.base_gfn % NR != slot.userspace % NR:
        return False
    first = page - page % NR
    if not STAGE2_BOUNDS.applied:
        return True
    return first >= slot.userspace and first + NR <= slot.userspace + slot.npages


@thread
def vcpu(s: State):
    """A vCPU faults: tdp_page_fault() of v4.8 to v5.6 (x86), user_mem_abort() of v4.20 to v6.12 (arm64).

    What a vCPU finds of a slot within srcu_read_lock() does not change until srcu_read_unlock(), so it is read in one
    step; what is left of the fault is GUP, which holds the page, and the entry, set under mmu_lock.
    """
    while True:
        s.readers += 1
        yield "srcu_read_lock"
        atomic("the slot is not changed while a reader is within srcu")
        gfn = s.touched
        found = s.slot.valid and s.slot.base_gfn <= gfn and gfn < s.slot.base_gfn + s.slot.npages
        page = 0
        huge = False
        if found:
            page = s.slot.userspace + gfn - s.slot.base_gfn
            mapped_huge = choose((False, True))
            huge = mapped_huge and huge_allowed(s.slot, gfn, page)
        yield "slot looked up, page found"
        if found:
            atomic("mmu_lock")
            s.entry.huge = huge
            s.entry.gfn = gfn // NR if huge else 0
            s.entry.page = page // NR if huge else 0
            yield "entry set"
        s.readers -= 1
        yield "srcu_read_unlock"


@thread
def move_memslot(s: State):
    """A slot gets another guest address: __kvm_set_memory_region() of v4.8 to v5.7, KVM_MR_MOVE."""
    s.slot.valid = False
    yield "KVM_MEMSLOT_INVALID published"
    while s.readers > 0:
        yield "KVM_MEMSLOT_INVALID published"
    yield "synchronize_srcu"
    atomic("mmu_lock")
    s.entry.huge = False
    s.entry.gfn = 0
    s.entry.page = 0
    yield "kvm_arch_flush_shadow_memslot"
    atomic("rcu_assign_pointer publishes the slot with all that is in it")
    s.slot.base_gfn = s.new_base
    if SLOT_MOVE.applied:
        fill_lpage_info(s.slot, s.new_base)
    s.slot.valid = True
    yield "new slot published"
