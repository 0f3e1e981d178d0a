"""kvm-tdp-iter-restart: after a pause the iterator skips the entry it stood at (3a0f64de479c, v5.16)."""

from models.kvm.tdp_iter import State, unmap_gfn_range, zap_root
from models.patches import TDP_ITER_YIELDED, V5_15
from properties.tdp_iter import freed_root_maps_nothing, root_is_freed, zap_pauses
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-tdp-iter-restart",
    fix=TDP_ITER_YIELDED,
    introduced="v5.10",
    cve="CVE-2021-47094",
    invariants=["SEC", "LEAK"],
    breaks="When zapping a root pauses, the entry at which it paused and all below are skipped.",
)

for patches, expect in [([], violates("freed_root_maps_nothing")), ([TDP_ITER_YIELDED], HOLDS)]:
    scenario(
        "kvm-tdp-iter-restart",
        state=State,
        threads=[zap_root(), unmap_gfn_range()],
        properties=[freed_root_maps_nothing, zap_pauses, root_is_freed],
        era=V5_15,
        patches=patches,
        deadlock_free=False,
        expect=expect,
    )
