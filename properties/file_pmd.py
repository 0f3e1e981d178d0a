"""One shmem huge page that is mapped by PMD (models/mm/file_pmd.py), v4.8 to v6.12."""

from models.mm.file_pmd import HUGE, Pmd, madvise_collapse
from thpverify.lang import at, invariant, reachable


@invariant(code=("DIRTY", "LOST"))
def reclaim_loses_no_store(s) -> bool:
    """What the process has stored is on swap when reclaim frees the page."""
    return not s.reclaimed or not s.unsaved


@invariant(code="REF")
def huge_page_refcounts(s) -> bool:
    """A page that is not frozen has a reference of the page cache, one for the PMD, and those of running tasks.

    While the PMD lock is held, entry and count are not compared.
    """
    return s.ptl or all(
        page.frozen
        or page.refcount == (1 if page.cached else 0) + (1 if p == HUGE and s.pmd == Pmd.HUGE else 0) + page.held
        for p, page in enumerate(s.page)
    )


@invariant(code=("MAP", "BUG"))
def huge_page_mapcount(s) -> bool:
    """While the PMD lock is free, the mapcount says whether the PMD maps the page; a migration entry is no mapping."""
    return s.ptl or s.page[HUGE].mapcount == (1 if s.pmd == Pmd.HUGE else 0)


@invariant(code=("ACCT", "MAP"))
def filepages_counts_the_pmd(s) -> bool:
    """While the PMD lock is free, MM_FILEPAGES counts a PMD that is huge or a migration entry."""
    return s.ptl or s.filepages == (1 if s.pmd in (Pmd.HUGE, Pmd.MIGRATION) else 0)


@invariant(code=("FWM", "ORDER"))
def no_page_is_read_after_the_last_put(s) -> bool:
    """Nobody reads a page whose count is zero, free or about to be: its flags are read before it is put."""
    return not s.used_freed


@invariant(code=("BUG", "PTUAF"))
def only_page_tables_are_walked(s) -> bool:
    """Who walks the PMD as a page table has seen one: with the mmap lock held it stays one."""
    return not at(madvise_collapse[0], "taken for a page table", "pte_offset_map_lock") or s.pmd == Pmd.TABLE


@reachable
def page_is_reclaimed(s) -> bool:
    """Reclaim frees the page."""
    return s.reclaimed


@reachable
def page_is_truncated(s) -> bool:
    """The page has left the cache and is free."""
    return not s.page[HUGE].cached and s.page[HUGE].refcount == 0


@reachable
def a_migration_entry_is_split(s) -> bool:
    """The PMD is cleared while it is a migration entry."""
    return s.ptl and s.pmd == Pmd.NONE and s.page[HUGE].mapcount == 0 and s.filepages == 1


@reachable
def a_page_table_is_walked(s) -> bool:
    """MADV_COLLAPSE finds a page table."""
    return at(madvise_collapse[0], "pte_offset_map_lock")


PMD_MAPPED = [
    reclaim_loses_no_store,
    huge_page_refcounts,
    huge_page_mapcount,
    filepages_counts_the_pmd,
    no_page_is_read_after_the_last_put,
]
"""What must hold in every scenario of a PMD-mapped shmem page."""
