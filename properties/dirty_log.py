"""The dirty log on x86-64."""

from models.kvm.dirty_log import L2
from thpverify.lang import invariant, reachable


@invariant(code="DIRTY")
def writes_reach_the_log(s) -> bool:
    """A page that was written since user space last got it is in the bitmap, in the PML buffer, or on its way to it."""
    return not s.written or s.bitmap or s.pml or s.reported


@reachable
def l2_writes(s) -> bool:
    """The nested guest writes."""
    return s.written and s.entry[L2].dirty


@reachable
def page_is_reported(s) -> bool:
    """User space gets the page."""
    return s.reported
