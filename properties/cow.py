"""Copy-on-write between a parent and its child, v5.7 to v5.19."""

from thpverify.lang import invariant, reachable


@invariant(code=("COW", "DATA"))
def child_sees_nothing_written_after_the_fork(s) -> bool:
    """What the child holds by get_user_pages() is a page that its parent has not written to since the fork."""
    return all(not s.page[i].secret or s.pinned[1] != i for i in range(len(s.page)))


@invariant(code=("COW", "DATA", "REF"))
def pinned_page_is_the_mapped_one(s) -> bool:
    """What the parent has pinned is what it has mapped: device and process see the same memory."""
    return s.pinned[0] is None or s.mm[0].pte == s.pinned[0] or s.mm[0].ptl


@reachable
def parent_writes_while_both_hold(s) -> bool:
    """The parent has written, the child has the old page in a pipe, the parent has a page pinned."""
    return s.pinned[0] is not None and s.pinned[1] is not None and any(page.secret for page in s.page)


@reachable
def child_takes_a_page_along(s) -> bool:
    """The child has unmapped everything and still holds a page, and the parent has written."""
    return s.pinned[1] is not None and s.mm[1].pte is None and any(page.secret for page in s.page)
