"""collapse-shmem-refill-punched: khugepaged fills an extent again that a hole punch has emptied (701270fa193a)."""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import punch_extent
from models.mm.page_cache import File, all_small, one_hole
from models.patches import COLLAPSE_PUNCHED, V4_20
from properties.page_cache import (
    PAGE_CACHE,
    an_emptied_extent_stays_empty,
    khugepaged_collapses,
    khugepaged_gives_up,
    the_extent_is_emptied,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-shmem-refill-punched",
    fix=COLLAPSE_PUNCHED,
    introduced="v4.8",
    invariants=["DATA", "ACCT"],
    breaks="khugepaged takes an extent that was emptied after its scan for one hole, and fills and charges all of it.",
)

THREADS = [collapse_shmem(), punch_extent(first=0)]

scenario(
    "collapse-shmem-refill-punched",
    state=File,
    threads=THREADS,
    properties=[an_emptied_extent_stays_empty],
    initial=all_small,
    era=V4_20,
    without=[COLLAPSE_PUNCHED],
    expect=violates("an_emptied_extent_stays_empty"),
)
scenario(
    "collapse-shmem-refill-punched",
    state=File,
    threads=THREADS,
    properties=[*PAGE_CACHE, an_emptied_extent_stays_empty, khugepaged_collapses, the_extent_is_emptied],
    initial=all_small,
    era=V4_20,
)
scenario(
    "collapse-shmem-refill-punched-hole",
    state=File,
    threads=THREADS,
    properties=[*PAGE_CACHE, an_emptied_extent_stays_empty, khugepaged_gives_up, the_extent_is_emptied],
    initial=one_hole,
    era=V4_20,
)
