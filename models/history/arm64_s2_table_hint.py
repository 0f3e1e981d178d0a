"""arm64-s2-table-hint: an emptied table is invalidated with the hint that it was a block (36e008323926, v6.9)."""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.arm64.parallel import rcu_callback
from models.kvm.arm64.stage2 import TTL
from models.kvm.set_up import mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.zap import madvise_dontneed
from models.patches import S2_TABLE_NO_HINT, V6_8
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.stage2 import STAGE2, freed_table_is_not_walked
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "arm64-s2-table-hint",
    fix=S2_TABLE_NO_HINT,
    introduced="v5.10",
    invariants=["PTUAF"],
    breaks="With FEAT_TTL the TLBI drops blocks only; walks may start at the table, whose page is free.",
)

for patches, properties, expect in (
    ([], [freed_table_is_not_walked], violates("freed_table_is_not_walked")),
    ([S2_TABLE_NO_HINT], [*SECONDARY, *MEMORY, *STAGE2, kvm_maps_2m, kvm_maps_4k], HOLDS),
):
    scenario(
        "arm64-s2-table-hint",
        state=Arm64Machine,
        threads=[
            user_mem_abort(v=0, first=0, last=NR - 1, reads=False),
            madvise_dontneed(a=0, first=0, last=NR - 1),
            anon_fault(a=0, first=0, last=NR - 1),
            rcu_callback(),
        ],
        properties=properties,
        initial=mapped_once,
        after_step=[fill],
        constants={ARM64: 1, MMS: 1, ANON: 1, NR: 2, TTL: 1},
        era=V6_8,
        patches=patches,
        expect=expect,
    )
