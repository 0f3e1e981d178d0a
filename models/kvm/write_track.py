"""arch/x86/kvm/mmu/page_track.c of v4.6 to v5.6: guest page tables that KVM shadows and the guest must not write.

With a nested guest, one vCPU runs it on shadow pages while others run its hypervisor on the direct tables modelled
here. A shadow page stands for a page table in guest memory; KVM tracks that guest frame: whoever writes it must trap,
so that the shadow page follows. What permits writing is kept for each 4K of the window; a 2M entry has the same
everywhere.

Left out: the nested guest's own entries, which are shadow pages' and not the direct tables'; write protection as a
reason of its own in the TLB, since every step that takes the permission away flushes before mmu_lock is dropped.
Shadow pages of the last level are left out too: the guest may write under those (they go out of sync).
"""

from models.hardware.x86_64 import Ept, Spte, flush_tlb
from models.kvm.mmu import Kvm
from models.mm.page import MMS, NR, AddressSpace, Fresh, Page
from thpverify.lang import Array, Bool, Ghost, Int, atomic, choose, record, thread


@record
class Tracking:
    gfn_track: Array[NR, Bool] = False  # the memory slot's gfn_track: the guest must not write the frame
    disallow_lpage: Int[0, NR] = 0  # lpage_info of the window: as many reasons against a 2M mapping
    writable: Array[NR, Bool] = False  # PT_WRITABLE_MASK of the entry that maps the frame


@record
class TrackingMachine:
    """The fields of models.kvm.mmu.Machine, and what KVM tracks."""

    page: Page
    fresh: Array[NR, Fresh]
    mm: Array[MMS, AddressSpace]
    ept: Ept
    kvm: Kvm
    track: Tracking
    busy: Ghost[Int[0, 7]] = 0


def write_traps(s, gfn: int) -> bool:
    """A write to a mapped frame faults, and page_fault_handle_page_track() does not have it emulated."""
    return not s.track.writable[gfn] and not s.track.gfn_track[gfn]


def permit(s, gfn: int, huge: bool) -> None:
    """set_spte(): an entry permits writing unless its first frame is tracked, mmu_need_write_protect()."""
    if huge:
        for i in range(NR):
            s.track.writable[i] = not s.track.gfn_track[0]
    else:
        s.track.writable[gfn] = not s.track.gfn_track[gfn]


def absent_permits_nothing(s) -> None:
    """Keeps states equal that differ only in the permission of an entry that is not there."""
    for i in range(NR):
        if s.ept.spte[i] == Spte.NONE:
            s.track.writable[i] = False


@thread
def shadow(s, first: int, last: int):
    """account_shadowed() and unaccount_shadowed() of one shadow page of a frame from first to last.

    kvm_slot_page_track_add_page() tracks the frame, disallows huge mappings of it, takes the write permission from
    what maps it, 4K or 2M, and flushes, all under mmu_lock. mmu_notifier_seq does not move. Under mmu_lock, too,
    the page is zapped later, and kvm_slot_page_track_remove_page() takes the tracking back.
    """
    while True:
        gfn = choose(range(first, last + 1))
        while s.kvm.mmu_lock:
            yield
        atomic("mmu_lock is taken and dropped in this step")
        s.track.gfn_track[gfn] = True
        s.track.disallow_lpage += 1
        for i in range(NR):
            if i == gfn or s.ept.spte[gfn] == Spte.HUGE:
                s.track.writable[i] = False
        flush_tlb(s)
        yield "kvm_slot_page_track_add_page"
        while s.kvm.mmu_lock:
            yield
        atomic("mmu_lock is taken and dropped in this step")
        s.track.gfn_track[gfn] = False
        s.track.disallow_lpage -= 1
        yield "kvm_slot_page_track_remove_page"
