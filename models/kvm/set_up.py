"""How the scenarios of a virtual machine start."""

from models.kvm.mmu import Machine
from models.mm.page import ANON, NR, Pmd, Pte, map_huge
from thpverify.lang import choose


def mapped_once(s: Machine) -> None:
    """The virtual machine's process maps the huge page by PMD; nobody else maps it."""
    map_huge(s, 1)


def mapped_twice(s: Machine) -> None:
    """Both processes map the huge page by PMD: as a fork leaves an anonymous page, or two mmaps a file's."""
    map_huge(s, 2)


def mapped_by_some(s: Machine) -> None:
    """None, one or both of the processes map the huge page by PMD already."""
    map_huge(s, choose((0, 1, 2)) if ANON == 0 else choose((1, 2)))


def mapped_by_ptes(s: Machine) -> None:
    """The virtual machine's process maps some subpages of the shmem page by PTEs."""
    map_huge(s, 0)
    s.mm[0].pmd = Pmd.TABLE
    for i in range(NR):
        if choose((True, False)):
            s.mm[0].pte[i] = Pte.PAGE
            s.page.mapcount[i] = 1
            s.page.refcount[0] += 1


def anon_by_ptes(s: Machine) -> None:
    """The process maps the anonymous huge page by PMD, or every subpage of it by PTE."""
    map_huge(s, 1)
    if choose((True, False)):
        s.mm[0].pmd = Pmd.TABLE
        s.page.compound_mapcount = 0
        s.page.refcount[0] = NR
        for i in range(NR):
            s.mm[0].pte[i] = Pte.PAGE
            s.page.mapcount[i] = 1
