"""collapse_file() since v6.4 on a shmem file, as a system (docs/models/shmem.md)."""

from models.mm.collapse_uptodate import collapse_file
from models.mm.file_io import fault_huge, fill_hole, pin_page, punch_extent, write_page
from models.mm.page_cache import File, any_extent
from models.patches import V6_6
from properties.page_cache import (
    INODE,
    PAGE_CACHE,
    a_fault_puts_a_huge_page,
    khugepaged_collapses,
    the_extent_is_emptied,
)
from thpverify.lang import scenario

scenario(
    "mm-shmem-collapse-uptodate",
    state=File,
    threads=[collapse_file(), write_page(i=0), pin_page(i=1), punch_extent(first=0)],
    properties=[*PAGE_CACHE, *INODE, khugepaged_collapses, the_extent_is_emptied],
    initial=any_extent,
    era=V6_6,
)
scenario(
    "mm-shmem-collapse-uptodate-fault",
    state=File,
    threads=[collapse_file(), fault_huge(), punch_extent(first=0)],
    properties=[*PAGE_CACHE, *INODE, khugepaged_collapses, a_fault_puts_a_huge_page],
    initial=any_extent,
    era=V6_6,
)
scenario(
    "mm-shmem-collapse-uptodate-fill",
    state=File,
    threads=[collapse_file(), fill_hole(i=0), punch_extent(first=0)],
    properties=[*PAGE_CACHE, *INODE, khugepaged_collapses, the_extent_is_emptied],
    initial=any_extent,
    era=V6_6,
)
