"""mm/khugepaged.c: small pages of a shmem file are replaced by a huge page, v4.8 to v6.1 (read: v4.8, v4.9, v5.4)."""

from models.mm.page_cache import (
    FIRST,
    NEW,
    SLOTS,
    File,
    Slot,
    add_to_page_cache,
    find_get_entry,
    get_cpu,
    get_entry,
    huge_slot,
    in_mapping,
    lock_entry,
    lock_tree,
    page_of,
    put_entry,
    shmem_charge,
    shmem_uncharge,
    sleep,
    unlock_entry,
)
from models.patches import (
    CHARGE_NRPAGES,
    COLLAPSE_COMPOUND,
    COLLAPSE_PUNCHED,
    COLLAPSE_REORDER,
    COLLAPSE_UNFROZEN,
    CREATE_RANGE,
    XARRAY_COLLAPSE,
)
from thpverify.lang import Int, atomic, choose, thread


@thread
def collapse_shmem(s: File):
    """khugepaged_scan_shmem() and collapse_shmem(): replace, copy, free; or put everything back.

    The scan wants one page at least and no huge page. Not told: LRU and its isolation but for the reference that it
    holds; unmap_mapping_range() (no page tables here); the size of the file, which the kernel does not look at either;
    failures of isolation and of shmem_charge(), which end like that of page_ref_freeze() and of trylock_page().
    `retract_page_tables()` is in retract.py.
    """
    yield from get_cpu(s)
    atomic("the scan decides nothing but whether to try")
    if not worth_it(s):
        sleep(s)
        yield "nothing to collapse"
        return
    yield "khugepaged_scan_shmem"
    new = s.page[NEW]
    new.refcount = 1
    new.held = 1
    s.charged = True
    yield "khugepaged_alloc_page, mem_cgroup_try_charge"
    if XARRAY_COLLAPSE.applied and CREATE_RANGE.applied and choose((False, True)):
        s.charged = False
        yield "xas_create_range: no memory"
        free_new_page(s)
        yield "put_page of the huge page"
        return
    atomic("the huge page is not in the cache yet")
    new.mapping = True
    new.locked = True
    yield "huge page locked"
    if XARRAY_COLLAPSE.applied and not CREATE_RANGE.applied and choose((False, True)):
        yield "xas_create_range: no memory"
        free_new_page(s)
        yield "put_page of the huge page"
        return
    if not COLLAPSE_UNFROZEN.applied:
        new.refcount = 0
        new.held = 0
        new.frozen = True
        yield "page_ref_freeze of the huge page"
    nr_none, done = yield from replace_slots(s)
    if done:
        yield from copy_and_free(s)
    else:
        yield from roll_back(s, nr_none)


def worth_it(s: File) -> bool:
    """What the scan wants to see."""
    return any(slot in (Slot.SMALL, Slot.SWAP) for slot in s.slot) and all(
        slot not in (Slot.NEW, Slot.THP) for slot in s.slot
    )


def free_new_page(s: File) -> None:
    """The caller puts the huge page; the last to do so frees it, and free_pages_check() looks at it."""
    assert s.page[NEW].refcount > 1 or not (s.page[NEW].locked or s.page[NEW].mapping or s.charged)
    s.page[NEW].refcount -= 1
    s.page[NEW].held -= 1
    sleep(s)


def replace_slots(s: File):
    """The loop over the extent, with the tree lock. Returns the number of holes filled, and whether all went well."""
    nr_none: Int[0, SLOTS] = 0
    yield from lock_tree(s)
    for i in range(SLOTS):
        if s.slot[i] == Slot.EMPTY:
            if COLLAPSE_PUNCHED.applied and i == 0 and all(slot == Slot.EMPTY for slot in s.slot):
                s.tree_lock = False
                yield "nothing left: truncated"
                return nr_none, False
            atomic("the tree lock; shmem_charge() takes and drops info->lock, which covers alloced")
            shmem_charge(s, 1)
            s.slot[i] = Slot.NEW
            nr_none += 1
            yield "hole charged and filled"
            continue
        entry = yield from get_locked(s, i)
        if entry == Slot.EMPTY:
            return nr_none, False
        if entry == Slot.THP:
            assert COLLAPSE_COMPOUND.applied
            yield from put_locked(s, i, entry)
            return nr_none, False
        assert s.page[FIRST + i].mapping  # the kernel asks; a locked page in a slot has it
        replaced = yield from replace_slot(s, i)
        if not replaced:
            return nr_none, False
    s.tree_lock = False
    yield "tree unlock"
    return nr_none, True


def get_locked(s: File, i: int):
    """The page of the slot, locked and with a reference, and the tree lock dropped; Slot.EMPTY if it is locked.

    v4.8 drops the tree lock after it has looked at the page; the page lock covers what it looks at.
    """
    entry = s.slot[i]
    if entry == Slot.SWAP:
        s.tree_lock = False
        sleep(s)
        yield "shmem_getpage: sleeps for the swap-in"
        yield from get_cpu(s)
        found = yield from shmem_getpage(s, i)
        return found
    page = s.page[page_of(entry, i)]
    if page.locked:
        s.tree_lock = False
        yield "trylock_page fails"
        return Slot.EMPTY
    page.locked = True
    yield "trylock_page"
    get_entry(s, i, entry)
    yield "get_page"
    s.tree_lock = False
    yield "tree unlock"
    return entry


def shmem_getpage(s: File, i: int):
    """shmem_getpage(SGP_NOHUGE): the page, read from swap or added, or another that is there meanwhile; locked."""
    while True:
        entry = yield from find_get_entry(s, i)
        if huge_slot(entry) or entry == Slot.SMALL:
            yield from lock_entry(s, i, entry)
            if in_mapping(s, i, entry):
                yield "shmem_getpage: page found"
                return entry
            yield "shmem_getpage: page was truncated"
            yield from put_locked(s, i, entry)
            continue
        while s.page[FIRST + i].refcount > 0 and s.slot[i] == entry:
            atomic("it only waits, and looks again at everything")
            yield
        atomic("a free page: the model has one for each index, and waits for it, unless it is no longer needed")
        yield "shmem_getpage: page allocated"
        yield from lock_tree(s)
        if s.slot[i] != entry or s.page[FIRST + i].refcount > 0:
            s.tree_lock = False
            yield "shmem_add_to_page_cache fails"
            continue
        atomic("the tree lock; the page is khugepaged's own, and info->lock covers what the inode counts")
        add_to_page_cache(s, i, entry == Slot.SWAP)
        s.tree_lock = False
        yield "shmem_add_to_page_cache"
        return Slot.SMALL


def replace_slot(s: File, i: int):
    """Isolate the locked page, freeze its count and replace it, or put it; whether it went well."""
    old = s.page[FIRST + i]
    old.refcount += 1
    old.held += 1
    yield "isolate_lru_page"
    yield from lock_tree(s)
    assert s.slot[i] == Slot.SMALL
    if old.refcount != 3:
        s.tree_lock = False
        yield "page_ref_freeze fails"
        old.refcount -= 1
        old.held -= 1
        yield "putback_lru_page"
        yield from put_locked(s, i, Slot.SMALL)
        return False
    old.refcount = 0
    old.held -= 2
    old.cached = 0
    old.frozen = True
    s.collapsing[i] = True
    yield "page_ref_freeze"
    s.slot[i] = Slot.NEW
    yield "slot replaced"
    return True


def put_locked(s: File, i: int, entry: Slot):
    """unlock_page() and put_page() of a page that is not taken."""
    unlock_entry(s, i, entry)
    yield "unlock_page"
    put_entry(s, i, entry)
    yield "put_page"


def copy_and_free(s: File):
    """Success: copy each old page and let it go, then make the huge page what everybody may use."""
    new = s.page[NEW]
    for i in range(SLOTS):
        if not s.collapsing[i]:
            continue
        old = s.page[FIRST + i]
        atomic("both pages are locked")
        new.data[i] = old.data[i]
        s.collapsing[i] = False
        yield "copy_highpage"
        if COLLAPSE_REORDER.applied:
            old.mapping = False
            yield "mapping = NULL"
            unfreeze_old(s, i)
            yield "page_ref_unfreeze"
            old.locked = False
            yield "unlock_page"
        else:
            old.locked = False
            yield "unlock_page"
            unfreeze_old(s, i)
            yield "page_ref_unfreeze"
            old.mapping = False
            yield "mapping = NULL"
        old.refcount -= 1
        old.held -= 1
        yield "put_page"
    new.uptodate = True
    yield "SetPageUptodate"
    if COLLAPSE_UNFROZEN.applied:
        new.refcount += SLOTS - 1
        new.held -= 1
    else:
        new.refcount = SLOTS
        new.frozen = False
    new.cached = SLOTS
    s.charged = False
    yield "the references of the page cache"
    new.locked = False
    sleep(s)
    yield "unlock_page of the huge page"


def unfreeze_old(s: File, i: int) -> None:
    """page_ref_unfreeze(1): khugepaged's pin is left."""
    s.page[FIRST + i].refcount = 1
    s.page[FIRST + i].held += 1
    s.page[FIRST + i].frozen = False


def roll_back(s: File, nr_none: int):
    """Failure: old pages and holes are put back where they were; the huge page goes."""
    left: Int[0, SLOTS] = nr_none
    if not CHARGE_NRPAGES.applied:
        atomic("info->lock is taken and dropped")
        shmem_uncharge(s, nr_none)
        yield "shmem_uncharge"
    yield from lock_tree(s)
    if CHARGE_NRPAGES.applied:
        s.nrpages -= nr_none
        s.undoing = nr_none
        yield "nrpages"
        atomic("info->lock is taken and dropped; the tree lock covers nrpages")
        shmem_uncharge(s, nr_none)
        yield "shmem_uncharge"
    for i in range(SLOTS):
        if s.collapsing[i]:
            old = s.page[FIRST + i]
            s.collapsing[i] = False
            old.refcount = 2
            old.held += 1
            old.cached = 1
            old.frozen = False
            yield "page_ref_unfreeze"
            s.slot[i] = Slot.SMALL
            yield "slot restored"
            s.tree_lock = False
            yield "tree unlock"
            old.refcount -= 1
            old.held -= 1
            yield "putback_lru_page"
            old.locked = False
            yield "unlock_page"
            yield from lock_tree(s)
        elif s.slot[i] != Slot.EMPTY and left > 0:
            left -= 1
            s.undoing = left if CHARGE_NRPAGES.applied else 0
            s.slot[i] = Slot.EMPTY
            yield "hole restored"
    assert left == 0
    s.tree_lock = False
    yield "tree unlock"
    new = s.page[NEW]
    if not COLLAPSE_UNFROZEN.applied:
        new.refcount = 1
        new.held = 1
        new.frozen = False
        yield "page_ref_unfreeze of the huge page"
    s.charged = False
    new.mapping = False
    yield "mem_cgroup_cancel_charge, mapping = NULL"
    new.locked = False
    yield "unlock_page of the huge page"
    free_new_page(s)
    yield "put_page of the huge page"
