"""mremap-vs-retract: a PMD that khugepaged has emptied is moved as if it had a page table (6fa1066fc5d0, v6.12)."""

from models.mm.move import Moving, empty_table, fill
from models.mm.move_walks import retract_page_tables
from models.mm.mremap import mremap
from models.patches import MREMAP_PMD_AGAIN, V6_11
from properties.mremap import every_pmd_leads_to_a_page_table, page_table_is_retracted
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "mremap-vs-retract",
    fix=MREMAP_PMD_AGAIN,
    introduced="v6.6",
    cve="CVE-2024-50066",
    invariants=["BUG", "PTUAF"],
    breaks="The new PMD gets physical address zero for a page table, which the process can then read and write.",
)

for patches, properties, expect in (
    ([], [], violates("every_pmd_leads_to_a_page_table")),
    ([MREMAP_PMD_AGAIN], [page_table_is_retracted], HOLDS),
):
    scenario(
        "mremap-vs-retract",
        state=Moving,
        threads=[mremap(aligned=True), retract_page_tables()],
        properties=[every_pmd_leads_to_a_page_table, *properties],
        initial=empty_table,
        after_step=[fill],
        era=V6_11,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
