"""arch/arm64/kvm/nested.c, v6.16 to v7.2: the page of a nested guest's registers (VNCR_EL2).

The hypervisor in the guest (L1) names a page of its memory; KVM maps that page for itself and hands the mapping to the
processor, which then reads and writes registers there. One address: a page that the process shares with another one by
copy on write, or, after a write, a page of its own. Sections under mmu_lock are one step each; the lock is left out.
"""

from enum import Enum

from models.patches import VNCR_PUT, VNCR_READ_ONLY
from thpverify.lang import Array, Bool, Ghost, Int, atomic, choose, record, thread


class Frame(Enum):
    NONE = 0
    SHARED = 1  # mapped read-only, here and in another process
    OWN = 2


@record
class State:
    pte: Frame = Frame.SHARED  # of the process; never NONE here
    ref: Array[2, Int[0, 4]] = (2, 0)  # of SHARED and of OWN: one for each mapping, and those that are held
    count: Int[0, 2] = 0
    stale: Bool = False
    vncr: Frame = Frame.NONE  # what the L1 VNCR mapping leads to; it holds no reference
    writable: Bool = False
    held: Ghost[Int[0, 4]] = 0  # references of kvm_translate_vncr()
    busy: Ghost[Bool] = False  # kvm_translate_vncr() is at work
    shared_written: Ghost[Bool] = False


def index(frame: Frame) -> int:
    """Where the frame's count is."""
    return 1 if frame == Frame.OWN else 0


@thread
def translate_vncr(s: State):
    """kvm_handle_vncr_abort() and kvm_translate_vncr(): the nested guest reads or writes a register in the page.

    L1 lets itself write the page. A write fault breaks copy on write, which is the process's doing (`break_cow`), and
    waits for it here.
    """
    while True:
        atomic("the processor's mapping is its own business; the sequence is what is read")
        write = choose(w for w in (False, True) if s.vncr == Frame.NONE or (w and not s.writable))
        s.busy = True
        s.stale = False
        yield "mmu_invalidate_seq read"
        frame = choose(f for f in Frame if f == s.pte and (f != Frame.SHARED or not write))
        atomic("GUP looks at the entry again when it has the reference")
        host_writable = frame == Frame.OWN
        s.ref[index(frame)] += 1
        s.held += 1
        yield "kvm_faultin_pfn"
        atomic("mmu_lock would be taken and dropped in this step")
        retry = s.stale or s.count > 0
        if not retry:
            s.vncr = frame
            s.writable = host_writable or not VNCR_READ_ONLY.applied
        yield "mmu_invalidate_retry, mapped"
        if not retry or VNCR_PUT.applied:
            s.ref[index(frame)] -= 1
            s.held -= 1
        s.busy = False
        yield "kvm_release_faultin_page"


@thread
def write_register(s: State):
    """The processor writes a register of the nested guest to the page."""
    while True:
        while s.vncr == Frame.NONE or not s.writable:
            yield
        atomic("one store through the mapping")
        if s.vncr == Frame.SHARED:
            s.shared_written = True
        yield "register written"


@thread
def break_cow(s: State):
    """do_wp_page() of the process, for itself or for a fault of KVM: a page of its own takes the shared one's place."""
    while True:
        while s.pte != Frame.SHARED or s.ref[1] > 0:
            yield
        s.ref[1] = 1
        yield "page allocated and copied"
        yield from invalidate(s, 1)
        yield "invalidate_range_start"
        s.pte = Frame.OWN
        yield "entry replaced"
        s.ref[0] -= 1
        yield "shared page put"
        yield from invalidate(s, -1)
        yield "invalidate_range_end"
        yield from merge(s)


def merge(s: State):
    """write_protect_page() and replace_page() of KSM: the shared page takes the place of the page of its own again."""
    yield from invalidate(s, 1)
    yield "KSM: invalidate_range_start"
    s.ref[0] += 1
    yield "KSM: shared page held"
    s.pte = Frame.SHARED
    yield "KSM: entry replaced"
    s.ref[1] -= 1
    yield "KSM: page put"
    yield from invalidate(s, -1)
    yield "KSM: invalidate_range_end"


def invalidate(s: State, change: int):
    """The notifier's start (1), which takes the VNCR mapping away (invalidate_vncr_ipa), or its end (-1)."""
    atomic("mmu_lock would be taken and dropped in this step")
    s.count += change
    if change > 0:
        s.vncr = Frame.NONE
        s.writable = False
    else:
        s.stale = True
    yield "kvm_mmu_notifier"
