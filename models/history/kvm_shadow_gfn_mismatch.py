"""kvm-shadow-gfn-mismatch: a shadow page is used for frames that are not its own (0cb2af2ea66a, v7.1)."""

from models.kvm.shadow import DIRECT, State, delete_memslot, fill, page_fault, rewrite, unmap
from models.patches import SHADOW_GFN_CHECK, V6_18
from properties.shadow import no_freed_frame_is_translated, rmap_names_sptes_that_map, second_window_is_shadowed
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-shadow-gfn-mismatch",
    fix=SHADOW_GFN_CHECK,
    introduced="v2.6.20",
    cve="CVE-2026-46113",
    invariants=["SEC", "FWM"],
    breaks="The host rewrites a huge guest entry: the reverse map keeps an SPTE of a shadow page that is freed.",
)

SAFE = [rmap_names_sptes_that_map, no_freed_frame_is_translated]
for patches, properties, expect in [
    ([], SAFE, violates("rmap_names_sptes_that_map")),
    ([SHADOW_GFN_CHECK], [*SAFE, second_window_is_shadowed], HOLDS),
]:
    scenario(
        "kvm-shadow-gfn-mismatch",
        state=State,
        threads=[rewrite(), page_fault(), delete_memslot(), unmap()],
        properties=properties,
        after_step=[fill],
        constants={DIRECT: 1},
        era=V6_18,
        patches=patches,
        expect=expect,
    )
