"""Mistakes that the properties of swap entries have to find, for those that no known bug breaks."""

from models.mm.swap_shmem import Entry, SwapFile, lock_xarray, swap_in, swapped_out
from models.patches import V6_12
from properties.swap_entries import used_slots_have_an_entry
from thpverify.lang import atomic, scenario, thread, violates


@thread
def erase_only(s: SwapFile):
    """shmem_free_swap() that erases the entry and forgets its slots."""
    yield from lock_xarray(s)
    atomic("the xarray's lock")
    for j in range(len(s.entry)):
        s.entry[j] = Entry.NONE
    s.xa_lock = False
    yield "erased"


scenario(
    "mutant-erase-swap-entry-only",
    state=SwapFile,
    threads=[erase_only(), swap_in(i=0)],
    properties=[used_slots_have_an_entry],
    initial=swapped_out,
    era=V6_12,
    expect=violates("used_slots_have_an_entry"),
)
