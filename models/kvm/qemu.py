"""QEMU on tmpfs (-mem-path=/dev/shm,share=on) as a whole: what the mail that this project began with speaks of.

vCPU threads, a main thread that gives memory back and touches it again (the balloon), khugepaged, which takes the page
table away so that the page can be mapped by PMD again, and reclaim, which splits the page: all on one huge page, with
mmap_lock between them. The v6.1 scenario starts with PTEs, so that KVM maps 2M only if khugepaged has been there.
Reclaim stops at the split; that the parts are then written to swap is left out.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import VCPUS, Machine
from models.kvm.set_up import mapped_by_ptes, mapped_once
from models.mm.collapse import collapse_pte_mapped_thp
from models.mm.page import ANON, MMAP_LOCK, MMS, NR
from models.mm.shmem import shmem_fault
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed
from models.patches import FILE_NOTIFIER, V5_10, V6_1
from properties.mapping_level import kvm_maps_2m, kvm_maps_4k
from properties.reached import page_is_split
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import HOLDS, scenario, violates

BALLOON = madvise_dontneed(a=0, first=0, last=0)
TOUCH = shmem_fault(a=0, small=True)
KHUGEPAGED = collapse_pte_mapped_thp(a=0)
RECLAIM = split_huge_page()
SAFE = [*SECONDARY, *MEMORY, kvm_maps_2m, kvm_maps_4k, page_is_split]

for era, patches, reclaim, start, properties, expect in [
    (V5_10, [], [], mapped_once, [*SECONDARY, *MEMORY], violates("secondary_has_primary")),
    (V5_10, [FILE_NOTIFIER], [RECLAIM], mapped_once, SAFE, HOLDS),
    (V6_1, [], [RECLAIM], mapped_by_ptes, SAFE, HOLDS),
]:
    scenario(
        "kvm-qemu",
        state=Machine,
        threads=[BALLOON, TOUCH, KHUGEPAGED, *reclaim, tdp_page_fault(v=0, first=0, last=0)],
        properties=properties,
        initial=start,
        constants={MMS: 1, VCPUS: 1, ANON: 0, NR: 2, MMAP_LOCK: 1},
        era=era,
        patches=patches,
        deadlock_free=False,
        expect=expect,
    )
