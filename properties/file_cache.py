"""Folios of files: entries of the xarray, I/O, writers, and the inode behind them (v4.8 to v7.1)."""

from models.mm.multi_index import SLOTS, Slot, find, get_folios_contig
from models.mm.split_evict import split_folio
from thpverify.lang import at, invariant, reachable


@invariant(code=("DATA", "REF"))
def slots_lead_to_no_freed_folio(s) -> bool:
    """What a look-up finds at any index is not free (models/mm/multi_index.py)."""
    return all(
        not (find(s, i) == Slot.OLD and s.old_freed) and not (find(s, i) == Slot.NEW and s.new_freed)
        for i in range(SLOTS)
    )


@invariant(code="DATA")
def multi_index_entry_is_whole(s) -> bool:
    """All slots of a large folio but the first are siblings."""
    return all(s.slot[i] == Slot.SIBLING for i in range(1, SLOTS))


@reachable
def a_migrated_folio_is_swapped_out(s) -> bool:
    """Migration, then swap."""
    return s.slot[0] == Slot.SWAP and s.new_freed


@reachable
def a_sibling_is_met(s) -> bool:
    """The walk comes to a sibling entry."""
    return at(get_folios_contig[0], "sibling: stop")


@invariant(code=("REF", "BUG"))
def no_page_is_freed_under_io(s) -> bool:
    """A page that the disk is working on is not free (models/mm/collapse_file.py)."""
    return not (s.freed and s.writeback)


@reachable
def a_written_page_is_collapsed(s) -> bool:
    """The page is replaced and freed."""
    return s.freed


@invariant(code="LOST")
def no_dirty_folio_is_dropped(s) -> bool:
    """What was written reaches the disk: opening the file drops clean folios only."""
    return not s.lost


@reachable
def the_file_has_a_huge_page(s) -> bool:
    """The collapse succeeds."""
    return s.huge


@invariant(code=("ORDER", "FWM"))
def inode_outlives_the_splitter(s) -> bool:
    """The inode is not freed while somebody holds its i_mmap_rwsem (models/mm/split_evict.py)."""
    return not s.freed or s.i_mmap_readers == 0


@reachable
def the_inode_goes_before_the_split_ends(s) -> bool:
    """Eviction needs not wait for the splitter: the folio it still has is not in the cache."""
    return s.freed and at(split_folio[0], "folio_unlock and folio_put of the others", "i_mmap_unlock_read")


@reachable
def a_range_is_collapsed(s) -> bool:
    """The file has a huge page, and it is counted once."""
    return s.huge and s.nr_thps == 1
