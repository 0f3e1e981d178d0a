"""KVM on ARM64: 3 subpages and a second process (v5.15), parallel faults with dirty logging (v6.4), for minutes."""

from models.hardware.arm64_stage2 import TABLES, fill
from models.hardware.machine import ARM64
from models.kvm.arm64.dirty_log import set_memory_region
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.arm64.parallel import rcu_callback
from models.kvm.mmu import VCPUS
from models.kvm.set_up import mapped_by_some, mapped_once
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import shmem_fault
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V5_15, V6_4
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.stage2 import PARALLEL, STAGE2, block_is_mapped, page_is_logged, table_is_mapped
from thpverify.lang import scenario

scenario(
    "deep-kvm-thp-map-pagecache-arm64-two",
    state=Arm64Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        shmem_fault(a=0, small=True),
        user_mem_abort(v=0, first=0, last=1, reads=False),
        shmem_fault(a=1, small=False),
        munmap(a=1),
    ],
    properties=[*SECONDARY, *MEMORY, *STAGE2, kvm_maps_4k, kvm_maps_2m],
    initial=mapped_by_some,
    after_step=[fill],
    constants={ARM64: 1, MMS: 2, ANON: 0, NR: 3},
    era=V5_15,
)
scenario(
    "deep-kvm-arm64-parallel-dirty-log",
    state=Arm64Machine,
    threads=[
        user_mem_abort(v=0, first=0, last=0, reads=False),
        user_mem_abort(v=1, first=1, last=1, reads=False),
        set_memory_region(),
        rcu_callback(),
    ],
    properties=[*STAGE2, *PARALLEL, block_is_mapped, page_is_logged, table_is_mapped],
    initial=mapped_once,
    after_step=[fill],
    constants={ARM64: 1, VCPUS: 2, MMS: 1, ANON: 1, NR: 2, TABLES: 3},
    era=V6_4,
)
