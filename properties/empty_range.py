"""KVM and mremap()."""

from thpverify.lang import invariant, reachable


@invariant(code="SEC")
def moved_page_is_not_mapped(s) -> bool:
    """While no invalidation is open, KVM maps a frame only where the process maps its address."""
    return s.count > 0 or all(s.here[i] or not s.spte[i] for i in range(len(s.here)))


@reachable
def all_is_moved(s) -> bool:
    """mremap() moves both pages."""
    return all(s.moved)


@reachable
def nothing_is_moved(s) -> bool:
    """mremap() of no length returns."""
    return s.duplicated
