"""What the store buffers of x86-64 let a CPU see (models/hardware/store_forwarding.py)."""

from thpverify.lang import invariant, reachable


@invariant(code="DATA")
def own_store_is_read_back(s) -> bool:
    """A CPU reads what it has stored itself, whether it has left its buffer or not."""
    return all(value != 0 for value in s.own)


@reachable
def both_read_what_was_before(s) -> bool:
    """Each CPU has read its own store and, of the other's cell, the old value."""
    return all(value == 1 for value in s.own) and all(value == 0 for value in s.other)
