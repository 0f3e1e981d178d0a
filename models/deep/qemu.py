"""QEMU on tmpfs as in models/kvm/qemu.py, with two vCPUs that fault in parallel (v6.12), both addresses given back."""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import VCPUS, Machine
from models.kvm.set_up import mapped_by_ptes
from models.mm.collapse import collapse_pte_mapped_thp
from models.mm.page import ANON, MMAP_LOCK, MMS, NR
from models.mm.shmem import shmem_fault
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed
from models.patches import V6_12
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.reached import faults_run_in_parallel, page_is_split
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import scenario

scenario(
    "deep-kvm-qemu",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        shmem_fault(a=0, small=True),
        collapse_pte_mapped_thp(a=0),
        split_huge_page(),
        tdp_page_fault(v=0, first=0, last=1),
        tdp_page_fault(v=1, first=1, last=1),
    ],
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k, page_is_split, faults_run_in_parallel],
    initial=mapped_by_ptes,
    constants={MMS: 1, VCPUS: 2, ANON: 0, NR: 2, MMAP_LOCK: 1},
    era=V6_12,
    deadlock_free=False,
)
