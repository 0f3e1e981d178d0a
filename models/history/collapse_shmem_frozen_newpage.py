"""collapse-shmem-frozen-newpage: a huge page in the cache with a count of zero, and its owner asleep (87c460a0bded).

One processor, and a kernel that does not preempt (both sides): a look-up that spins on the frozen page keeps khugepaged
from running, which sleeps until the last page is read from swap.
"""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import write_page
from models.mm.page_cache import ONE_CPU, File, one_swapped
from models.patches import COLLAPSE_UNFROZEN, V4_20
from properties.page_cache import PAGE_CACHE, khugepaged_collapses, no_lookup_spins_while_khugepaged_sleeps
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-shmem-frozen-newpage",
    fix=COLLAPSE_UNFROZEN,
    introduced="v4.8",
    invariants=["LIVE"],
    breaks="Look-ups spin on the huge page, whose count is zero while khugepaged sleeps to read the others from swap.",
)


scenario(
    "collapse-shmem-frozen-newpage",
    state=File,
    threads=[collapse_shmem(), write_page(i=0)],
    properties=[no_lookup_spins_while_khugepaged_sleeps],
    initial=one_swapped,
    constants={ONE_CPU: 1},
    era=V4_20,
    without=[COLLAPSE_UNFROZEN],
    expect=violates("no_lookup_spins_while_khugepaged_sleeps"),
)
scenario(
    "collapse-shmem-frozen-newpage-hangs",
    state=File,
    threads=[collapse_shmem(), write_page(i=0)],
    initial=one_swapped,
    constants={ONE_CPU: 1},
    era=V4_20,
    without=[COLLAPSE_UNFROZEN],
    expect=violates("deadlock"),
)
scenario(
    "collapse-shmem-frozen-newpage",
    state=File,
    threads=[collapse_shmem(), write_page(i=0)],
    properties=[*PAGE_CACHE, khugepaged_collapses],
    initial=one_swapped,
    constants={ONE_CPU: 1},
    era=V4_20,
)
