"""The fault protocol with both vCPUs on the same two guest frames, for minutes."""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import VCPUS, Machine
from models.kvm.set_up import mapped_twice
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V4_8
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import scenario

scenario(
    "deep-kvm-fault-protocol",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        anon_fault(a=0, first=0, last=1),
        munmap(a=1),
        tdp_page_fault(v=0, first=0, last=1),
        tdp_page_fault(v=1, first=0, last=1),
    ],
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k],
    initial=mapped_twice,
    constants={MMS: 2, VCPUS: 2, ANON: 1},
    era=V4_8,
)
