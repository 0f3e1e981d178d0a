"""The equations of refcount and mapcount, without KVM: two processes, every way to map and unmap, split and pin."""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_by_some, mapped_twice
from models.mm.anon import anon_fault
from models.mm.gup import pin_user_page
from models.mm.migrate import migrate_pages
from models.mm.page import ANON, MMS, NR
from models.mm.shmem import punch_hole, shmem_fault
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V4_5, V4_8, V5_4
from properties.reached import page_is_freed, page_is_split, page_leaves_the_cache
from properties.safety import MEMORY
from thpverify.lang import scenario

scenario(
    "mm-anon-split-pmd",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=NR - 1),
        madvise_dontneed(a=1, first=0, last=NR - 1),
        munmap(a=0),
        munmap(a=1),
    ],
    properties=[*MEMORY, page_is_freed],
    initial=mapped_twice,
    constants={KVM: 0, MMS: 2, ANON: 1},
    era=V4_5,
    deadlock_free=False,
)
scenario(
    "mm-anon-split-page",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=NR - 1),
        munmap(a=1),
        anon_fault(a=0, first=0, last=NR - 1),
        split_huge_page(),
        pin_user_page(a=0),
    ],
    properties=[*MEMORY, page_is_split],
    initial=mapped_twice,
    constants={KVM: 0, MMS: 2, ANON: 1, NR: 2},
    era=V4_8,
    deadlock_free=False,
)
scenario(
    "mm-shmem-split-page",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=NR - 1),
        shmem_fault(a=0, small=True),
        shmem_fault(a=1, small=False),
        munmap(a=1),
        split_huge_page(),
        pin_user_page(a=0),
    ],
    properties=[*MEMORY, page_is_split],
    initial=mapped_by_some,
    constants={KVM: 0, MMS: 2, ANON: 0, NR: 2},
    era=V4_8,
    deadlock_free=False,
)
scenario(
    "mm-shmem-punch-hole",
    state=Machine,
    threads=[
        shmem_fault(a=0, small=True),
        shmem_fault(a=1, small=False),
        madvise_dontneed(a=0, first=0, last=NR - 1),
        punch_hole(),
        pin_user_page(a=0),
    ],
    properties=[*MEMORY, page_leaves_the_cache, page_is_freed],
    initial=mapped_by_some,
    constants={KVM: 0, MMS: 2, ANON: 0, NR: 2},
    era=V4_8,
    deadlock_free=False,
)
scenario(
    "mm-shmem-migrate",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=NR - 1),
        shmem_fault(a=0, small=True),
        munmap(a=1),
        migrate_pages(),
        pin_user_page(a=0),
    ],
    properties=[*MEMORY, page_leaves_the_cache, page_is_freed],
    initial=mapped_by_some,
    constants={KVM: 0, MMS: 2, ANON: 0, NR: 2},
    era=V5_4,
    deadlock_free=False,
)
