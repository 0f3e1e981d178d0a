"""A virtual machine on a shmem page that the host splits, punches out and faults in again: KVM with the rest of mm.

The same for an anonymous page is in models/history/kvm_thp_map_split_page.py.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS
from models.mm.shmem import punch_hole, shmem_fault
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V5_6
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.reached import page_is_split, page_leaves_the_cache
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import scenario

scenario(
    "kvm-shmem-split-page",
    state=Machine,
    threads=[munmap(a=0), shmem_fault(a=0, small=True), split_huge_page(), tdp_page_fault(v=0, first=0, last=1)],
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k, page_is_split],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V5_6,
)
scenario(
    "kvm-shmem-punch-hole",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        shmem_fault(a=0, small=True),
        punch_hole(),
        tdp_page_fault(v=0, first=0, last=1),
    ],
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k, page_leaves_the_cache],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V5_6,
    deadlock_free=False,
)
