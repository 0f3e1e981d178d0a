"""What those who come by the reverse map, or by a TLB, may rely on beside mremap(). For models/mm/move.py, v4.8 on."""

from models.mm.move import NR, Entry, Pmd, walk
from thpverify.lang import invariant, reachable


@invariant(code=("TLB", "FWM"))
def freed_page_is_translated_nowhere(s) -> bool:
    """When the page is freed, no CPU may have a translation to it left, of either address."""
    return not s.freed or not any(any(w.read) for w in s.window)


@invariant(code=("TLB", "DIRTY"))
def cleaned_page_is_not_stored_to(s) -> bool:
    """Between page_mkclean() and the next write fault no CPU stores to the page by a dirty translation."""
    return all(not s.cleaned[i] or not any(w.write[i] for w in s.window) for i in range(NR))


@invariant(code=("PTUAF", "LOCK"))
def rmap_walk_is_in_a_page_table(s) -> bool:
    """Who comes by the reverse map looks at entries of a page table only."""
    return not s.lost


@invariant(code=("BUG", "PTUAF"))
def every_pmd_leads_to_a_page_table(s) -> bool:
    """A PMD that is not none, nor huge, has the address of a page table."""
    return all(w.pmd != Pmd.WILD for w in s.window)


@invariant(code=("MAP", "LOST"))
def mapcount_is_that_of_the_entries(s) -> bool:
    """While no page table lock is held, the mapcount is the number of entries that map the page."""
    locked = any(w.pmd_lock for w in s.window) or any(t.ptl for t in s.table)
    return locked or s.mapcount == sum(w.pmd == Pmd.HUGE for w in s.window) + sum(
        pte != Entry.NONE for t in s.table for pte in t.pte
    )


@invariant(code="SEC")
def guest_maps_what_the_process_maps_there(s) -> bool:
    """While no invalidation is open, KVM maps for an address only where the process does."""
    return s.count > 0 or all(not s.window[0].spte[i] or walk(s, 0, i) != Entry.NONE for i in range(NR))


@reachable
def page_is_freed_after_a_move(s) -> bool:
    """The page was moved, found all the same, and freed."""
    return s.freed and s.first == 1


@reachable
def page_has_moved_to_the_other_window(s) -> bool:
    """mremap() has returned, and window 1 maps the page."""
    return s.mmap_lock == 0 and walk(s, 1, 0) != Entry.NONE


@reachable
def page_is_clean_after_a_move(s) -> bool:
    """The page is cleaned at its new address."""
    return s.cleaned[0] and s.mmap_lock == 0 and walk(s, 1, 0) == Entry.READ


@reachable
def guest_maps_the_page(s) -> bool:
    """KVM maps the page in its old place."""
    return s.window[0].spte[0]


@reachable
def page_table_is_retracted(s) -> bool:
    """khugepaged has taken the page table away."""
    return all(w.pmd == Pmd.NONE for w in s.window) and s.mmap_lock == 0
