"""Page tables of private file mappings, v6.1."""

from models.mm.anon_vma import rmap_walk_anon
from thpverify.lang import at, invariant, reachable


@invariant(code=("PTUAF", "LOCK"))
def rmap_walk_is_in_no_freed_table(s) -> bool:
    """Who walks a page table with the lock of the anon_vma does not find it freed."""
    return not (s.freed and at(rmap_walk_anon[0], "page_vma_mapped_walk: pte lock", "page_vma_mapped_walk: entry read"))


@reachable
def private_table_is_retracted(s) -> bool:
    """khugepaged takes the page table away."""
    return s.freed


@reachable
def rmap_walk_looks_at_the_area(s) -> bool:
    """The walk of the child's page comes by the area's page table."""
    return at(rmap_walk_anon[0], "page_vma_mapped_walk: entry read")
