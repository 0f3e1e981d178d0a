"""gup-fast-vs-collapse-ipi: GUP-fast walks a page table that is free (2ba99c5e0881)."""

from models.hardware.machine import CELLS, FRAMES
from models.hardware.x86_mmu import interrupt
from models.mm.gup_walk import Tables, gup_fast, mapped, retract_page_tables
from models.patches import SYNC_WALKERS, V6_0
from properties.tlb import (
    freed_table_is_not_walked_by_software,
    page_is_pinned,
    table_is_freed,
    unrelated_page_is_not_taken,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "gup-fast-vs-collapse-ipi",
    fix=SYNC_WALKERS,
    introduced="v4.8",
    invariants=["PTUAF", "REF"],
    breaks="khugepaged frees a page table while GUP-fast walks it: a flush that sends no IPI does not wait for that.",
)

PROPERTIES = [freed_table_is_not_walked_by_software, unrelated_page_is_not_taken, page_is_pinned, table_is_freed]
for what, patches, properties, expect in (
    ("", [], PROPERTIES[:1], violates("freed_table_is_not_walked_by_software")),
    ("-ref", [], PROPERTIES[1:2], violates("unrelated_page_is_not_taken")),
    ("", [SYNC_WALKERS], PROPERTIES, HOLDS),
):
    scenario(
        f"gup-fast-vs-collapse-ipi{what}",
        state=Tables,
        threads=[retract_page_tables(), gup_fast(), interrupt(c=1)],
        properties=properties,
        initial=mapped,
        constants={CELLS: 2, FRAMES: 2},
        era=V6_0,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
