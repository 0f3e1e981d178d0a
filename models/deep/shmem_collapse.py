"""khugepaged on a shmem file since v6.4, with 3 indices in the extent, for a minute or two."""

from models.mm.collapse_uptodate import collapse_file
from models.mm.file_io import pin_page, punch_extent, write_page
from models.mm.page_cache import SLOTS, File, any_extent
from models.patches import V6_6
from properties.page_cache import INODE, PAGE_CACHE, khugepaged_collapses, the_extent_is_emptied
from thpverify.lang import scenario

scenario(
    "deep-mm-shmem-collapse-uptodate",
    state=File,
    threads=[collapse_file(), write_page(i=0), pin_page(i=1), punch_extent(first=0)],
    properties=[*PAGE_CACHE, *INODE, khugepaged_collapses, the_extent_is_emptied],
    initial=any_extent,
    constants={SLOTS: 3},
    era=V6_6,
)
