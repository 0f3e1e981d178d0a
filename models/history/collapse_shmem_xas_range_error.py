"""collapse-shmem-xas-range-error: no memory for the slots, and the huge page stays locked (95feeabb7714)."""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import write_page
from models.mm.page_cache import File, all_small
from models.patches import CREATE_RANGE, V4_20
from properties.page_cache import PAGE_CACHE, khugepaged_collapses
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-shmem-xas-range-error",
    fix=CREATE_RANGE,
    introduced="v4.20-rc1",
    invariants=["BUG"],
    breaks="When xas_create_range() fails, the huge page is let go locked, with a mapping, and charged to a memcg.",
)

scenario(
    "collapse-shmem-xas-range-error",
    state=File,
    threads=[collapse_shmem(), write_page(i=0)],
    properties=PAGE_CACHE,
    initial=all_small,
    era=V4_20,
    without=[CREATE_RANGE],
    expect=violates("assertion"),
)
scenario(
    "collapse-shmem-xas-range-error",
    state=File,
    threads=[collapse_shmem(), write_page(i=0)],
    properties=[*PAGE_CACHE, khugepaged_collapses],
    initial=all_small,
    era=V4_20,
)
