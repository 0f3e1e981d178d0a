"""numa-clear-bad-pmd: NUMA balancing takes a huge PMD that has just been mapped for a bad one (8b272b3cbbb5, v5.6)."""

from models.mm.huge_pmd import HugePmd, change_pmd_range, write_fault
from models.patches import CLEAR_BAD_PMD, V5_5
from properties.huge_pmd import hinting_fault_is_due, written_page_stays_mapped
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "numa-clear-bad-pmd",
    fix=CLEAR_BAD_PMD,
    introduced="v3.8",
    invariants=["LOST", "DATA"],
    breaks="Two looks at one PMD, the first before a fault maps a huge page: the page is taken away with its data.",
)

for patches, properties, expect in (
    ([], [], violates("written_page_stays_mapped")),
    ([CLEAR_BAD_PMD], [hinting_fault_is_due], HOLDS),
):
    scenario(
        "numa-clear-bad-pmd",
        state=HugePmd,
        threads=[change_pmd_range(), write_fault()],
        properties=[written_page_stays_mapped, *properties],
        era=V5_5,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
