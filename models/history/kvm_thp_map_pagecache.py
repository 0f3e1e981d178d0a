"""kvm-thp-map-pagecache: how KVM may see that a process maps a shmem page by PMD (169226f7e0d2, v5.4).

Three tests, and what replaced them in v5.6 (db5432165e9b). "one" is a virtual machine whose memory nobody else maps,
"two" one whose memory a second process maps and unmaps by PMD meanwhile; "private" is qemu's share=off.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import READ_AT_ONCE, Machine
from models.kvm.set_up import mapped_by_some, mapped_once
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import cow_fault, shmem_fault
from models.mm.zap import madvise_dontneed, munmap
from models.patches import COMPOUND_MAP, PAGECACHE_MAP, V4_8, V5_4, V5_6
from properties.data import guest_and_host_read_the_same_data
from properties.lifetime import nothing_freed_is_mapped
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.secondary_mmu import primary_is_never_replaced_under_secondary, secondary_has_primary
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "kvm-thp-map-pagecache",
    fix=PAGECACHE_MAP,
    introduced="v4.8",
    invariants=["LVL", "PERF"],
    breaks="The test made for anonymous memory never lets KVM map tmpfs 2M; without it, it maps too much.",
)

ONE = [
    madvise_dontneed(a=0, first=0, last=NR - 1),
    shmem_fault(a=0, small=True),
    tdp_page_fault(v=0, first=0, last=NR - 1),
]
TWO = [*ONE, shmem_fault(a=1, small=False), munmap(a=1)]

scenario(
    "kvm-thp-map-pagecache-one",
    state=Machine,
    threads=ONE,
    properties=[*SECONDARY, *MEMORY],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V4_8,
    without=[COMPOUND_MAP],
    expect=violates("secondary_level_not_above_primary"),
)
scenario(
    "kvm-thp-map-pagecache-one-shared-data",
    state=Machine,
    threads=ONE,
    properties=[guest_and_host_read_the_same_data, primary_is_never_replaced_under_secondary, nothing_freed_is_mapped],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V4_8,
    without=[COMPOUND_MAP],
)
scenario(
    "kvm-thp-map-pagecache-one-private-data",
    state=Machine,
    threads=[*ONE, cow_fault(a=0)],
    properties=[guest_and_host_read_the_same_data],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V4_8,
    without=[COMPOUND_MAP],
    expect=violates("guest_and_host_read_the_same_data"),
)
scenario(
    "kvm-thp-map-pagecache-one",
    state=Machine,
    threads=ONE,
    properties=[*SECONDARY, *MEMORY, kvm_maps_4k, kvm_maps_2m],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V4_8,
    expect=violates("kvm_maps_2m"),
)
scenario(
    "kvm-thp-map-pagecache-one",
    state=Machine,
    threads=ONE,
    properties=[*SECONDARY, *MEMORY, kvm_maps_4k, kvm_maps_2m],
    initial=mapped_once,
    constants={MMS: 1, ANON: 0},
    era=V5_4,
)
scenario(
    "kvm-thp-map-pagecache-two",
    state=Machine,
    threads=TWO,
    properties=[*SECONDARY, *MEMORY],
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0},
    era=V5_4,
    expect=violates("secondary_level_not_above_primary"),
)
scenario(
    "kvm-thp-map-pagecache-two",
    state=Machine,
    threads=TWO,
    properties=SECONDARY,
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0, NR: 2, READ_AT_ONCE: 1},
    era=V5_4,
    variant="v5.4, both counters read at once",
    expect=violates("secondary_level_not_above_primary"),
)
scenario(
    "kvm-thp-map-pagecache-two-shared-data",
    state=Machine,
    threads=TWO,
    properties=[guest_and_host_read_the_same_data, primary_is_never_replaced_under_secondary, nothing_freed_is_mapped],
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0, NR: 2},
    era=V5_4,
)
scenario(
    "kvm-thp-map-pagecache-two-private-data",
    state=Machine,
    threads=[*TWO, cow_fault(a=0)],
    properties=[guest_and_host_read_the_same_data],
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0, NR: 2},
    era=V5_4,
    expect=violates("guest_and_host_read_the_same_data"),
)
scenario(
    "kvm-thp-map-pagecache-two",
    state=Machine,
    threads=TWO,
    properties=[*SECONDARY, *MEMORY, kvm_maps_4k, kvm_maps_2m],
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0, NR: 2},
    era=V5_6,
)
scenario(
    "kvm-thp-map-pagecache-two-unmapped",
    state=Machine,
    threads=TWO,
    properties=[secondary_has_primary, primary_is_never_replaced_under_secondary, nothing_freed_is_mapped],
    initial=mapped_by_some,
    constants={MMS: 2, ANON: 0, NR: 2},
    era=V5_4,
    expect=violates("secondary_has_primary"),
)
