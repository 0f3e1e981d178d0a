"""What the counts of a huge page add up to, said so that it can be proved for any number of processes and subpages."""

from models.counting.page import Pmd
from thpverify.lang import invariant


def small_mappings(s) -> int:
    """PTEs that map a subpage, in all address spaces."""
    return sum(sum(m.pte) for m in s.mm)


def huge_mappings(s) -> int:
    """Huge PMDs that map the page."""
    return sum(m.pmd == Pmd.HUGE for m in s.mm)


@invariant(code="REF")
def refcount_adds_up(s) -> bool:
    """The head has a reference per PTE, per huge PMD, one per subpage for the cache, and those of running tasks.

    Not while the count is frozen, and not when the page was split: then the small pages have theirs.
    """
    size = len(s.page.mapcount)
    cache = size if s.page.cached else 0
    mapped = huge_mappings(s) + small_mappings(s)
    return s.page.frozen or not s.page.compound or s.page.refcount + s.page.owed == cache + mapped + s.page.held


@invariant(code="MAP")
def mapcount_adds_up(s) -> bool:
    """While no page table lock is held, mapcounts are a PTE each and, in every subpage, one per huge PMD."""
    size = len(s.page.mapcount)
    return sum(m.ptl for m in s.mm) > 0 or (
        s.page.compound_mapcount == huge_mappings(s)
        and sum(s.page.mapcount) == size * huge_mappings(s) + small_mappings(s)
    )


@invariant(code="FWM")
def frozen_page_is_unmapped(s) -> bool:
    """While the count is frozen nothing maps the page, and no task holds a reference."""
    return not s.page.frozen or (huge_mappings(s) + small_mappings(s) == 0 and s.page.held == 0)


@invariant(code="FWM")
def freed_page_is_unmapped(s) -> bool:
    """A page without references, which is freed, is not mapped, not in the cache, and held by nobody."""
    free = s.page.compound and not s.page.frozen and s.page.refcount == 0
    return not free or (huge_mappings(s) + small_mappings(s) + s.page.held == 0 and not s.page.cached)


@invariant(code="FWM")
def split_page_is_unmapped(s) -> bool:
    """A page that was split is not mapped as a huge page, nor are its subpages as parts of one."""
    return s.page.compound or huge_mappings(s) + small_mappings(s) == 0


@invariant(code="REF")
def small_refcounts_add_up(s) -> bool:
    """The subpages of a page that was split have the reference of the cache each, and those of running tasks."""
    tails = sum(s.page.small) == s.page.small_cached + s.page.small_held
    return tails and (s.page.compound or s.page.frozen or s.page.refcount == 1 + s.page.held)
