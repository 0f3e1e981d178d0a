"""kvm-thp-adjust-pte-split and kvm-thp-map-pagecache on ARM64, which chose the level of a mapping by the same tests.

ARM64 kept the counters of PageTransCompoundMap() until v5.14 and asks the process's own page table since v5.15.
"""

from models.hardware.arm64_stage2 import fill
from models.hardware.machine import ARM64
from models.kvm.arm64.fault import user_mem_abort
from models.kvm.arm64.machine import Arm64Machine
from models.kvm.set_up import mapped_by_some, mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import cow_fault, shmem_fault
from models.mm.zap import madvise_dontneed, munmap
from models.patches import COMPOUND_MAP, V4_5, V4_8, V5_4, V5_14, V5_15
from properties.data import guest_and_host_read_the_same_data
from properties.lifetime import nothing_freed_is_mapped
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.safety import MEMORY, SECONDARY
from properties.secondary_mmu import primary_is_never_replaced_under_secondary
from properties.stage2 import STAGE2
from thpverify.lang import HOLDS, scenario, violates

VCPU = user_mem_abort(v=0, first=0, last=NR - 1, reads=False)
ANONYMOUS = [madvise_dontneed(a=0, first=0, last=NR - 1), anon_fault(a=0, first=0, last=NR - 1), VCPU]
ONE = [madvise_dontneed(a=0, first=0, last=NR - 1), shmem_fault(a=0, small=True), VCPU]
TWO = [*ONE, shmem_fault(a=1, small=False), munmap(a=1)]
SAFE = [*SECONDARY, *MEMORY, *STAGE2]
SHARED = [guest_and_host_read_the_same_data, primary_is_never_replaced_under_secondary, nothing_freed_is_mapped]
LEVEL = "secondary_level_not_above_primary"
DATA = [guest_and_host_read_the_same_data]

ADJUST = [
    ("", V4_5, [], SAFE, LEVEL),
    ("-data", V4_5, [], DATA, DATA[0].name),
    ("", V4_5, [COMPOUND_MAP], [*SAFE, kvm_maps_2m, kvm_maps_4k], None),
]
for what, era, patches, properties, broken in ADJUST:
    scenario(
        f"kvm-thp-adjust-pte-split-arm64{what}",
        state=Arm64Machine,
        threads=ANONYMOUS,
        properties=properties,
        initial=mapped_once,
        after_step=[fill],
        constants={ARM64: 1, MMS: 1, ANON: 1, NR: 2},
        era=era,
        patches=patches,
        expect=violates(broken) if broken else HOLDS,
    )

PAGECACHE = [
    ("one", V4_8, [COMPOUND_MAP], ONE, SAFE, LEVEL),
    ("one-shared-data", V4_8, [COMPOUND_MAP], ONE, SHARED, None),
    ("one-private-data", V4_8, [COMPOUND_MAP], [*ONE, cow_fault(a=0)], DATA, DATA[0].name),
    ("one", V4_8, [], ONE, [*SAFE, kvm_maps_4k, kvm_maps_2m], "kvm_maps_2m"),
    ("one", V5_4, [], ONE, [*SAFE, kvm_maps_4k, kvm_maps_2m], None),
    ("two", V5_4, [], TWO, SAFE, LEVEL),
    ("two", V5_14, [], TWO, SAFE, LEVEL),
    ("two", V5_15, [], TWO, [*SAFE, kvm_maps_4k, kvm_maps_2m], None),
]
for what, era, without, threads, properties, broken in PAGECACHE:
    scenario(
        f"kvm-thp-map-pagecache-arm64-{what}",
        state=Arm64Machine,
        threads=threads,
        properties=properties,
        initial=mapped_by_some if threads is TWO else mapped_once,
        after_step=[fill],
        constants={ARM64: 1, MMS: 2 if threads is TWO else 1, ANON: 0, NR: 2},
        era=era,
        without=without,
        expect=violates(broken) if broken else HOLDS,
    )
