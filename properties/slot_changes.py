"""KVM and the memory slots."""

from models.kvm.slot_changes import unmap
from thpverify.lang import at, invariant, reachable


@invariant(code=("SEC", "FWM"))
def slot_maps_no_freed_page(s) -> bool:
    """KVM maps no page that the process has given back."""
    return not (s.spte and s.freed)


@invariant(code=("BUG", "LIVE"))
def count_is_of_open_invalidations(s) -> bool:
    """mmu_notifier_count is zero while no invalidation is open: otherwise every fault is retried for ever."""
    between = at(unmap[0], "invalidate_range_start", "pte cleared", "page freed")
    return between or s.count <= 0


@reachable
def slot_is_mapped(s) -> bool:
    """KVM maps the frame of a slot."""
    return s.slot and s.spte


@reachable
def invalidation_hits_the_slot(s) -> bool:
    """A notifier finds the slot and counts."""
    return s.count == 1
