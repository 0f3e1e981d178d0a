"""What the counts of an anonymous huge page add up to, for any number of processes and subpages."""

from models.counting.anon_page import Pmd
from thpverify.lang import invariant


def small_mappings(s) -> int:
    """PTEs that map a subpage, in all address spaces, those of a page table that is not linked yet among them."""
    return sum(sum(m.pte) for m in s.mm)


def huge_mappings(s) -> int:
    """Huge PMDs that map the page."""
    return sum(m.pmd == Pmd.HUGE for m in s.mm)


@invariant(code="REF")
def anon_refcount_adds_up(s) -> bool:
    """The head has a reference per PTE, per huge PMD, and those of running tasks.

    Not while the count is frozen, and not when the page was split: then the small pages have theirs.
    """
    mapped = huge_mappings(s) + small_mappings(s)
    return s.page.frozen or not s.page.compound or s.page.refcount == mapped + s.page.held


@invariant(code="MAP")
def anon_mapcount_adds_up(s) -> bool:
    """While no page table lock is held: a mapcount per PTE, a compound one per PMD, and the bias of PG_double_map."""
    bias = len(s.page.mapcount) if s.page.double_map else 0
    return sum(m.ptl for m in s.mm) > 0 or (
        s.page.compound_mapcount == huge_mappings(s) + s.page.forked_pmds
        and sum(s.page.mapcount) == small_mappings(s) + s.page.forked_ptes + bias
    )


@invariant(code="FWM")
def frozen_anon_page_is_unmapped(s) -> bool:
    """While the count is frozen nothing maps the page, and no task holds a reference."""
    return not s.page.frozen or (huge_mappings(s) + small_mappings(s) == 0 and s.page.held == 0)


@invariant(code="FWM")
def freed_anon_page_is_unmapped(s) -> bool:
    """A page without references, which is freed, is not mapped, and held by nobody."""
    free = s.page.compound and not s.page.frozen and s.page.refcount == 0
    return not free or huge_mappings(s) + small_mappings(s) + s.page.held == 0
