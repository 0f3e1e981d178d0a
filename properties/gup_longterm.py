"""Long-term pins, v6.6 to v6.10."""

from thpverify.lang import invariant, reachable


@invariant(code="REF")
def mapped_page_can_be_pinned(s) -> bool:
    """pin_user_pages() takes a reference for each page that is mapped, or none because nothing is mapped any more."""
    return not s.refused


@reachable
def page_is_pinned_outside_of_cma(s) -> bool:
    """The page has left CMA memory and is pinned."""
    return s.pinned and not s.cma and s.pins == s.refcount - (1 if s.huge else 0)
