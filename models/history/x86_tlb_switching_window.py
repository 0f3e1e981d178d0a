"""x86-tlb-switching-window: a CPU that is just switching is not flushed (fea4e317f9e7, CVE-2025-37964)."""

from models.hardware.machine import CELLS, HIGHEST
from models.hardware.stores import drain
from models.mm.x86_switch_mm import AddressSpace, fill, flush_tlb_func, mapped, switch_mm, zap_page
from models.patches import FLUSH_SWITCHING, V6_14
from properties.tlb import both_cpus_run, freed_page_is_not_used
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "x86-tlb-switching-window",
    fix=FLUSH_SWITCHING,
    introduced="v6.14",
    cve="CVE-2025-37964",
    invariants=["TLB"],
    breaks="A CPU that has loaded CR3 but not yet said so is left out of a flush, and goes on with a stale entry.",
)

for patches, properties, expect in (
    ([], [], violates("freed_page_is_not_used")),
    ([FLUSH_SWITCHING], [both_cpus_run], HOLDS),
):
    scenario(
        "x86-tlb-switching-window",
        state=AddressSpace,
        threads=[zap_page(), switch_mm(), flush_tlb_func(), drain(c=1)],
        properties=[freed_page_is_not_used, *properties],
        initial=mapped,
        after_step=[fill],
        constants={CELLS: 3, HIGHEST: 2},
        era=V6_14,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
