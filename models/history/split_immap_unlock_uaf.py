"""split-immap-unlock-uaf: the inode goes before its i_mmap_rwsem is released (e923bd21058e, v7.2, CVE-2026-74482)."""

from models.mm.split_evict import Inode, evict, one_folio, split_folio
from models.patches import UNLOCK_IMMAP_FIRST, V6_1
from properties.file_cache import inode_outlives_the_splitter, the_inode_goes_before_the_split_ends
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-immap-unlock-uaf",
    fix=UNLOCK_IMMAP_FIRST,
    introduced="v4.8",
    cve="CVE-2026-74482",
    invariants=["ORDER", "FWM"],
    breaks="The split unlocks the folio that keeps the inode, which is evicted, and then releases the inode's lock.",
)

SPLIT = {"state": Inode, "threads": [split_folio(), evict()], "initial": one_folio, "era": V6_1}
scenario(
    "split-immap-unlock-uaf",
    properties=[inode_outlives_the_splitter],
    expect=violates("inode_outlives_the_splitter"),
    **SPLIT,
)
scenario(
    "split-immap-unlock-uaf",
    properties=[inode_outlives_the_splitter, the_inode_goes_before_the_split_ends],
    patches=[UNLOCK_IMMAP_FIRST],
    **SPLIT,
)
