"""Shadow paging: the SPTEs and the reverse map agree."""

from models.kvm.shadow import GFNS, MMIO, NR
from thpverify.lang import invariant, reachable


@invariant(code=("SEC", "FWM", "MAP"))
def rmap_names_sptes_that_map(s) -> bool:
    """Every SPTE in the reverse map of a frame is in a page that is in use, and maps that frame."""
    return all(not s.rmap[g][i] or (s.sp.linked and s.sp.spte[i].gfn == g) for g in range(GFNS) for i in range(NR))


@invariant(code=("SEC", "FWM"))
def no_freed_frame_is_translated(s) -> bool:
    """No vCPU may translate to the page of a frame that the process has given back."""
    return all(not (s.tlb[i][g] and s.freed[g]) for i in range(NR) for g in range(GFNS))


@reachable
def second_window_is_shadowed(s) -> bool:
    """An SPTE maps a frame of the window that the host put there."""
    return any(s.sp.spte[i].gfn == g for i in range(NR) for g in range(NR, GFNS))


@reachable
def mmio_is_shadowed(s) -> bool:
    """An SPTE marks MMIO."""
    return s.guest == MMIO and any(spte.mmio for spte in s.sp.spte)
