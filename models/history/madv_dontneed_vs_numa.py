"""madv-dontneed-vs-numa: a huge PMD is none for a moment, and MADV_DONTNEED passes it by (ced108037c2a).

The fix keeps the entry from being none, but until v4.15 pmdp_invalidate() could lose a dirty bit on the way.
"""

from models.mm.huge_pmd import HugePmd, change_huge_pmd, madvise_dontneed_huge, mapped, read_fault, store
from models.patches import ESTABLISH_PMD, NUMA_NOT_NONE, V4_10
from properties.huge_pmd import (
    discarded_data_does_not_come_back,
    hinting_fault_is_due,
    written_page_has_a_dirty_entry,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "madv-dontneed-vs-numa",
    fix=NUMA_NOT_NONE,
    introduced="v3.8",
    invariants=["DATA"],
    breaks="MADV_DONTNEED returns, and the program reads its old data instead of zeroes.",
)

NUMA = {
    "state": HugePmd,
    "threads": [change_huge_pmd(), madvise_dontneed_huge(), read_fault()],
    "initial": mapped,
    "era": V4_10,
    "deadlock_free": False,
}
DATA = [discarded_data_does_not_come_back, hinting_fault_is_due]
DIRTY = [written_page_has_a_dirty_entry, hinting_fault_is_due]
KEPT = violates("discarded_data_does_not_come_back")

scenario("madv-dontneed-vs-numa", properties=DATA, expect=KEPT, **NUMA)
scenario("madv-dontneed-vs-numa", properties=DATA, patches=[NUMA_NOT_NONE], **NUMA)
STORE = {**NUMA, "threads": [change_huge_pmd(), store()]}
scenario(
    "madv-dontneed-vs-numa-dirty",
    properties=DIRTY,
    patches=[NUMA_NOT_NONE],
    expect=violates("written_page_has_a_dirty_entry"),
    **STORE,
)
scenario(
    "madv-dontneed-vs-numa-dirty",
    properties=DIRTY,
    patches=[NUMA_NOT_NONE, ESTABLISH_PMD],
    **STORE,
)
