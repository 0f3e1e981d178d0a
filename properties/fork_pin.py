"""What fork makes of a page that may be pinned (models/mm/fork_pin.py)."""

from models.mm.fork_pin import FORK_COPY
from thpverify.lang import reachable


@reachable
def child_gets_a_copy_of_a_pinned_page(s) -> bool:
    """fork has seen the pin and has copied the page."""
    return s.mm[1].pte == FORK_COPY


@reachable
def page_is_shared_by_fork(s) -> bool:
    """fork has shared the page."""
    return s.mm[1].pte is not None and s.mm[1].pte != FORK_COPY
