"""A mistake that the properties of shadow paging have to find."""

from models.kvm.shadow import GFNS, NR, State, fill, page_fault
from properties.shadow import no_freed_frame_is_translated
from thpverify.lang import atomic, choose, scenario, thread, violates


@thread
def unmap_unflushed(s: State):
    """A notifier that leaves the TLBs as they are."""
    while True:
        g = choose(range(GFNS))
        atomic("mmu_lock is taken and dropped in this step")
        for i in range(NR):
            if s.rmap[g][i]:
                s.sp.spte[i].gfn = None
                s.rmap[g][i] = False
        s.freed[g] = True
        yield "page freed"
        s.freed[g] = False
        yield "faulted in again"


scenario(
    "mutant-shadow-unmap-unflushed",
    state=State,
    threads=[page_fault(), unmap_unflushed()],
    properties=[no_freed_frame_is_translated],
    after_step=[fill],
    expect=violates("no_freed_frame_is_translated"),
)
