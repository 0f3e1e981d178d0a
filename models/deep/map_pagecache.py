"""What the unsound test of v5.4 does not lead to: the scenarios of kvm_thp_map_pagecache.py with a splitter."""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_by_some
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import shmem_fault
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V5_4
from properties.lifetime import nothing_freed_is_mapped, nothing_small_freed_is_mapped
from properties.reached import page_is_split
from thpverify.lang import scenario

scenario(
    "deep-kvm-thp-map-pagecache-two-split",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        shmem_fault(a=0, small=True),
        tdp_page_fault(v=0, first=0, last=1),
        shmem_fault(a=1, small=False),
        munmap(a=1),
        split_huge_page(),
    ],
    properties=[nothing_freed_is_mapped, nothing_small_freed_is_mapped, page_is_split],
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0, NR: 2},
    era=V5_4,
    deadlock_free=False,
)
