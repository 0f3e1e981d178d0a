"""Multi-index entries of the page cache, v6.7 to v6.14: mm/migrate.c, mm/shmem.c, mm/filemap.c and lib/xarray.c.

A folio of order 2 stands in the xarray once: the first of 4 slots leads to it, the others are siblings that lead to
the first slot. `xas_store()` of a state without an order replaces what one slot holds, so what its siblings lead to.
"""

from enum import Enum

from models.patches import CONTIG_SIBLING, MIGRATE_SWAPCACHE
from thpverify.lang import Array, Bool, Int, Lock, record, thread

SLOTS = 4
PER_SLOT = 4  # indices of a slot in a node above the lowest: 64 in the kernel
BATCH = 2  # folios that fit a batch: 31 in the kernel, less than PER_SLOT


class Slot(Enum):
    NONE = 0
    OLD = 1  # the folio
    NEW = 2  # the folio it is migrated to
    SIBLING = 3  # of the first slot
    SWAP = 4


@record
class Mapping:
    """`old_freed` and `new_freed`: the folio is free. `locked` is the lock of the folio that is in the cache."""

    xa_lock: Lock
    locked: Lock
    slot: Array[SLOTS, Slot] = Slot.NONE
    old_freed: Bool = False
    new_freed: Bool = False


def large_folio(s: Mapping) -> None:
    """Set up: the old folio is in the cache."""
    s.slot[0] = Slot.OLD
    for i in range(1, SLOTS):
        s.slot[i] = Slot.SIBLING


def find(s: Mapping, i: int) -> Slot:
    """What xas_load() of index i gives: it follows siblings."""
    return s.slot[0] if s.slot[i] == Slot.SIBLING else s.slot[i]


@thread
def migrate_folio(s: Mapping):
    """__folio_migrate_mapping() of a shmem folio in the page cache, under its lock.

    Since fc346d0a70a1 (v6.7) it stores as many entries as the swap cache has for such a folio, if the folio is
    "swapbacked"; a shmem folio in the page cache is that too. References are left out: nobody else has one.
    """
    while s.locked:
        yield
    s.locked = True
    yield "folio_lock"
    if s.slot[0] == Slot.OLD:
        while s.xa_lock:
            yield
        s.xa_lock = True
        yield "xa lock"
        for i in range(SLOTS):
            if i == 0 or not MIGRATE_SWAPCACHE.applied:
                s.slot[i] = Slot.NEW
                yield "xas_store"
        s.xa_lock = False
        yield "xa unlock"
        s.old_freed = True
        yield "old folio freed"
    s.locked = False
    yield "folio_unlock"


@thread
def swap_out(s: Mapping):
    """shmem_writepage() and shmem_delete_from_page_cache() of whichever folio is there: one store of the swap entry."""
    while s.locked:
        yield
    s.locked = True
    yield "folio_lock"
    while s.xa_lock:
        yield
    s.xa_lock = True
    yield "xa lock"
    new = s.slot[0] == Slot.NEW
    s.slot[0] = Slot.SWAP
    yield "shmem_replace_entry"
    s.xa_lock = False
    yield "xa unlock"
    if new:
        s.new_freed = True
    else:
        s.old_freed = True
    s.locked = False
    yield "written, freed, unlocked"


@record
class Node:
    """A folio of 2 * PER_SLOT pages, in two slots of a node; `refcount` is 0 when it is free."""

    slot: Array[2, Slot] = Slot.NONE
    refcount: Int[0, 7] = 0


def large_node(s: Node) -> None:
    """Set up: the folio is in the cache, with one reference."""
    s.slot[0] = Slot.OLD
    s.slot[1] = Slot.SIBLING
    s.refcount = 1


@thread
def get_folios_contig(s: Node, first: int):
    """filemap_get_folios_contig() of v6.11, as memfd_pin_folios() calls it, from index `first` to the folio's end.

    xas_load() follows siblings, xas_next() does not. After a folio the state moves on by one index, not by the folio's
    pages (xas_advance() came in v6.15), so the folio comes again until the batch is full or the slot ends.
    """
    index: Int[0, 8] = first
    taken: Int[0, BATCH] = 0
    offset = 0 if index < PER_SLOT else 1
    entry = s.slot[offset]
    yield "xas_load"
    if entry == Slot.SIBLING:
        offset = 0
        entry = s.slot[0]
        yield "xas_load: first slot"
    while entry != Slot.NONE and index < 2 * PER_SLOT and taken < BATCH:
        if entry == Slot.SIBLING and CONTIG_SIBLING.applied:
            yield "sibling: stop"
            break
        assert entry != Slot.SIBLING  # folio_try_get() of no folio
        if s.refcount == 0:
            yield "folio_try_get fails"
            break
        s.refcount += 1
        yield "folio_try_get"
        if s.slot[offset] != entry:
            yield "xas_reload: changed"
            s.refcount -= 1
            yield "folio_put: changed"
            break
        taken += 1
        yield "folio_batch_add"
        index += 1
        if index == PER_SLOT:
            offset = 1
        entry = s.slot[offset] if index < 2 * PER_SLOT else Slot.NONE
        yield "xas_next"
    s.refcount -= taken
    yield "batch released"


@thread
def truncate_folio(s: Node):
    """truncate_inode_folio() of the folio: its slots are cleared under the lock, which nobody here waits for."""
    for i in range(2):
        s.slot[i] = Slot.NONE
        yield "slot cleared"
    s.refcount -= 1
    yield "folio_put"
