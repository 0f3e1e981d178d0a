"""A tail that becomes a page of its own is complete before anybody can hold it, v4.9 to v6.1."""

from thpverify.lang import invariant, reachable


@invariant(code=("ORDER", "REF"))
def reference_is_put_where_it_was_taken(s) -> bool:
    """Head and tail each have the references of the cache, of the splitting task and of those who found them."""
    return all(s.refcount[i] == s.own[i] + s.held[i] for i in range(2))


@invariant(code="ORDER")
def found_page_has_its_flags(s) -> bool:
    """Who found the tail as a page of its own finds it locked, up to date or dirty, as the huge page was."""
    return s.held[1] == 0 or s.flags


@reachable
def split_tail_is_found(s) -> bool:
    """Somebody finds the tail as a page of its own."""
    return s.held[1] > 0 and not s.tail


@reachable
def split_tail_leaves_the_cache(s) -> bool:
    """The tail, as a page of its own, is removed from the cache."""
    return not s.cached
