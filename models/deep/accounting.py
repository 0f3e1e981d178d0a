"""The equations around split_huge_page() with 4 subpages, for minutes."""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_twice
from models.mm.anon import anon_fault
from models.mm.gup import pin_user_page
from models.mm.page import ANON, MMS
from models.mm.split import split_huge_page
from models.mm.zap import madvise_dontneed, munmap
from models.patches import V4_8
from properties.reached import page_is_split
from properties.safety import MEMORY
from thpverify.lang import scenario

scenario(
    "deep-mm-anon-split-page",
    state=Machine,
    threads=[
        madvise_dontneed(a=0, first=0, last=1),
        munmap(a=1),
        anon_fault(a=0, first=0, last=1),
        split_huge_page(),
        pin_user_page(a=0),
    ],
    properties=[*MEMORY, page_is_split],
    initial=mapped_twice,
    constants={KVM: 0, MMS: 2, ANON: 1},
    era=V4_8,
    deadlock_free=False,
)
