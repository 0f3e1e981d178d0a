"""The page cache of a shmem file over one huge page's extent, v4.8 to v6.1: slots, pages, and what the inode counts.

A model of its own beside `page.py`: here a huge page may come and go, and the pages are told apart; page tables are
left out. Slots are looked at without a lock and changed under the tree lock (`tree_lock`, `i_pages` since v4.20).
"""

from enum import Enum

from models.patches import CHARGE_NRPAGES, UNCHARGE_RECALC
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record

SLOTS = Constant("HPAGE_PMD_NR_SLOTS", 2)
ONE_CPU = Constant("ONE_CPU", 0)  # 1: one processor, and a kernel that is not preempted

NEW = 0  # the huge page that khugepaged fills
THP = 1  # a huge page that a fault allocates
FIRST = 2  # the small page of the first index


class Slot(Enum):
    EMPTY = 0
    SMALL = 1  # the small page of this index
    SWAP = 2  # it is on swap
    NEW = 3  # a subpage of khugepaged's huge page
    THP = 4  # a subpage of the fault's huge page


@record
class Page:
    """A page, or a huge page. `held` are the references of running tasks, `cached` those that the page cache has.

    The kernel stores neither. `data[i]` is what a read of index i gives; a small page has one of them only.
    """

    locked: Bool = False  # PG_locked; which page's it is depends on slots, so the linter is not told that it is a lock
    refcount: Int[0, 15] = 0
    held: Ghost[Int[0, 7]] = 0
    cached: Ghost[Int[0, SLOTS]] = 0
    frozen: Ghost[Bool] = False
    mapping: Bool = False  # page->mapping is the file's
    uptodate: Bool = False  # asked of huge pages only
    data: Array[SLOTS, Bool] = False  # False reads as zeroes


@record
class File:
    """`nrpages` is the mapping's, `alloced` and `swapped` the inode's; i_blocks goes with `alloced`."""

    tree_lock: Lock
    slot: Array[SLOTS, Slot] = Slot.EMPTY
    page: Array[FIRST + SLOTS, Page]  # khugepaged's, the fault's, and the small page of each index
    nrpages: Int[0, 3 * SLOTS] = 0
    alloced: Int[-SLOTS, 3 * SLOTS] = 0
    swapped: Int[0, SLOTS] = 0
    collapsing: Array[SLOTS, Bool] = False  # khugepaged's list of the old pages
    charged: Ghost[Bool] = False  # khugepaged's huge page is charged to a memcg, neither committed nor cancelled
    written: Array[SLOTS, Ghost[Bool]] = False  # what a read of the file has to give
    emptied: Ghost[Bool] = False  # a hole punch has emptied the extent, and nobody has written since
    undoing: Ghost[Int[-SLOTS, SLOTS]] = 0  # slots that a collapse has yet to empty, or (below 0) to fill, for nrpages
    settling: Ghost[Int[0, 3]] = 0  # tasks that have changed nrpages and not yet what the inode counts
    cpu: Lock


def all_small(s: File) -> None:
    """Set up: every index has a small page with data."""
    for i in range(SLOTS):
        add_small(s, i)


def add_small(s: File, i: int) -> None:
    """Set up: index i has a small page with data."""
    s.slot[i] = Slot.SMALL
    s.page[FIRST + i].refcount = 1
    s.page[FIRST + i].mapping = True
    s.page[FIRST + i].data[i] = True
    s.page[FIRST + i].cached = 1
    s.written[i] = True
    s.nrpages += 1
    s.alloced += 1


def one_swapped(s: File) -> None:
    """Set up: small pages, the last of them on swap."""
    for i in range(SLOTS - 1):
        add_small(s, i)
    s.slot[SLOTS - 1] = Slot.SWAP
    s.written[SLOTS - 1] = True
    s.alloced += 1
    s.swapped = 1


def first_swapped(s: File) -> None:
    """Set up: nothing but a page on swap, at the start of the extent."""
    s.slot[0] = Slot.SWAP
    s.written[0] = True
    s.alloced = 1
    s.swapped = 1


def any_extent(s: File) -> None:
    """Set up: every index has a small page, a hole, or a page on swap."""
    for i in range(SLOTS):
        entry = choose((Slot.SMALL, Slot.EMPTY, Slot.SWAP))
        if entry == Slot.SMALL:
            add_small(s, i)
        elif entry == Slot.SWAP:
            s.slot[i] = Slot.SWAP
            s.written[i] = True
            s.alloced += 1
            s.swapped += 1


def one_hole(s: File) -> None:
    """Set up: small pages behind a hole at the start of the extent."""
    for i in range(1, SLOTS):
        add_small(s, i)


def lock_tree(s: File):
    """xa_lock_irq(), or spin_lock_irq(&mapping->tree_lock): whoever holds it does not sleep."""
    while s.tree_lock:
        yield
    s.tree_lock = True
    yield "tree lock"


def get_cpu(s: File):
    """The task starts to run: with one processor, when the other has gone to sleep."""
    if ONE_CPU == 1:
        while s.cpu:
            yield
        s.cpu = True
        yield "runs"


def sleep(s: File) -> None:
    """The task gives the processor up."""
    if ONE_CPU == 1:
        s.cpu = False


def huge_slot(entry: Slot) -> bool:
    """The entry is a subpage of a huge page."""
    return entry in (Slot.NEW, Slot.THP)


def page_of(entry: Slot, i: int) -> int:
    """Which page the entry at index i leads to."""
    if entry == Slot.NEW:
        return NEW
    return THP if entry == Slot.THP else FIRST + i


def get_entry(s: File, i: int, entry: Slot) -> None:
    """A task takes a reference on the page of that entry, which has one already."""
    page = s.page[page_of(entry, i)]
    page.refcount += 1
    page.held += 1


def put_entry(s: File, i: int, entry: Slot) -> None:
    """A task gives its reference back; who gives the last one frees the page."""
    page = s.page[page_of(entry, i)]
    page.refcount -= 1
    page.held -= 1


def find_get_entry(s: File, i: int):
    """find_get_entry(): the slot, a reference unless the count is zero, the slot again. Returns what the slot held.

    While the count stays zero it tries again and again, with interrupts on but without giving the processor up (it is
    in an RCU read-side section): a wait here. A change of the slot ends the wait as well.
    """
    while True:
        entry = s.slot[i]
        yield "find_get_entry: slot"
        if entry in (Slot.EMPTY, Slot.SWAP):
            return entry
        while s.page[page_of(entry, i)].refcount == 0 and s.slot[i] == entry:
            atomic("it waits while both are so, and looks again")
            yield
        atomic("get_page_unless_zero(); that the slot changed while it tried only makes it try anew")
        if s.page[page_of(entry, i)].refcount == 0:
            yield "find_get_entry: no reference"
            continue
        get_entry(s, i, entry)
        yield "find_get_entry: reference"
        if s.slot[i] == entry:
            yield "find_get_entry: slot again"
            return entry
        yield "find_get_entry: slot has changed"
        put_entry(s, i, entry)
        yield "find_get_entry: put_page"


def lock_entry(s: File, i: int, entry: Slot):
    """lock_page() of the page that the task holds; it sleeps until the page is unlocked."""
    page = s.page[page_of(entry, i)]
    if page.locked:
        sleep(s)
        yield "lock_page: sleeps"
        while page.locked:
            yield
        page.locked = True
        yield "lock_page"
        yield from get_cpu(s)
    else:
        page.locked = True
        yield "lock_page"


def unlock_entry(s: File, i: int, entry: Slot) -> None:
    """unlock_page()."""
    page = s.page[page_of(entry, i)]
    page.locked = False


def in_mapping(s: File, i: int, entry: Slot) -> bool:
    """page->mapping is the file's."""
    return s.page[page_of(entry, i)].mapping


def recalc_inode(s: File) -> None:
    """shmem_recalc_inode() under info->lock: pages that are in neither count any more are given back."""
    freed = s.alloced - s.swapped - s.nrpages
    if freed > 0:
        s.alloced -= freed


def add_to_page_cache(s: File, i: int, swapped: bool) -> None:
    """shmem_add_to_page_cache() of a small page, read from swap or fresh: locked, with a reference of the caller's."""
    page = s.page[FIRST + i]
    page.locked = True
    page.mapping = True
    page.data[i] = swapped  # what is on swap is not zeroes
    page.refcount = 2
    page.cached = 1
    page.held += 1
    s.slot[i] = Slot.SMALL
    s.nrpages += 1
    if swapped:
        s.swapped -= 1
    else:
        s.alloced += 1
    recalc_inode(s)


def shmem_charge(s: File, pages: int) -> None:
    """shmem_charge(), under the tree lock. Before aaa52e340073 nrpages was raised after the recalculation."""
    if CHARGE_NRPAGES.applied:
        s.nrpages += pages
    s.alloced += pages
    recalc_inode(s)
    if not CHARGE_NRPAGES.applied:
        s.nrpages += pages


def shmem_uncharge(s: File, pages: int) -> None:
    """shmem_uncharge(): nrpages is the caller's business. Since 509f006932de the recalculation alone does it."""
    if not UNCHARGE_RECALC.applied:
        s.alloced -= pages
    recalc_inode(s)
