"""madv-dontneed-vs-free: MADV_FREE makes a huge PMD none for a moment, MADV_DONTNEED passes by (58ceeb6bec86)."""

from models.mm.huge_pmd import HugePmd, madvise_dontneed_huge, madvise_free_huge_pmd, mapped, read_fault
from models.patches import FREE_NOT_NONE, V4_10
from properties.huge_pmd import discarded_data_does_not_come_back, page_is_lazily_free
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "madv-dontneed-vs-free",
    fix=FREE_NOT_NONE,
    introduced="v4.5",
    invariants=["DATA"],
    breaks="MADV_DONTNEED returns, and the program reads its old data instead of zeroes.",
)

FREE = {
    "state": HugePmd,
    "threads": [madvise_free_huge_pmd(), madvise_dontneed_huge(), read_fault()],
    "initial": mapped,
    "era": V4_10,
    "deadlock_free": False,
}
PROPERTIES = [discarded_data_does_not_come_back, page_is_lazily_free]
KEPT = violates("discarded_data_does_not_come_back")

scenario("madv-dontneed-vs-free", properties=PROPERTIES, expect=KEPT, **FREE)
scenario("madv-dontneed-vs-free", properties=PROPERTIES, patches=[FREE_NOT_NONE], **FREE)
