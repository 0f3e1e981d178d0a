"""The page of a nested guest's registers, ARM64."""

from models.kvm.arm64.vncr import Frame
from thpverify.lang import invariant, reachable


@invariant(code="REF")
def idle_vncr_holds_no_page(s) -> bool:
    """While no translation is at work it holds no reference: none was forgotten."""
    return s.busy or s.held == 0


@invariant(code=("COW", "DATA"))
def shared_page_is_never_written(s) -> bool:
    """The page that another process shares by copy on write is never written."""
    return not s.shared_written


@reachable
def own_page_is_writable(s) -> bool:
    """The processor may write the process's own page."""
    return s.vncr == Frame.OWN and s.writable


@reachable
def shared_page_is_mapped(s) -> bool:
    """The shared page is mapped for reading."""
    return s.vncr == Frame.SHARED
