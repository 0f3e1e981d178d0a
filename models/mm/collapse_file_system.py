"""khugepaged on a shmem file, as a system: writes, pins, hole punch and faults beside it (docs/models/shmem.md)."""

from models.mm.collapse_file import Disk, collapse_clean_range, write_file
from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import fault_huge, pin_page, punch_extent, write_page
from models.mm.page_cache import File, all_small, any_extent, first_swapped, one_hole
from models.patches import COLLAPSE_REORDER, COLLAPSE_WRITES_DIRTY, UNCHARGE_RECALC, V4_20, V5_4, V6_1
from properties.file_cache import a_range_is_collapsed, no_dirty_folio_is_dropped
from properties.page_cache import (
    INODE,
    PAGE_CACHE,
    a_fault_puts_a_huge_page,
    an_emptied_extent_stays_empty,
    cached_page_refcounts,
    khugepaged_collapses,
    khugepaged_gives_up,
    nrpages_counts_the_slots,
    pages_hold_the_files_data,
    the_extent_is_emptied,
)
from thpverify.lang import scenario, violates

scenario(
    "mm-shmem-collapse",
    state=File,
    threads=[collapse_shmem(), write_page(i=0), pin_page(i=1), punch_extent(first=0)],
    properties=[*PAGE_CACHE, khugepaged_collapses, khugepaged_gives_up, the_extent_is_emptied],
    initial=any_extent,
    era=V5_4,
)
scenario(
    "mm-shmem-collapse-fault",
    state=File,
    threads=[collapse_shmem(), fault_huge(), punch_extent(first=0)],
    properties=[*PAGE_CACHE, khugepaged_collapses, khugepaged_gives_up, a_fault_puts_a_huge_page],
    initial=any_extent,
    era=V5_4,
)
scenario(
    "mm-shmem-collapse-refill-swapped",
    state=File,
    threads=[collapse_shmem(), punch_extent(first=0)],
    properties=[an_emptied_extent_stays_empty],
    initial=first_swapped,
    era=V5_4,
    expect=violates("an_emptied_extent_stays_empty"),
)
scenario(
    "mm-shmem-collapse-recalc",
    state=File,
    threads=[collapse_shmem(), punch_extent(first=1)],
    properties=INODE,
    initial=one_hole,
    era=V4_20,
    expect=violates("alloced_counts_what_the_inode_has"),
)
scenario(
    "mm-shmem-collapse-recalc",
    state=File,
    threads=[collapse_shmem(), punch_extent(first=1)],
    properties=[*PAGE_CACHE, *INODE, khugepaged_gives_up],
    initial=one_hole,
    era=V4_20,
    patches=[UNCHARGE_RECALC],
)
scenario(
    "mm-shmem-collapse-unlock-order",
    state=File,
    threads=[collapse_shmem(), punch_extent(first=0), write_page(i=0)],
    properties=[cached_page_refcounts, nrpages_counts_the_slots, pages_hold_the_files_data],
    initial=all_small,
    era=V4_20,
    without=[COLLAPSE_REORDER],
)
for patches in ([], [COLLAPSE_WRITES_DIRTY]):
    scenario(
        "mm-file-collapse-open",
        state=Disk,
        threads=[write_file(), collapse_clean_range(), write_file()],
        properties=[no_dirty_folio_is_dropped],
        era=V6_1,
        patches=patches,
        expect=violates("no_dirty_folio_is_dropped"),
    )
scenario(
    "mm-file-collapse-twice",
    state=Disk,
    threads=[collapse_clean_range(), collapse_clean_range()],
    properties=[no_dirty_folio_is_dropped, a_range_is_collapsed],
    era=V6_1,
)
