"""Page tables that are taken away (models/mm/retract.py), v5.4 to v6.6."""

from models.mm.retract import Pmd, collapse_pte_mapped_thp, fault, unmap_mapping_range
from thpverify.lang import at, invariant, reachable


@invariant(code="PTUAF")
def no_freed_page_table_is_used(s) -> bool:
    """Nobody stands in a page table that is free: the lock in it is taken, or entries are looked at."""
    zap = at(unmap_mapping_range[0], "pte lock", "pmd read again: gone", "pte cleared", "zap_pte_range")
    first = at(fault[0], "pte lock", "pmd read again: gone", "page_add_file_rmap", "pte set")
    second = at(fault[1], "pte lock", "pmd read again: gone", "page_add_file_rmap", "pte set")
    return not s.freed or not (zap or first or second)


@invariant(code="LOCK")
def retraction_excludes_rmap_walks(s) -> bool:
    """While a page table is taken away under mmap_lock, nobody can start a walk from i_mmap."""
    busy = at(collapse_pte_mapped_thp[0], "pmdp_collapse_flush", "pmd unlock", "pte_free")
    return not busy or s.i_mmap_rwsem == -1


@invariant(code="MAP")
def mapcount_is_never_negative(s) -> bool:
    """No mapping is removed twice."""
    return s.mapcount >= 0


@reachable
def the_page_table_is_freed(s) -> bool:
    """The table goes, and everybody is done with it."""
    return s.freed and s.pmd == Pmd.NONE and s.i_mmap_rwsem == 0 and s.mmap_lock == 0


RETRACTION = [no_freed_page_table_is_used, retraction_excludes_rmap_walks, mapcount_is_never_negative]
"""What must hold wherever a page table goes."""
