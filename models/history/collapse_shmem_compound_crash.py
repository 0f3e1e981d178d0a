"""collapse-shmem-compound-crash: a huge page where the scan has seen small ones (06a5e1268a5f).

A hole punch empties the extent behind the scan, and a fault puts a huge page there.
"""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import fault_huge, punch_extent
from models.mm.page_cache import File, all_small
from models.patches import COLLAPSE_COMPOUND, V4_20
from properties.page_cache import (
    PAGE_CACHE,
    a_fault_puts_a_huge_page,
    an_emptied_extent_stays_empty,
    khugepaged_collapses,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-shmem-compound-crash",
    fix=COLLAPSE_COMPOUND,
    introduced="v4.8",
    invariants=["BUG"],
    breaks="khugepaged has a VM_BUG_ON() on a huge page that was put into the extent after its scan.",
)

THREADS = [collapse_shmem(), punch_extent(first=0), fault_huge()]

scenario(
    "collapse-shmem-compound-crash",
    state=File,
    threads=THREADS,
    properties=PAGE_CACHE,
    initial=all_small,
    era=V4_20,
    without=[COLLAPSE_COMPOUND],
    expect=violates("assertion"),
)
scenario(
    "collapse-shmem-compound-crash",
    state=File,
    threads=THREADS,
    properties=[*PAGE_CACHE, an_emptied_extent_stays_empty, a_fault_puts_a_huge_page, khugepaged_collapses],
    initial=all_small,
    era=V4_20,
)
