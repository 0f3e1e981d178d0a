"""mm/shmem.c: swap entries of several pages in a shmem file, and truncation beside swap-in, v6.12 to v6.19.

An extent of 4 indices. A swap entry of order 2 stands in all four of them and leads to 4 swap slots, one of order 0 in
one.
`value[i]` is what a look-up of index i finds, the number of the entry's first swap slot: it is the same for the first
index before and after the entry is split. The page cache lock (xa_lock) covers entries, values and orders.
"""

from enum import Enum

from models.patches import FREE_SWAP_LOCKED, TRUNCATE_ROUND_DOWN
from thpverify.lang import Array, Bool, Ghost, Int, Lock, atomic, record, thread

INDICES = 4
LARGE = 2  # the order of the large entry


class Entry(Enum):
    NONE = 0
    SWAP = 1
    FOLIO = 2


@record
class SwapFile:
    """`slot_used[j]` is swap slot j of the area; the data of index i went to slot i."""

    xa_lock: Lock
    entry: Array[4, Entry] = Entry.NONE
    order: Array[4, Int[0, 2]] = 0
    value: Array[4, Int[0, 3]] = 0
    slot_used: Array[4, Bool] = False
    erased: Array[4, Ghost[Bool]] = False  # the entry is gone, and its slot is about to be freed
    freed_twice: Ghost[Bool] = False
    spins: Ghost[Bool] = False  # truncation has come back to an entry, and nobody has changed anything meanwhile
    changed: Ghost[Bool] = False
    beyond: Ghost[Bool] = False  # truncation has erased what it was not asked to


def swapped_out(s: SwapFile) -> None:
    """Set up: a folio of 4 pages was swapped out whole."""
    for i in range(INDICES):
        s.entry[i] = Entry.SWAP
        s.order[i] = LARGE
        s.slot_used[i] = True


def swapped_out_in_part(s: SwapFile) -> None:
    """Set up: pages of an extent were swapped out one by one; a hole has been punched at index 1."""
    for i in range(INDICES):
        if i != 1:
            s.entry[i] = Entry.SWAP
            s.value[i] = i
            s.slot_used[i] = True


def lock_xarray(s: SwapFile):
    """xa_lock_irq()."""
    while s.xa_lock:
        yield
    s.xa_lock = True
    yield "xa lock"


def free_slot(s: SwapFile, j: int) -> None:
    """free_swap_and_cache_nr() of one slot."""
    if not s.slot_used[j]:
        s.freed_twice = True
    s.slot_used[j] = False
    s.erased[j] = False


@thread
def truncate(s: SwapFile, first: int, last: int):
    """The second pass of shmem_undo_range() over [first, last], as far as it meets swap entries.

    What was in memory at a border when it started has been zeroed before; such a folio may have been swapped out again
    meanwhile. Batches of look-ups are told one at a time. There is nothing in the file behind the extent.
    """
    index: Int[0, 4] = first
    while index <= last and index < INDICES:
        at_index = s.entry[index]
        value = s.value[index]
        atomic("one look-up")
        yield "find_get_entries"
        if at_index == Entry.NONE:
            index += 1
            yield "nothing"
        elif at_index == Entry.FOLIO:
            yield from lock_xarray(s)
            if s.entry[index] == Entry.FOLIO:
                s.entry[index] = Entry.NONE
                s.changed = True
            s.xa_lock = False
            index += 1
            yield "truncate_inode_folio"
        else:
            freed: Int[0, 4] = 0
            if FREE_SWAP_LOCKED.applied:
                freed = yield from free_swap_locked(s, index, last, value)
            else:
                freed = yield from free_swap(s, index, last, value)
            if freed > 0:
                index += freed
                yield "freed"
            else:
                index = yield from retry(s, index, first, last, value)


def free_swap(s: SwapFile, index: int, last: int, value: int):
    """shmem_free_swap() of v6.12: the order first, then the exchange by value, then as many slots as the order said."""
    order = s.order[index]
    yield "xa_get_order"
    yield from lock_xarray(s)
    found = s.entry[index] == Entry.SWAP and s.value[index] == value
    if found:
        erase(s, index, last)
    s.xa_lock = False
    yield "xa_cmpxchg"
    freed: Int[0, 4] = 0
    if found:
        freed = 4 if order == LARGE else 1
        for j in range(INDICES):
            if value <= j < value + freed:
                free_slot(s, j)
                yield "free_swap_and_cache_nr"
    return freed


def free_swap_locked(s: SwapFile, index: int, last: int, value: int):
    """shmem_free_swap() since 8a1968bd997f: all under the lock, and not if the entry leaves the range."""
    yield from lock_xarray(s)
    freed: Int[0, 4] = 0
    if s.entry[index] == Entry.SWAP and s.value[index] == value:
        freed = 4 if s.order[index] == LARGE else 1
        base = 0 if s.order[index] == LARGE else index
        if base < index or base + freed - 1 > last:
            freed = 0
        else:
            erase(s, index, last)
    s.xa_lock = False
    yield "erased, if it fits"
    for j in range(INDICES):
        if value <= j < value + freed:
            free_slot(s, j)
            yield "free_swap_and_cache_nr"
    return freed


def erase(s: SwapFile, index: int, last: int) -> None:
    """xas_store(NULL): the whole entry that stands at the index."""
    atomic("the xarray's lock; look-ups without it see either the one or the other")
    large = s.order[index] == LARGE
    for j in range(INDICES):
        if large or j == index:
            s.entry[j] = Entry.NONE
            s.order[j] = 0
            s.value[j] = 0
            s.erased[j] = True
            if j > last:
                s.beyond = True
    s.changed = True


def retry(s: SwapFile, index: int, first: int, last: int, value: int):
    """Nothing was freed: where to go on. Since 2030dddf9545 at the start of the entry, or behind it."""
    order = s.order[index] if s.entry[index] == Entry.SWAP and s.value[index] == value else 0
    atomic("one look-up: shmem_confirm_swap()")
    yield "shmem_confirm_swap"
    start = 0 if TRUNCATE_ROUND_DOWN.applied and order == LARGE else index
    if FREE_SWAP_LOCKED.applied and order == LARGE and (start < first or start + INDICES - 1 > last):
        yield "entry crosses a border: skipped"
        return INDICES
    s.spins = s.spins or not s.changed
    s.changed = False
    yield "retry"
    return start


@thread
def swap_in(s: SwapFile, i: int):
    """shmem_swapin_folio() of index i when a small folio was read: split the entry, then put the folio in."""
    entry = s.entry[i]
    value = s.value[i]
    atomic("one look-up")
    yield "entry read"
    if entry != Entry.SWAP:
        return
    yield from lock_xarray(s)
    if s.entry[i] == Entry.SWAP and s.value[i] == value and s.order[i] == LARGE:
        atomic("the xarray's lock; look-ups without it see either the one or the others")
        for j in range(INDICES):
            s.order[j] = 0
            s.value[j] = j
        s.changed = True
    s.xa_lock = False
    yield "shmem_split_large_entry"
    yield from lock_xarray(s)
    added = s.entry[i] == Entry.SWAP and s.value[i] == i and s.order[i] == 0
    if added:
        atomic("the xarray's lock; look-ups without it see either the one or the other")
        s.entry[i] = Entry.FOLIO
        s.value[i] = 0
        s.erased[i] = True
        s.changed = True
    s.xa_lock = False
    yield "shmem_add_to_page_cache"
    if added:
        free_slot(s, i)
        yield "swap_free"
