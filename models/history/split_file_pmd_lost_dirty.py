"""split-file-pmd-lost-dirty: the dirty bit of a file's PMD is thrown away with the PMD (e1f1b1572e8d)."""

from models.mm.file_pmd import Window, madvise_split, mapped_clean, reclaim, store
from models.patches import FILE_PMD_DIRTY, V4_8
from properties.file_pmd import PMD_MAPPED, page_is_reclaimed, reclaim_loses_no_store
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "split-file-pmd-lost-dirty",
    fix=FILE_PMD_DIRTY,
    introduced="v4.8",
    invariants=["DIRTY", "LOST"],
    breaks="A split drops the PMD's dirty bit; reclaim then frees a page that looks clean, and the store is lost.",
)

LOST = {
    "state": Window,
    "threads": [store(), madvise_split(), reclaim()],
    "initial": mapped_clean,
    "era": V4_8,
    "deadlock_free": False,
}
scenario(
    "split-file-pmd-lost-dirty",
    properties=[reclaim_loses_no_store],
    expect=violates("reclaim_loses_no_store"),
    **LOST,
)
scenario(
    "split-file-pmd-lost-dirty",
    properties=[*PMD_MAPPED, page_is_reclaimed],
    patches=[FILE_PMD_DIRTY],
    **LOST,
)
