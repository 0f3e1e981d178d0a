"""collapse-shmem-hole-accounting: holes that a failed collapse gives back stay in nrpages (aaa52e340073).

Index 0 is a hole; index 1 has a page, which somebody may hold pinned: then the collapse fails and is undone.
"""

from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import pin_page
from models.mm.page_cache import File, one_hole
from models.patches import CHARGE_NRPAGES, V4_20
from properties.page_cache import (
    INODE,
    PAGE_CACHE,
    khugepaged_collapses,
    khugepaged_gives_up,
    nrpages_counts_the_slots,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "collapse-shmem-hole-accounting",
    fix=CHARGE_NRPAGES,
    introduced="v4.8",
    invariants=["ACCT", "BUG"],
    breaks="When a collapse fails, mapping->nrpages keeps the holes it had filled: BUG_ON() when the inode is evicted.",
)

scenario(
    "collapse-shmem-hole-accounting",
    state=File,
    threads=[collapse_shmem(), pin_page(i=1)],
    properties=[nrpages_counts_the_slots],
    initial=one_hole,
    era=V4_20,
    without=[CHARGE_NRPAGES],
    expect=violates("nrpages_counts_the_slots"),
)
scenario(
    "collapse-shmem-hole-accounting",
    state=File,
    threads=[collapse_shmem(), pin_page(i=1)],
    properties=[*PAGE_CACHE, *INODE, khugepaged_collapses, khugepaged_gives_up],
    initial=one_hole,
    era=V4_20,
)
