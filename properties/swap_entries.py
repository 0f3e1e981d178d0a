"""Swap entries of several pages in a shmem file (models/mm/swap_shmem.py), v6.12 to v6.19."""

from models.mm.swap_shmem import INDICES, Entry
from thpverify.lang import invariant, reachable


@invariant(code=("DATA", "ACCT"))
def swap_entries_lead_to_used_slots(s) -> bool:
    """Every swap entry leads to swap slots that are in use: what is read there is the file's."""
    return all(s.entry[i] != Entry.SWAP or s.slot_used[i] for i in range(INDICES))


@invariant(code="ACCT")
def no_swap_slot_is_freed_twice(s) -> bool:
    """A swap slot is freed once."""
    return not s.freed_twice


@invariant(code=("ACCT", "LEAK"))
def used_slots_have_an_entry(s) -> bool:
    """A swap slot in use has an entry that leads to it, or somebody is about to free it."""
    return all(not s.slot_used[i] or s.erased[i] or s.entry[i] == Entry.SWAP for i in range(INDICES))


@invariant(code="DATA")
def truncation_keeps_to_its_range(s) -> bool:
    """Nothing behind the end of the range is removed."""
    return not s.beyond


@invariant(code="LIVE")
def truncation_does_not_spin(s) -> bool:
    """Truncation looks at an entry again only if somebody has changed the file since: alone, it ends."""
    return not s.spins


@reachable
def everything_is_truncated(s) -> bool:
    """All entries and slots are gone."""
    return all(entry == Entry.NONE for entry in s.entry) and not any(s.slot_used)


@reachable
def an_entry_is_split(s) -> bool:
    """A large entry has become small ones, and one of them a folio."""
    return any(entry == Entry.FOLIO for entry in s.entry)


SWAP_ENTRIES = [
    swap_entries_lead_to_used_slots,
    no_swap_slot_is_freed_twice,
    used_slots_have_an_entry,
    truncation_keeps_to_its_range,
]
"""What must hold of swap entries and slots."""
