"""khugepaged-anon-vma-race: the area gets an anon_vma after khugepaged has looked (023f47a8250c, v6.2)."""

from models.mm.anon_vma import PrivateArea, private_write_fault, retract_page_tables, rmap_walk_anon
from models.patches import ANON_VMA_AGAIN, V6_1
from properties.anon_vma import (
    private_table_is_retracted,
    rmap_walk_is_in_no_freed_table,
    rmap_walk_looks_at_the_area,
)
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "khugepaged-anon-vma-race",
    fix=ANON_VMA_AGAIN,
    introduced="v4.8",
    cve="CVE-2023-52935",
    invariants=["PTUAF", "LOCK"],
    breaks="A page table is freed while somebody walks it who came by an anon_vma that the area has just got.",
)

RACE = {
    "state": PrivateArea,
    "threads": [retract_page_tables(), private_write_fault(), rmap_walk_anon()],
    "era": V6_1,
}
PROPERTIES = [rmap_walk_is_in_no_freed_table, private_table_is_retracted, rmap_walk_looks_at_the_area]
WALKED = violates("rmap_walk_is_in_no_freed_table")

scenario("khugepaged-anon-vma-race", properties=PROPERTIES, expect=WALKED, **RACE)
scenario("khugepaged-anon-vma-race", properties=PROPERTIES, patches=[ANON_VMA_AGAIN], **RACE)
