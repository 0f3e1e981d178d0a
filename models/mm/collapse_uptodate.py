"""mm/khugepaged.c: collapse_file() of a shmem file since v6.4 (a2e17cc2efc7), with the accounting of v6.6.

The same extent as in collapse_shmem.py. Old pages stay in the cache, locked, until their copies are done; only then the
huge page takes all slots at once. No count is frozen: who finds an old page meanwhile waits for its lock, and then sees
that it has left the file. While the slots are filled, under the lock, holes are marked so that look-ups try again; a
look-up that sees a hole instead may say so just as well, and the mark is left out. So are errors of the memory copied.
"""

from models.mm.collapse_shmem import free_new_page, get_locked, put_locked, worth_it
from models.mm.page_cache import FIRST, NEW, SLOTS, File, Slot, get_cpu, lock_tree, recalc_inode, shmem_uncharge, sleep
from thpverify.lang import Int, atomic, thread


@thread
def collapse_file(s: File):
    """hpage_collapse_scan_file() and collapse_file()."""
    yield from get_cpu(s)
    atomic("the scan decides nothing but whether to try")
    if not worth_it(s):
        sleep(s)
        yield "nothing to collapse"
        return
    yield "hpage_collapse_scan_file"
    new = s.page[NEW]
    atomic("the huge page is not in the cache yet")
    new.refcount = 1
    new.held = 1
    new.locked = True
    new.mapping = True
    yield "huge page allocated and locked"
    nr_none, gathered = yield from gather_pages(s)
    if gathered:
        if nr_none > 0:
            yield from charge(s, nr_none)
        yield from copy_pages(s)
        stored = yield from store_huge_page(s, nr_none)
        if stored:
            new.locked = False
            yield "folio_unlock of the huge page"
            yield from free_old_pages(s)
        else:
            if nr_none > 0:
                yield from uncharge(s, nr_none)
            yield from roll_back(s)
    else:
        yield from roll_back(s)


def gather_pages(s: File):
    """Lock, isolate and unmap every page of the extent. Returns the number of holes, and whether all pages were had."""
    nr_none: Int[0, SLOTS] = 0
    yield from lock_tree(s)
    for i in range(SLOTS):
        if s.slot[i] == Slot.EMPTY:
            if i == 0 and all(slot == Slot.EMPTY for slot in s.slot):
                s.tree_lock = False
                yield "nothing left: truncated"
                return nr_none, False
            nr_none += 1
            yield "hole"
            continue
        entry = yield from get_locked(s, i)
        if entry == Slot.EMPTY:
            return nr_none, False
        if entry == Slot.THP:
            yield "page is compound"
            yield from put_locked(s, i, entry)
            return nr_none, False
        old = s.page[FIRST + i]
        old.refcount += 1
        old.held += 1
        yield "folio_isolate_lru"
        yield from lock_tree(s)
        assert s.slot[i] == Slot.SMALL
        if old.refcount != 3:
            s.tree_lock = False
            yield "somebody else has the page"
            old.refcount -= 1
            old.held -= 1
            yield "folio_putback_lru"
            yield from put_locked(s, i, entry)
            return nr_none, False
        s.collapsing[i] = True
        yield "page listed"
    s.tree_lock = False
    yield "tree unlock"
    return nr_none, True


def charge(s: File, pages: int):
    """shmem_charge() of v6.6: nrpages under the lock, then what the inode counts."""
    yield from lock_tree(s)
    s.nrpages += pages
    s.undoing = -pages
    s.settling += 1
    s.tree_lock = False
    yield "shmem_charge: nrpages"
    atomic("info->lock is taken and dropped; nrpages is read without the tree lock")
    s.alloced += pages
    recalc_inode(s)
    s.settling -= 1
    yield "shmem_charge: alloced"


def uncharge(s: File, pages: int):
    """The holes are given back."""
    yield from lock_tree(s)
    s.nrpages -= pages
    s.undoing = 0
    s.settling += 1
    s.tree_lock = False
    yield "nrpages"
    atomic("info->lock is taken and dropped; nrpages is read without the tree lock")
    shmem_uncharge(s, pages)
    s.settling -= 1
    yield "shmem_uncharge"


def copy_pages(s: File):
    """copy_mc_highpage() of every old page, clear_highpage() of every hole."""
    new = s.page[NEW]
    for i in range(SLOTS):
        atomic("both pages are locked")
        new.data[i] = s.collapsing[i] and s.page[FIRST + i].data[i]
        yield "copied or cleared"


def store_huge_page(s: File, nr_none: int):
    """If the holes are still holes, the huge page takes all slots; whether it did."""
    yield from lock_tree(s)
    if sum(slot == Slot.EMPTY for slot in s.slot) != nr_none:
        s.tree_lock = False
        yield "a hole was filled"
        return False
    new = s.page[NEW]
    new.uptodate = True
    yield "folio_mark_uptodate"
    new.refcount += SLOTS - 1
    new.held -= 1
    new.cached = SLOTS
    yield "folio_ref_add"
    atomic("one store of an entry for all slots, under the lock; the old pages lose their place by it")
    for i in range(SLOTS):
        s.slot[i] = Slot.NEW
        if s.collapsing[i]:
            s.page[FIRST + i].cached = 0
            s.page[FIRST + i].held += 1
    s.undoing = 0
    s.tree_lock = False
    yield "xas_store of the huge page"
    return True


def free_old_pages(s: File):
    """Unlock and free what was copied: pin, isolation and the reference of the cache."""
    for i in range(SLOTS):
        if s.collapsing[i]:
            old = s.page[FIRST + i]
            s.collapsing[i] = False
            old.mapping = False
            yield "mapping = NULL"
            old.locked = False
            yield "unlock of an old page"
            old.refcount -= 3
            old.held -= 3
            yield "folio_put_refs"
    sleep(s)
    yield "done"


def roll_back(s: File):
    """The pages are unlocked and put; the huge page goes."""
    for i in range(SLOTS):
        if s.collapsing[i]:
            old = s.page[FIRST + i]
            s.collapsing[i] = False
            old.locked = False
            yield "unlock of a page that stays"
            old.refcount -= 2
            old.held -= 2
            yield "folio_putback_lru, folio_put"
    new = s.page[NEW]
    new.mapping = False
    yield "mapping = NULL of the huge page"
    new.locked = False
    yield "folio_unlock of the huge page"
    free_new_page(s)
    yield "folio_put of the huge page"
