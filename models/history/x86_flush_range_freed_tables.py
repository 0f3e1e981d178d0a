"""x86-flush-range-freed-tables: a lazy CPU keeps walking a page table that is free (3ef938c35035, CVE-2025-22045)."""

from models.hardware.machine import CELLS, HIGHEST
from models.mm.x86_switch_mm import AddressSpace, fill, flush_tlb_func, leave_lazy, mapped_lazy, retract_page_table
from models.patches import FREED_TABLES, V6_14
from properties.tlb import freed_table_is_not_walked_by_hardware, table_is_freed
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "x86-flush-range-freed-tables",
    fix=FREED_TABLES,
    introduced="v4.20",
    cve="CVE-2025-22045",
    invariants=["TLB", "PTUAF"],
    breaks="khugepaged frees a page table while a lazy CPU may still walk it: it is not interrupted for the flush.",
)

for patches, properties, expect in (
    ([], [], violates("freed_table_is_not_walked_by_hardware")),
    ([FREED_TABLES], [table_is_freed], HOLDS),
):
    scenario(
        "x86-flush-range-freed-tables",
        state=AddressSpace,
        threads=[retract_page_table(), leave_lazy(), flush_tlb_func()],
        properties=[freed_table_is_not_walked_by_hardware, *properties],
        initial=mapped_lazy,
        after_step=[fill],
        constants={CELLS: 3, HIGHEST: 2},
        era=V6_14,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
