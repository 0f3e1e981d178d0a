"""khugepaged-retract-locks: a page table is freed under a walk that started from i_mmap (8d3c106e19e8, v6.1)."""

from models.mm.retract import Process, collapse_pte_mapped_thp, fault, some_mapped, unmap_mapping_range
from models.patches import RETRACT_LOCKS, V5_4
from properties.page_table import (
    RETRACTION,
    mapcount_is_never_negative,
    no_freed_page_table_is_used,
    retraction_excludes_rmap_walks,
    the_page_table_is_freed,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "khugepaged-retract-locks",
    fix=RETRACT_LOCKS,
    introduced="v5.4",
    invariants=["PTUAF", "LOCK"],
    breaks="khugepaged frees a page table without i_mmap_rwsem, under which truncation walks it.",
)

WALK = {
    "state": Process,
    "threads": [collapse_pte_mapped_thp(), unmap_mapping_range(i=0), fault(i=1)],
    "initial": some_mapped,
    "era": V5_4,
}
scenario(
    "khugepaged-retract-locks",
    properties=[no_freed_page_table_is_used],
    expect=violates("no_freed_page_table_is_used"),
    **WALK,
)
scenario(
    "khugepaged-retract-locks-discipline",
    properties=[retraction_excludes_rmap_walks],
    expect=violates("retraction_excludes_rmap_walks"),
    **WALK,
)
scenario(
    "khugepaged-retract-locks-twice",
    properties=[mapcount_is_never_negative],
    expect=violates("mapcount_is_never_negative"),
    **WALK,
)
scenario(
    "khugepaged-retract-locks",
    properties=[*RETRACTION, the_page_table_is_freed],
    patches=[RETRACT_LOCKS],
    **WALK,
)
