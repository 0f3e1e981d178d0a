"""Copy-on-write of a large folio whose entries are unmapped in batches, v6.15 to v7.0."""

from thpverify.lang import invariant, reachable


@invariant(code="COW")
def shared_subpage_is_write_protected(s) -> bool:
    """A subpage that the child maps as well is not writable for the parent."""
    return not any(s.present[i] and s.write[i] and s.shared[i] for i in range(len(s.present)))


@reachable
def lazyfree_folio_is_discarded(s) -> bool:
    """The folio is unmapped from the page table."""
    return s.freed


@reachable
def written_folio_is_restored(s) -> bool:
    """The folio was written to since MADV_FREE, and its entries are put back."""
    return s.restored
