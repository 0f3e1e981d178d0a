"""Shmem pages with 4 subpages, punched out and migrated under two processes, and khugepaged with more beside it."""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_by_some
from models.mm.collapse_shmem import collapse_shmem
from models.mm.file_io import pin_page, punch_extent, write_page
from models.mm.gup import pin_user_page
from models.mm.migrate import migrate_pages
from models.mm.page import ANON, MMS, NR
from models.mm.page_cache import File, any_extent
from models.mm.shmem import punch_hole, shmem_fault
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V4_8, V5_4
from properties.page_cache import PAGE_CACHE, khugepaged_collapses, khugepaged_gives_up, the_extent_is_emptied
from properties.reached import page_is_freed, page_leaves_the_cache
from properties.safety import MEMORY
from thpverify.lang import scenario

MAPPED = {
    "state": Machine,
    "properties": [*MEMORY, page_leaves_the_cache, page_is_freed],
    "initial": mapped_by_some,
    "constants": {KVM: 0, MMS: 2, ANON: 0, NR: 4},
    "deadlock_free": False,
}

scenario(
    "deep-mm-shmem-punch-hole",
    threads=[
        shmem_fault(a=0, small=True),
        shmem_fault(a=1, small=False),
        madvise_dontneed(a=0, first=0, last=1),
        punch_hole(),
    ],
    era=V4_8,
    **MAPPED,
)
scenario(
    "deep-mm-shmem-migrate",
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        shmem_fault(a=0, small=True),
        munmap(a=1),
        migrate_pages(),
        pin_user_page(a=0),
    ],
    era=V5_4,
    **MAPPED,
)
scenario(
    "deep-mm-shmem-collapse",
    state=File,
    threads=[collapse_shmem(), write_page(i=0), write_page(i=1), pin_page(i=1), punch_extent(first=0)],
    properties=[*PAGE_CACHE, khugepaged_collapses, khugepaged_gives_up, the_extent_is_emptied],
    initial=any_extent,
    era=V5_4,
)
