"""What a huge PMD says about its page, v4.5 to v4.20."""

from models.mm.huge_pmd import Frame
from thpverify.lang import invariant, reachable


@invariant(code="DATA")
def discarded_data_does_not_come_back(s) -> bool:
    """Once MADV_DONTNEED has returned, and nothing was written since, the program reads zeroes."""
    return not s.discarded or s.frame in (Frame.NONE, Frame.ZERO)


@invariant(code="DIRTY")
def written_page_has_a_dirty_entry(s) -> bool:
    """While the PMD's lock is free, the entry of a page that was written to is dirty."""
    return s.ptl or not s.written or s.dirty


@invariant(code=("LOST", "DATA"))
def written_page_stays_mapped(s) -> bool:
    """While the PMD's lock is free, the process maps the page that it has written to. Where nobody discards it."""
    return s.ptl or not s.written or s.frame in (Frame.PAGE, Frame.MOVED)


@invariant(code=("COW", "DATA"))
def huge_zero_page_stays_zero(s) -> bool:
    """Nobody writes to the huge zero page, which all processes share."""
    return not s.zero_written


@reachable
def hinting_fault_is_due(s) -> bool:
    """NUMA balancing forbids the access to the page."""
    return s.prot_none


@reachable
def page_is_lazily_free(s) -> bool:
    """After MADV_FREE the page is still mapped, and clean."""
    return s.frame == Frame.PAGE and s.present and not s.dirty and not s.ptl


@reachable
def page_has_moved(s) -> bool:
    """The page is migrated and mapped at its new place."""
    return s.frame == Frame.MOVED and s.migrated


@reachable
def forced_write_succeeds(s) -> bool:
    """A forced write reaches the process's own page."""
    return s.page_written
