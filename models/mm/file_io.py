"""mm/shmem.c: what else is done to the file of page_cache.py, v4.8 to v6.1: write, pin, punch, fault in a huge page."""

from models.mm.collapse_shmem import shmem_getpage
from models.mm.page_cache import (
    FIRST,
    SLOTS,
    THP,
    File,
    Slot,
    find_get_entry,
    get_cpu,
    huge_slot,
    in_mapping,
    lock_entry,
    lock_tree,
    page_of,
    put_entry,
    recalc_inode,
    sleep,
    unlock_entry,
)
from thpverify.lang import Int, atomic, thread


@thread
def write_page(s: File, i: int):
    """shmem_write_begin() and shmem_write_end() of index i, if a page is there: what is written is zeroes.

    Allocating a page into a hole, and reading one from swap, are left out: khugepaged does both itself.
    """
    yield from get_cpu(s)
    entry = yield from find_get_entry(s, i)
    if entry in (Slot.EMPTY, Slot.SWAP):
        sleep(s)
        yield "no page"
        return
    yield from lock_entry(s, i, entry)
    if in_mapping(s, i, entry):
        atomic("the page lock; that the file changes is what the write means")
        write_data(s, i, entry)
        yield "written"
    else:
        atomic("the page lock covers page->mapping")
    unlock_entry(s, i, entry)
    yield "unlock_page"
    put_entry(s, i, entry)
    sleep(s)
    yield "put_page"


def write_data(s: File, i: int, entry: Slot) -> None:
    """The page's data changes, and with it what the file holds."""
    s.page[page_of(entry, i)].data[i] = False
    s.written[i] = False


@thread
def fill_hole(s: File, i: int):
    """shmem_write_begin() and shmem_write_end() of index i, page or hole: a page is added where none is."""
    s.emptied = False
    yield "write"
    entry = yield from shmem_getpage(s, i)
    atomic("the page lock; that the file changes is what the write means")
    write_data(s, i, entry)
    yield "written"
    unlock_entry(s, i, entry)
    yield "unlock_page"
    put_entry(s, i, entry)
    yield "put_page"


@thread
def pin_page(s: File, i: int):
    """get_user_pages(FOLL_WRITE) of a mapping of index i: the holder writes by the pin, without the page lock.

    It gets the page that a fault finds in the slot. A hole punch may take that from the file under the pin; then the
    index reads as zeroes anyway, which is what is written.
    """
    entry = yield from find_get_entry(s, i)
    if entry in (Slot.EMPTY, Slot.SWAP):
        return
    yield from lock_entry(s, i, entry)
    mapped = in_mapping(s, i, entry)
    yield "fault: mapping"
    unlock_entry(s, i, entry)
    yield "fault: unlock_page"
    if mapped:
        atomic("one write of the device; that the file changes is what it means")
        write_data(s, i, entry)
        yield "written by the pin"
    put_entry(s, i, entry)
    yield "unpin"


@thread
def punch_extent(s: File, first: int):
    """shmem_fallocate(FALLOC_FL_PUNCH_HOLE) from index `first` on: shmem_undo_range(), in two passes.

    The first time it passes over pages that are locked, the second time it waits. A subpage of a huge page behind the
    start is only zeroed. Entries are looked up one at a time here, by the kernel up to 14: then it holds references on
    more pages, and khugepaged gives up more often. What the inode counts is put right once, at the end.
    """
    freed: Int[0, SLOTS] = 0
    s.settling += 1
    yield "fallocate"
    for i in range(first, SLOTS):
        entry = yield from find_get_entry(s, i)
        if entry == Slot.SWAP:
            gone = yield from free_swap(s, i)
            freed += 0 if gone else 1
        elif entry != Slot.EMPTY:
            page = s.page[page_of(entry, i)]
            if page.locked:
                yield "trylock_page fails"
            else:
                page.locked = True
                yield "trylock_page"
                yield from truncate_entry(s, i, entry)
            put_entry(s, i, entry)
            yield "put_page"
    for i in range(first, SLOTS):
        again: bool = True
        while again:
            again = False
            entry = yield from find_get_entry(s, i)
            if entry == Slot.SWAP:
                again = yield from free_swap(s, i)
                freed += 0 if again else 1
            elif entry != Slot.EMPTY:
                yield from lock_entry(s, i, entry)
                again = yield from truncate_entry(s, i, entry)
                put_entry(s, i, entry)
                yield "put_page"
    atomic("info->lock is taken and dropped; nrpages is read without the tree lock")
    s.swapped -= freed
    recalc_inode(s)
    s.settling -= 1
    yield "shmem_recalc_inode"


def truncate_entry(s: File, i: int, entry: Slot):
    """truncate_inode_page() of a locked page; or zeroing it. Unlocks it. Whether the page was no longer the file's."""
    atomic("the page lock covers page->mapping")
    gone = not in_mapping(s, i, entry)
    if not gone and huge_slot(entry) and i > 0:
        atomic("the page lock; the file changes with the page")
        write_data(s, i, entry)
        yield "clear_highpage"
    elif not gone:
        yield from lock_tree(s)
        if huge_slot(entry):
            yield from delete_huge(s, page_of(entry, i))
        else:
            yield from delete_small(s, i)
    unlock_entry(s, i, entry)
    yield "unlock_page"
    return gone


def delete_small(s: File, i: int):
    """__delete_from_page_cache(): the slot of the page's index is cleared, whatever it leads to."""
    atomic("the tree lock; the file changes with the slot")
    s.slot[i] = Slot.EMPTY
    s.written[i] = False
    note_emptied(s)
    yield "slot cleared"
    atomic("the tree lock, and the page lock for page->mapping")
    s.page[FIRST + i].mapping = False
    s.page[FIRST + i].held += 1
    s.page[FIRST + i].cached = 0
    s.nrpages -= 1
    s.tree_lock = False
    yield "mapping = NULL, nrpages, tree unlock"
    put_entry(s, i, Slot.SMALL)
    yield "reference of the page cache"


def delete_huge(s: File, h: int):
    """The same for a huge page."""
    for i in range(SLOTS):
        atomic("the tree lock; the file changes with the slot")
        s.slot[i] = Slot.EMPTY
        s.written[i] = False
        note_emptied(s)
        yield "slot cleared"
    atomic("the tree lock, and the page lock for page->mapping")
    s.page[h].mapping = False
    s.page[h].held += s.page[h].cached
    s.page[h].cached = 0
    s.nrpages -= SLOTS
    s.tree_lock = False
    yield "mapping = NULL, nrpages, tree unlock"
    s.page[h].refcount -= SLOTS
    s.page[h].held -= SLOTS
    yield "references of the page cache"


def free_swap(s: File, i: int):
    """shmem_free_swap(): whether the entry was there no longer."""
    yield from lock_tree(s)
    gone = s.slot[i] != Slot.SWAP
    if not gone:
        atomic("the tree lock; the file changes with the slot")
        s.slot[i] = Slot.EMPTY
        s.written[i] = False
        note_emptied(s)
    s.tree_lock = False
    yield "shmem_free_swap"
    return gone


def note_emptied(s: File) -> None:
    """Whether that was the last entry."""
    if all(slot == Slot.EMPTY for slot in s.slot):
        s.emptied = True


@thread
def fault_huge(s: File):
    """shmem_getpage_gfp(SGP_HUGE or SGP_CACHE): a fault or write puts a huge page where the extent is empty, once."""
    atomic("that the extent is empty is looked at again under the tree lock")
    if not all(slot == Slot.EMPTY for slot in s.slot):
        yield "there is a page"
        return
    page = s.page[THP]
    page.locked = True
    page.mapping = True
    page.refcount = SLOTS + 1
    page.held = 1
    page.cached = SLOTS
    yield "shmem_alloc_and_acct_page"
    yield from lock_tree(s)
    if all(slot == Slot.EMPTY for slot in s.slot):
        s.emptied = False
        for i in range(SLOTS):
            s.slot[i] = Slot.THP
            yield "slot filled"
        atomic("the tree lock")
        s.nrpages += SLOTS
        s.settling += 1
        s.tree_lock = False
        yield "shmem_add_to_page_cache"
        atomic("info->lock is taken and dropped; nrpages is read without the tree lock")
        s.alloced += SLOTS
        recalc_inode(s)
        s.settling -= 1
        yield "alloced"
        page.uptodate = True
    else:
        atomic("the page was never in the cache")
        page.refcount -= SLOTS
        page.cached = 0
        page.mapping = False
        s.tree_lock = False
        yield "there is something"
    page.locked = False
    yield "unlock_page"
    page.refcount -= 1
    page.held -= 1
    yield "put_page"
