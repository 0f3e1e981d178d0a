"""Stage-2 faults side by side on ARM64, v6.2 to v6.12 (docs/models/kvm-arm64.md; docs/findings.md, section 5)."""

from models.hardware.arm64_stage2 import TABLES, fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import EAGER_SPLIT, set_memory_region, set_memory_region_once
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.arm64.parallel import rcu_callback
from models.kvm.mmu import VCPUS
from models.kvm.set_up import mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.zap import madvise_dontneed
from models.patches import V6_4, V6_5, V6_12
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.stage2 import (
    PARALLEL,
    STAGE2,
    block_is_mapped,
    page_is_logged,
    table_is_mapped,
    what_can_be_written_is_logged,
)
from thpverify.lang import scenario, violates

PAIR = [user_mem_abort(v=0, first=0, last=0, reads=False), user_mem_abort(v=1, first=1, last=1, reads=False)]
LOGGED = what_can_be_written_is_logged
SIZE = {ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2, TABLES: 3}

scenario(
    "kvm-arm64-parallel",
    state=Arm64Machine,
    threads=[*PAIR, madvise_dontneed(a=0, first=0, last=NR - 1), anon_fault(a=0, first=0, last=NR - 1), rcu_callback()],
    properties=[*SECONDARY, *MEMORY, *STAGE2, *PARALLEL, kvm_maps_2m, kvm_maps_4k],
    initial=mapped_once,
    after_step=[fill],
    constants=SIZE,
    era=V6_12,
)
for name, era, eager in (("", V6_4, 0), ("-eager", V6_5, 1), ("-eager", V6_12, 1)):
    scenario(
        f"kvm-arm64-parallel-dirty-log{name}",
        state=Arm64Machine,
        threads=[*PAIR, set_memory_region_once(), rcu_callback()],
        properties=[*STAGE2, *PARALLEL, LOGGED, block_is_mapped, page_is_logged, table_is_mapped],
        initial=mapped_once,
        after_step=[fill],
        constants={**SIZE, EAGER_SPLIT: eager},
        era=era,
        deadlock_free=False,
    )
for name, eager in (("", 0), ("-eager", 1)):
    scenario(
        f"arm64-dirty-log{name}",
        state=Arm64Machine,
        threads=[*PAIR, set_memory_region(), rcu_callback()],
        properties=[LOGGED],
        initial=mapped_once,
        after_step=[fill],
        constants={**SIZE, EAGER_SPLIT: eager},
        era=V6_12,
        expect=violates(LOGGED.name),
    )
