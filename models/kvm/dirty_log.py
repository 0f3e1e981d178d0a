"""arch/x86/kvm: the dirty log with Intel's page-modification logging, and a nested guest (v6.4 to v6.9).

One page, mapped by two roots: root 0 for the guest itself (L1), root 1 for the guest that it runs (L2). The processor
notes the page in the PML buffer when it sets the dirty bit of an entry, but not while L2 runs: the buffer holds
addresses of L1, which those of L2 are not. Sections under mmu_lock are one step each, and the lock is left out.
"""

from models.patches import TDP_L2_WRITE_PROTECT
from thpverify.lang import Array, Bool, Ghost, atomic, choose, record, thread

L1, L2 = 0, 1


@record
class Entry:
    """A leaf SPTE that is present. `cached`: a CPU may have cached it with its dirty bit, and write without a walk."""

    writable: Bool = True
    dirty: Bool = False
    cached: Bool = False


@record
class State:
    entry: Array[2, Entry]
    pml: Bool = False  # the page is in the PML buffer
    bitmap: Bool = False
    written: Ghost[Bool] = False  # since the page was last given to user space
    reported: Ghost[Bool] = False  # the page is in what user space is about to get


def logging_started(s: State) -> None:
    """Nothing is dirty any more, and L2 may not write if that is how its writes are noticed."""
    s.entry[L2].writable = not TDP_L2_WRITE_PROTECT.applied


def fill(s: State) -> None:
    """after_step: an entry that is writable and dirty may be cached so."""
    for entry in s.entry:
        if entry.writable and entry.dirty:
            entry.cached = True


@thread
def run(s: State):
    """A vCPU in L1 or L2 writes: through what it has cached, after a walk that sets the dirty bit, or after a fault."""
    while True:
        r = choose((L1, L2))
        entry = s.entry[r]
        if choose((True, False)):
            atomic("the processor writes; which of the ways it takes is its own")
            if not choose(c for c in (True, False) if entry.cached or not c):
                choose(i for i in range(1) if entry.writable)
                if not entry.dirty:
                    entry.dirty = True
                    if r == L1:
                        s.pml = True
            s.written = True
            yield "guest writes"
        else:
            choose(i for i in range(1) if not entry.writable)
            atomic("cmpxchg of the entry")
            entry.writable = True
            entry.dirty = True
            yield "fast_page_fault: entry writable"
            s.bitmap = True
            yield "mark_page_dirty_in_slot"


@thread
def get_dirty_log(s: State):
    """KVM_GET_DIRTY_LOG: PML buffers are emptied, the bitmap is taken, dirty bits or write permissions go, flush."""
    while True:
        atomic("the vCPU has left the guest: its buffer is its own")
        if s.pml:
            s.pml = False
            s.bitmap = True
        yield "vmx_flush_pml_buffer"
        reported = s.bitmap
        s.bitmap = False
        s.reported = reported
        yield "xchg of the bitmap"
        if reported:
            yield from clear_dirty(s)
            atomic("every CPU has flushed before this goes on")
            for entry in s.entry:
                entry.cached = False
            s.reported = False
            s.written = False
            yield "kvm_flush_remote_tlbs"


def clear_dirty(s: State):
    """clear_dirty_pt_masked() for both roots: what makes the next write known."""
    for r in range(2):
        entry = s.entry[r]
        if TDP_L2_WRITE_PROTECT.applied and r == L2:
            entry.writable = False
            yield "write-protected"
        else:
            entry.dirty = False
            yield "dirty bit cleared"
