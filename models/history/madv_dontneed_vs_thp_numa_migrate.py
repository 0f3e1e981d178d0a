"""madv-dontneed-vs-thp-numa-migrate: a NUMA fault clears the PMD, then maps the new page (d7c3393413fe, v4.20)."""

from models.mm.huge_pmd import HugePmd, madvise_dontneed_huge, mapped_for_numa, numa_fault, read_fault, store
from models.patches import MIGRATE_NOT_NONE, V4_19
from properties.huge_pmd import discarded_data_does_not_come_back, page_has_moved, written_page_has_a_dirty_entry
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "madv-dontneed-vs-thp-numa-migrate",
    fix=MIGRATE_NOT_NONE,
    introduced="v3.8",
    invariants=["DATA"],
    breaks="MADV_DONTNEED returns, and the migrated page with the old data is mapped after that.",
)

MIGRATE = {
    "state": HugePmd,
    "threads": [numa_fault(), madvise_dontneed_huge(), read_fault(), store()],
    "initial": mapped_for_numa,
    "era": V4_19,
    "deadlock_free": False,
}
PROPERTIES = [discarded_data_does_not_come_back, written_page_has_a_dirty_entry, page_has_moved]
KEPT = violates("discarded_data_does_not_come_back")

scenario("madv-dontneed-vs-thp-numa-migrate", properties=PROPERTIES, expect=KEPT, **MIGRATE)
scenario("madv-dontneed-vs-thp-numa-migrate", properties=PROPERTIES, patches=[MIGRATE_NOT_NONE], **MIGRATE)
