"""KVM on ARM64 with 3 subpages, a second process and the walk of the process's page table (v5.15), for minutes."""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.set_up import mapped_by_some
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import shmem_fault
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V5_15
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.stage2 import STAGE2
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
