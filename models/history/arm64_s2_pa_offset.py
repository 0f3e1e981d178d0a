"""arm64-s2-pa-offset: a walk that has mapped a block goes on in a table, one block further on (1f0f4a2ef7a5, v6.4).

One vCPU has seen that dirty pages are not logged, the other that they are; both hold mmu_lock for reading.
"""

from models.hardware.arm64_stage2 import TABLES, fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import set_memory_region_once
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.arm64.parallel import rcu_callback
from models.kvm.mmu import VCPUS
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS, NR
from models.patches import S2_PA_FROM_IPA, V6_2
from properties.stage2 import (
    STAGE2,
    block_is_mapped,
    page_is_logged,
    table_is_mapped,
    walk_maps_the_memory_of_the_fault,
)
from thpverify.lang import HOLDS, known_bug, scenario, violates

known_bug(
    "arm64-s2-pa-offset",
    fix=S2_PA_FROM_IPA,
    introduced="v6.2",
    invariants=["SEC", "DATA"],
    breaks="The guest's addresses lead to the memory behind the block that they are in.",
)

for patches, properties, expect in (
    ([], [], violates("walk_maps_the_memory_of_the_fault")),
    ([S2_PA_FROM_IPA], [*STAGE2, block_is_mapped, page_is_logged, table_is_mapped], HOLDS),
):
    scenario(
        "arm64-s2-pa-offset",
        state=Arm64Machine,
        threads=[
            user_mem_abort(v=0, first=0, last=0, reads=False),
            user_mem_abort(v=1, first=1, last=1, reads=False),
            set_memory_region_once(),
            rcu_callback(),
        ],
        properties=[walk_maps_the_memory_of_the_fault, *properties],
        initial=mapped_once,
        after_step=[fill],
        constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2, TABLES: 3},
        era=V6_2,
        patches=patches,
        expect=expect,
        deadlock_free=False,
    )
