"""The size of a secondary mapping against the primary one."""

from models.hardware.x86_64 import Spte
from models.kvm.second_stage import mapped_as
from models.mm.page import NR
from properties.secondary_mmu import process_maps_huge
from thpverify.lang import invariant, reachable


@invariant(code="LVL")
def secondary_level_not_above_primary(s) -> bool:
    """KVM maps 2M only where the process does, at all times: the notifier zaps the 2M entry before the PMD is split."""
    return process_maps_huge(s) or all(mapped_as(s, i) != Spte.HUGE for i in range(NR))


@reachable(code="PERF")
def kvm_maps_2m(s) -> bool:
    """KVM does map 2M."""
    return any(mapped_as(s, i) == Spte.HUGE for i in range(NR))


@reachable
def kvm_maps_4k(s) -> bool:
    """KVM does map a subpage by a 4K entry."""
    return any(mapped_as(s, i) == Spte.PAGE for i in range(NR))
