"""No root translates to a page that is gone, whether the root is valid or not."""

from models.kvm.roots import Life
from thpverify.lang import invariant, reachable


@invariant(code=("SEC", "FWM"))
def freed_page_is_not_mapped(s) -> bool:
    """No vCPU may translate a guest frame to a freed page."""
    return all(not (vcpu.tlb[g] and s.freed[g]) for vcpu in s.vcpu for g in range(len(s.freed)))


@invariant(code="SEC")
def guest_frame_has_primary(s) -> bool:
    """While no invalidation is open, a vCPU translates only what the process maps."""
    return s.invalidates > 0 or all(s.present[g] or not vcpu.tlb[g] for vcpu in s.vcpu for g in range(len(s.present)))


@reachable
def invalid_root_is_used(s) -> bool:
    """A vCPU may still translate through an invalid root."""
    return any(s.root[vcpu.root].life == Life.INVALID and any(vcpu.tlb) for vcpu in s.vcpu)
