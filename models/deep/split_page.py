"""Larger instances of models/history/kvm_thp_map_split_page.py, for runs of minutes."""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed
from models.patches import V5_4
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.reached import page_is_split
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import scenario

scenario(
    "deep-kvm-thp-map-split-page",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=NR - 1),
        anon_fault(a=0, first=0, last=NR - 1),
        split_huge_page(),
        tdp_page_fault(v=0, first=0, last=NR - 1),
    ],
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k, page_is_split],
    initial=mapped_once,
    constants={MMS: 1, ANON: 1},
    era=V5_4,
)
