"""kvm-thp-map-pagecache: how KVM may see that a process maps a shmem page by PMD (169226f7e0d2, v5.4).

Here for memory that nobody else maps; "private" is qemu's share=off. kvm_thp_map_pagecache_two.py has a second process.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_once
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import cow_fault, shmem_fault
from models.mm.zap import madvise_dontneed
from models.patches import COMPOUND_MAP, PAGECACHE_MAP, V4_8, V5_4
from properties.data import guest_and_host_read_the_same_data
from properties.lifetime import nothing_freed_is_mapped
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.secondary_mmu import primary_is_never_replaced_under_secondary
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "kvm-thp-map-pagecache",
    fix=PAGECACHE_MAP,
    introduced="v4.8",
    invariants=["LVL", "PERF"],
    breaks="The test made for anonymous memory never lets KVM map tmpfs 2M; without it, it maps too much.",
)

THREADS = [
    madvise_dontneed(a=0, first=0, last=NR - 1),
    shmem_fault(a=0, small=True),
    tdp_page_fault(v=0, first=0, last=NR - 1),
]
ONE = {"state": Machine, "initial": mapped_once, "constants": {MMS: 1, ANON: 0}}
QUOTED = {**ONE, "era": V4_8, "without": [COMPOUND_MAP]}
EVERY = [*SECONDARY, *MEMORY, kvm_maps_4k, kvm_maps_2m]
DATA = guest_and_host_read_the_same_data
TOO_LARGE = violates("secondary_level_not_above_primary")

scenario("kvm-thp-map-pagecache", threads=THREADS, properties=EVERY, era=V4_8, expect=violates("kvm_maps_2m"), **ONE)
scenario("kvm-thp-map-pagecache", threads=THREADS, properties=EVERY, era=V5_4, **ONE)
scenario("kvm-thp-map-pagecache", threads=THREADS, properties=[*SECONDARY, *MEMORY], expect=TOO_LARGE, **QUOTED)
scenario(
    "kvm-thp-map-pagecache-one-shared-data",
    threads=THREADS,
    properties=[DATA, primary_is_never_replaced_under_secondary, nothing_freed_is_mapped],
    **QUOTED,
)
scenario(
    "kvm-thp-map-pagecache-one-private-data",
    threads=[*THREADS, cow_fault(a=0)],
    properties=[DATA],
    expect=violates("guest_and_host_read_the_same_data"),
    **QUOTED,
)
