"""What the guest must not write, it cannot write."""

from models.hardware.x86_64 import Spte
from models.kvm.write_track import write_traps
from thpverify.lang import invariant, reachable


@invariant(code="SEC")
def tracked_frame_is_not_writable(s) -> bool:
    """No entry, 4K or 2M, permits the guest to write a frame whose page table KVM shadows."""
    return not any(s.track.gfn_track[i] and s.track.writable[i] for i in range(len(s.track.writable)))


@reachable
def kvm_maps_a_window_read_only(s) -> bool:
    """A 2M entry stays when a frame below it is tracked, without its write permission; the next write breaks it up."""
    return s.ept.spte[0] == Spte.HUGE and write_traps(s, 0)
