"""mm/rmap.c: try_to_unmap_one() takes the entries of a large lazyfree folio away in one go, v6.15 to v7.0.

A parent's page table (PTES entries) maps the subpages of one folio from entry `start` on, those that fit; the next page
table has the rest. A child maps some of them as well, write-protected in both. The parent has called MADV_FREE: the
folio is freed unless it was written to since. Left out: reference counts, and faults that copy.
"""

from models.patches import BATCH_IN_TABLE, BATCH_SAME_WRITE
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

PTES = Constant("PTRS_PER_PTE", 4)
FOLIO = Constant("FOLIO_NR_PAGES", 4)


@record
class LazyFree:
    ptl: Lock
    start: Int[0, PTES - 1] = 0
    present: Array[PTES, Bool] = False
    write: Array[PTES, Bool] = False
    dirty: Bool = False  # of the folio and its entries: written to since MADV_FREE
    shared: Array[PTES, Bool] = False  # the child maps the subpage, too
    freed: Ghost[Bool] = False  # the whole folio was unmapped from this table
    restored: Ghost[Bool] = False  # entries were put back, since the folio is dirty


def map_from(s: LazyFree, start: int) -> None:
    """The page table maps the folio from entry `start` on."""
    s.start = start
    for i in range(PTES):
        s.present[i] = i >= start


def across_tables(s: LazyFree) -> None:
    """The folio starts anywhere in the page table, as an mremap() of an unaligned part leaves it. Nothing is shared."""
    map_from(s, choose(range(PTES)))
    for i in range(PTES):
        s.write[i] = s.present[i]


def shared_by_half(s: LazyFree) -> None:
    """Any part of the folio was kept from the child by MADV_DONTFORK: it is writable, the rest is shared."""
    map_from(s, 0)
    for i in range(PTES):
        if choose((True, False)):
            s.shared[i] = True
        else:
            s.write[i] = True


@thread
def store(s):
    """The parent writes wherever its entries let it."""
    while True:
        atomic("the page walker's locked update of the entry")
        i = choose(j for j in range(PTES) if s.present[j] and s.write[j])
        assert i >= s.start
        s.dirty = True
        yield "store"


@thread
def child_exits(s):
    """The child unmaps the subpages, one by one."""
    for i in range(PTES):
        s.shared[i] = False
        yield "zap_pte_range of the child"


def batch(s) -> int:
    """folio_unmap_pte_batch(): how many entries are taken in one go, the whole folio or one (until v6.15: see below).

    The entries are compared one after the other until one does not go on with the folio. Whether there is still a page
    table to look into is asked since ddd05742b45b, whether they are equally writable since 29f40594a281.
    """
    most = FOLIO
    if BATCH_IN_TABLE.applied and PTES - s.start < most:
        most = PTES - s.start
    count = 1
    going = True
    for k in range(1, FOLIO):
        if going and k < most:
            i = s.start + k
            if s.present[i] and not (BATCH_SAME_WRITE.applied and s.write[i] != s.write[s.start]):
                count += 1
            else:
                going = False
    if not BATCH_IN_TABLE.applied and count < FOLIO:
        count = 1
    return count


@thread
def try_to_unmap_one(s):
    """Reclaim: the first batch of the folio's entries in this table. What is left, it comes back for."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pte lock"
    atomic("ptl: no entry appears or vanishes, and none becomes writable")
    count: Int[1, FOLIO] = batch(s)
    yield "folio_unmap_pte_batch"
    atomic("get_and_clear_ptes(), entry by entry, gathers dirty bits: a store goes before or after its own")
    writable = s.write[s.start]
    for i in range(PTES):
        if i >= s.start and i < s.start + count:
            s.present[i] = False
            s.write[i] = False
    yield "get_and_clear_ptes, flushed"
    if s.dirty:
        atomic("ptl covers the entries")
        for i in range(PTES):
            if i >= s.start and i < s.start + count:
                s.present[i] = True
                s.write[i] = writable
        s.restored = True
        yield "set_ptes: put back as the first was"
    else:
        s.freed = not any(s.present)
        yield "discarded"
    s.ptl = False
    yield "pte unlock"
