"""kvm-tdp-l2-dirty: writes of a nested guest are not logged by PML, and not noticed otherwise (2673dfb591a3, v6.9)."""

from models.kvm.dirty_log import State, fill, get_dirty_log, logging_started, run
from models.patches import TDP_L2_WRITE_PROTECT, V6_8
from properties.dirty_log import l2_writes, page_is_reported, writes_reach_the_log
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "kvm-tdp-l2-dirty",
    fix=TDP_L2_WRITE_PROTECT,
    introduced="v6.4",
    cve="CVE-2024-26990",
    invariants=["DIRTY"],
    breaks="A nested guest writes to a page whose dirty bit was cleared, and the dirty log never says so.",
)

for patches, expect in [([], violates("writes_reach_the_log")), ([TDP_L2_WRITE_PROTECT], HOLDS)]:
    scenario(
        "kvm-tdp-l2-dirty",
        state=State,
        threads=[run(), get_dirty_log()],
        properties=[writes_reach_the_log, l2_writes, page_is_reported],
        initial=logging_started,
        after_step=[fill],
        era=V6_8,
        patches=patches,
        expect=expect,
    )
