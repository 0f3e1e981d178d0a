"""mm/hugetlb.c: a page of hugetlbfs, mapped by PMD or not at all, and KVM on it; v4.5.

The case that the comment in transparent_hugepage_adjust() excludes: the size of a mapping is the area's, no PMD is
ever split, no subpage is ever mapped by itself. A hugetlb page counts like an anonymous huge page that is only mapped
by PMD: one mapcount, one reference per mapping. The file's own reference is told as that of a task that never lets
go. Left out: removing the page from the file, copies in private mappings, sharing of PMD tables.
"""

from models.kvm.fault import tdp_page_fault
from models.kvm.mmu import Machine
from models.kvm.notifier import invalidate_range_end, invalidate_range_start
from models.mm.page import ANON, MMS, NR, Pmd, begin, finish, get_page, lock_page, map_huge
from models.patches import V4_5
from properties.mapping_level import kvm_maps_2m
from properties.safety import MEMORY, SECONDARY
from thpverify.lang import atomic, scenario, thread


@thread
def hugetlb_fault(s, a: int):
    """hugetlb_fault() and hugetlb_no_page() of a page that is in the file."""
    m = s.mm[a]
    while True:
        while m.pmd != Pmd.NONE:
            yield
        yield "fault"
        begin(s)
        get_page(s, 0)
        yield "find_lock_page: reference"
        yield from lock_page(s)
        while m.ptl:
            yield
        m.ptl = True
        yield "huge_pte_lock"
        if m.pmd == Pmd.NONE:
            s.page.compound_mapcount += 1
            yield "page_dup_rmap"
            m.pmd = Pmd.HUGE
            s.page.held[0] -= 1
            yield "set_huge_pte_at"
            m.ptl = False
            yield "huge pte unlock"
        else:
            m.ptl = False
            yield "entry is there, unlock"
            s.page.refcount[0] -= 1
            s.page.held[0] -= 1
            yield "put_page"
        s.page.locked = False
        finish(s)
        yield "unlock_page"


@thread
def unmap_hugepage_range(s, a: int):
    """__unmap_hugepage_range(): munmap() or MADV_DONTNEED of the area, as a whole only."""
    m = s.mm[a]
    while True:
        while m.pmd == Pmd.NONE:
            yield
        begin(s)
        yield "munmap"
        yield from invalidate_range_start(s, a, 0, NR - 1)
        while m.ptl:
            yield
        m.ptl = True
        yield "huge_pte_lock"
        if m.pmd == Pmd.HUGE:
            atomic("ptl covers the PMD; the mapping's reference is this task's from now on")
            m.pmd = Pmd.NONE
            s.page.held[0] += 1
            yield "huge_ptep_get_and_clear"
            s.page.compound_mapcount -= 1
            yield "page_remove_rmap"
            s.page.refcount[0] -= 1
            s.page.held[0] -= 1
            yield "flushed, page put"
        m.ptl = False
        yield "huge pte unlock"
        yield from invalidate_range_end(s, a)
        finish(s)
        yield "munmap returns"


def in_the_file(s: Machine) -> None:
    """The file has the page; nobody maps it."""
    map_huge(s, 0)
    s.page.refcount[0] = 1
    s.page.held[0] = 1
    begin(s)


scenario(
    "mm-hugetlb-kvm",
    state=Machine,
    threads=[
        hugetlb_fault(a=0),
        hugetlb_fault(a=0),
        hugetlb_fault(a=1),
        unmap_hugepage_range(a=0),
        tdp_page_fault(v=0, first=0, last=NR - 1),
    ],
    properties=[*MEMORY, *SECONDARY, kvm_maps_2m],
    initial=in_the_file,
    constants={MMS: 2, ANON: 1, NR: 2},
    era=V4_5,
)
