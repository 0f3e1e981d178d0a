"""kvm-mmio-over-present: an MMIO entry is written over an SPTE that maps memory (aad885e77496, v7.0)."""

from models.kvm.shadow import DIRECT, State, delete_memslot, fill, page_fault, rewrite, unmap
from models.patches import MMIO_DROPS_SPTE, V6_18
from properties.shadow import mmio_is_shadowed, no_freed_frame_is_translated, rmap_names_sptes_that_map
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-mmio-over-present",
    fix=MMIO_DROPS_SPTE,
    introduced="v5.13",
    cve="CVE-2026-23401",
    invariants=["SEC", "MAP"],
    breaks="The host rewrites a guest entry from memory to MMIO: the SPTE is replaced, the reverse map keeps it.",
)

for patches, expect in [([], violates("rmap_names_sptes_that_map")), ([MMIO_DROPS_SPTE], HOLDS)]:
    scenario(
        "kvm-mmio-over-present",
        state=State,
        threads=[rewrite(), page_fault(), delete_memslot(), unmap()],
        properties=[rmap_names_sptes_that_map, no_freed_frame_is_translated, mmio_is_shadowed],
        after_step=[fill],
        constants={DIRECT: 0},
        era=V6_18,
        patches=patches,
        expect=expect,
    )
