"""collapse-shmem-unlock-order: an old page is unlocked while page->mapping is still set (042a30824871).

"Minor reorderings": the commit knows of no harm, and the model shows none (`mm-shmem-collapse-unlock-order`). Who finds
the page by its slot holds a reference, and then page_ref_freeze() fails; who finds it by its frame number (memory
failure, compaction) wants it on the LRU, which it has left. What is broken is the rule that all of them rely on.
"""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import punch_extent, write_page
from models.mm.page_cache import File, all_small
from models.patches import COLLAPSE_REORDER, V4_20
from properties.page_cache import (
    PAGE_CACHE,
    khugepaged_collapses,
    the_extent_is_emptied,
    unlocked_mapping_means_cached,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-shmem-unlock-order",
    fix=COLLAPSE_REORDER,
    introduced="v4.8",
    invariants=["ORDER"],
    breaks="A page that is no longer in the cache can be locked and still says which file it belongs to.",
)

THREADS = [collapse_shmem(), punch_extent(first=0), write_page(i=0)]

scenario(
    "collapse-shmem-unlock-order",
    state=File,
    threads=THREADS,
    properties=[unlocked_mapping_means_cached],
    initial=all_small,
    era=V4_20,
    without=[COLLAPSE_REORDER],
    expect=violates("unlocked_mapping_means_cached"),
)
scenario(
    "collapse-shmem-unlock-order",
    state=File,
    threads=THREADS,
    properties=[*PAGE_CACHE, khugepaged_collapses, the_extent_is_emptied],
    initial=all_small,
    era=V4_20,
)
