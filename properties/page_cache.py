"""A shmem file's page cache over the extent of a huge page, v4.8 to v6.1 (models/mm/page_cache.py)."""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.page_cache import FIRST, NEW, SLOTS, THP, Slot, page_of
from thpverify.lang import at, invariant, reachable


@invariant(code="REF")
def cached_page_refcounts(s) -> bool:
    """A page that is not frozen has a reference for its slot (a huge page one for each), and those of running tasks.

    Slots and counts change together under the tree lock.
    """
    slots = all(s.page[FIRST + i].cached == (1 if s.slot[i] == Slot.SMALL else 0) for i in range(SLOTS))
    return s.tree_lock or (slots and all(page.frozen or page.refcount == page.cached + page.held for page in s.page))


@invariant(code=("ACCT", "BUG"))
def nrpages_counts_the_slots(s) -> bool:
    """While nobody holds the tree lock, mapping->nrpages is the number of slots with a page; clear_inode() asks.

    A failing collapse takes its holes off at once and out of their slots one by one: those still to go are added.
    """
    present = sum(slot not in (Slot.EMPTY, Slot.SWAP) for slot in s.slot)
    return s.tree_lock or s.nrpages + s.undoing == present


@invariant(code="ACCT")
def alloced_counts_what_the_inode_has(s) -> bool:
    """info->alloced, and with it i_blocks, is nrpages + swapped, unless a task has changed one of them only so far."""
    return s.tree_lock or s.settling > 0 or s.alloced == s.nrpages + s.swapped


@invariant(code=("DATA", "LOST"))
def pages_hold_the_files_data(s) -> bool:
    """A page that the page cache leads to, and that is not locked, holds what was written to the file."""
    return all(
        s.slot[i] in (Slot.EMPTY, Slot.SWAP) or page_is_locked(s, i) or page_data(s, i) == s.written[i]
        for i in range(SLOTS)
    )


def page_is_locked(s, i: int) -> bool:
    """The page of slot i is locked."""
    return s.page[page_of(s.slot[i], i)].locked


def page_data(s, i: int) -> bool:
    """What a read of the page of slot i gives."""
    return s.page[page_of(s.slot[i], i)].data[i]


@invariant(code=("DATA", "ACCT"))
def an_emptied_extent_stays_empty(s) -> bool:
    """When a hole punch or truncation has removed the last page, none is there until somebody writes."""
    return not s.emptied or all(slot == Slot.EMPTY for slot in s.slot)


@invariant(code="ORDER")
def unlocked_mapping_means_cached(s) -> bool:
    """Whoever locks a page and finds page->mapping set may take it for a page of the cache: the slot leads to it."""
    return all(
        not page.mapping or page.locked or page.refcount == 0 or any(leads_to(s, i, p) for i in range(SLOTS))
        for p, page in enumerate(s.page)
    )


def leads_to(s, i: int, p: int) -> bool:
    """Slot i leads to page p."""
    return s.slot[i] not in (Slot.EMPTY, Slot.SWAP) and page_of(s.slot[i], i) == p


@invariant(code="LIVE")
def no_lookup_spins_while_khugepaged_sleeps(s) -> bool:
    """A look-up spins on a page whose count is zero: no slot leads to one while the task that froze it sleeps."""
    asleep = at(collapse_shmem[0], "shmem_getpage: sleeps for the swap-in")
    return not asleep or all(slot != Slot.NEW or s.page[NEW].refcount > 0 for slot in s.slot)


@reachable
def khugepaged_collapses(s) -> bool:
    """The extent is a huge page of khugepaged's, ready for everybody."""
    return s.page[NEW].uptodate and not s.page[NEW].locked and all(slot == Slot.NEW for slot in s.slot)


@reachable
def khugepaged_gives_up(s) -> bool:
    """The collapse fails after it has replaced something, and all is as it was."""
    return at(collapse_shmem[0], "hole restored") or at(collapse_shmem[0], "slot restored")


@reachable
def a_fault_puts_a_huge_page(s) -> bool:
    """A fault fills the extent that was emptied."""
    return all(slot == Slot.THP for slot in s.slot) and not s.page[THP].locked


@reachable
def the_extent_is_emptied(s) -> bool:
    """A hole punch empties the extent."""
    return s.emptied


PAGE_CACHE = [
    cached_page_refcounts,
    nrpages_counts_the_slots,
    pages_hold_the_files_data,
    unlocked_mapping_means_cached,
    no_lookup_spins_while_khugepaged_sleeps,
]
"""What must hold in every scenario of the page cache."""

INODE = [alloced_counts_what_the_inode_has]
"""Where no hole punch runs with a collapse that fails (docs/findings.md)."""
