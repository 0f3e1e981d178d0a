"""kvm-thp-map-split-page: the test of 127393fbe597 while split_huge_page() runs, v4.6 to v4.12 (docs/findings.md).

Until v4.12 try_to_unmap_one() cleared an entry and dropped the mapcount first and told KVM afterwards
(invalidate_page). In between, a fault that has looked the page up before passes the retry check and finds a subpage
without small mappings. From v4.13 on (369ea8242c0f) a notifier range is open all that time.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.set_up import mapped_once
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import shmem_fault
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed
from models.patches import UNMAP_RANGE, V4_8
from properties.data import guest_and_host_read_the_same_data
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.reached import page_is_split
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import known_bug, scenario, violates

known_bug(
    "kvm-thp-map-split-page",
    fix=UNMAP_RANGE,
    introduced="v4.6",
    invariants=["LVL", "DATA"],
    breaks="split_huge_page() clears an entry, then tells KVM, which meanwhile maps 2M by a counter that fell early.",
)

THREADS = [
    madvise_dontneed(a=0, first=0, last=1),
    anon_fault(a=0, first=0, last=1),
    split_huge_page(),
    tdp_page_fault(v=0, first=0, last=1),
]

ANONYMOUS = {"state": Machine, "threads": THREADS, "initial": mapped_once, "constants": {MMS: 1, ANON: 1}, "era": V4_8}
SHMEM = [
    madvise_dontneed(a=0, first=0, last=1),
    shmem_fault(a=0, small=True),
    split_huge_page(),
    tdp_page_fault(v=0, first=0, last=1),
]
TOO_LARGE, DIVERGED = violates("secondary_level_not_above_primary"), violates("guest_and_host_read_the_same_data")

scenario("kvm-thp-map-split-page", properties=[*SECONDARY, *MEMORY], expect=TOO_LARGE, **ANONYMOUS)
scenario("kvm-thp-map-split-page-data", properties=[guest_and_host_read_the_same_data], expect=DIVERGED, **ANONYMOUS)
scenario(
    "kvm-thp-map-split-page",
    properties=[*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k, page_is_split],
    patches=[UNMAP_RANGE],
    **ANONYMOUS,
)
SHARED = {**ANONYMOUS, "threads": SHMEM, "constants": {MMS: 1, ANON: 0, NR: 2}}
scenario("kvm-thp-map-split-page-shmem", properties=SECONDARY, expect=TOO_LARGE, **SHARED)
