"""kvm-thp-map-pagecache with a second process that maps and unmaps the virtual machine's memory by PMD (v5.4, v5.6)."""

from models.history.kvm_thp_map_pagecache import DATA, EVERY, THREADS
from models.kvm.mmu import READ_AT_ONCE, Machine
from models.kvm.set_up import mapped_by_some
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import cow_fault, shmem_fault
from models.mm.zap import munmap
from models.patches import V5_4, V5_6
from properties.lifetime import nothing_freed_is_mapped
from properties.safety import MEMORY, SECONDARY
from properties.secondary_mmu import primary_is_never_replaced_under_secondary, secondary_has_primary
from thpverify.lang import scenario, violates

BOTH = [*THREADS, shmem_fault(a=1, small=False), munmap(a=1)]
TWO = {"state": Machine, "initial": mapped_by_some}
SMALL = {MMS: 2, ANON: 0, NR: 2}
LIVING = [primary_is_never_replaced_under_secondary, nothing_freed_is_mapped]
TOO_LARGE = violates("secondary_level_not_above_primary")

scenario(
    "kvm-thp-map-pagecache-two",
    threads=BOTH,
    properties=[*SECONDARY, *MEMORY],
    constants={MMS: 2, ANON: 0},
    era=V5_4,
    expect=TOO_LARGE,
    **TWO,
)
scenario(
    "kvm-thp-map-pagecache-two",
    threads=BOTH,
    properties=SECONDARY,
    constants={**SMALL, READ_AT_ONCE: 1},
    era=V5_4,
    variant="v5.4, both counters read at once",
    expect=TOO_LARGE,
    **TWO,
)
TWO = {**TWO, "constants": SMALL}
scenario("kvm-thp-map-pagecache-two-shared-data", threads=BOTH, properties=[DATA, *LIVING], era=V5_4, **TWO)
scenario(
    "kvm-thp-map-pagecache-two-private-data",
    threads=[*BOTH, cow_fault(a=0)],
    properties=[DATA],
    era=V5_4,
    expect=violates("guest_and_host_read_the_same_data"),
    **TWO,
)
scenario("kvm-thp-map-pagecache-two", threads=BOTH, properties=EVERY, era=V5_6, **TWO)
scenario(
    "kvm-thp-map-pagecache-two-unmapped",
    threads=BOTH,
    properties=[secondary_has_primary, *LIVING],
    era=V5_4,
    expect=violates("secondary_has_primary"),
    **TWO,
)
