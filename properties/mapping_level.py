"""The size of a secondary mapping against the primary one."""

from models.hardware.x86_64 import Spte
from properties.secondary_mmu import process_maps_huge
from thpverify.lang import invariant, reachable


@invariant(code="LVL")
def secondary_level_not_above_primary(s) -> bool:
    """KVM maps 2M only where the process does, at all times: the notifier zaps the 2M entry before the PMD is split."""
    return process_maps_huge(s) or all(spte != Spte.HUGE for spte in s.ept.spte)


@reachable(code="PERF")
def kvm_maps_2m(s) -> bool:
    """KVM does map 2M."""
    return any(spte == Spte.HUGE for spte in s.ept.spte)


@reachable
def kvm_maps_4k(s) -> bool:
    """KVM does map a subpage by a 4K entry."""
    return any(spte == Spte.PAGE for spte in s.ept.spte)
