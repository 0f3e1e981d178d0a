"""x86-tlb-switch-order: a switch reads tlb_gen before others see its loaded_mm (83b0177a6c48, CVE-2025-40174).

Needs the store buffer of CPU 1: the store to loaded_mm is still in it when tlb_gen is read."""

from models.hardware.machine import CELLS, HIGHEST
from models.hardware.stores import drain
from models.mm.x86_switch_mm import AddressSpace, fill, flush_tlb_func, mapped_in_mask, switch_mm, zap_page
from models.patches import SWITCH_ORDER, V6_17
from properties.tlb import both_cpus_run, freed_page_is_not_used
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "x86-tlb-switch-order",
    fix=SWITCH_ORDER,
    introduced="v6.14",
    cve="CVE-2025-40174",
    invariants=["TLB"],
    breaks="tlb_gen may be read before others see loaded_mm: the flush skips the CPU, and the CPU skips the flush.",
)

for patches, properties, expect in (
    ([], [], violates("freed_page_is_not_used")),
    ([SWITCH_ORDER], [both_cpus_run], HOLDS),
):
    scenario(
        "x86-tlb-switch-order",
        state=AddressSpace,
        threads=[zap_page(), switch_mm(), flush_tlb_func(), drain(c=1)],
        properties=[freed_page_is_not_used, *properties],
        initial=mapped_in_mask,
        after_step=[fill],
        constants={CELLS: 3, HIGHEST: 2},
        era=V6_17,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
