"""The TDP MMU zaps what it says it zaps."""

from thpverify.lang import invariant, reachable


@invariant(code=("SEC", "LEAK"))
def freed_root_maps_nothing(s) -> bool:
    """A root that is freed and that no notifier goes through any more has no entries."""
    return s.listed or not any(s.spte)


@reachable
def zap_pauses(s) -> bool:
    """mmu_lock is dropped on the way."""
    return s.pauses > 0


@reachable
def root_is_freed(s) -> bool:
    """The root is freed."""
    return not s.listed
