"""mm/memory.c: do_set_pmd() and transhuge_vma_suitable(), v4.8 to v6.7: where a PMD may map a file's page.

An area maps the file's pages vm_pgoff.. to the addresses vm_start.. (all in pages). A huge page of the file has an
aligned block of its indices, a PMD an aligned block of addresses; one maps the other only if both have the same offset
in their blocks and the area reaches over the whole block. Where the area begins and ends is symbolic. The area does not
change while a fault runs (mmap_lock). For qemu with -mem-path it is the memory of a machine, and QEMU aligns it.
"""

from thpverify.lang import Bool, Constant, Int, assume, atomic, choose, record, thread

NR = Constant("HPAGE_PMD_NR", 2)
PAGES = Constant("ADDRESS_SPACE_PAGES", 6)  # addresses are below this
INDICES = Constant("FILE_PAGES", 6)  # indices of the file are below this
MISTAKE = Constant("VMA_MISTAKE", 0)  # one of the following, 0 for the kernel's test
ANY_OFFSET = 1  # the offsets in the blocks are not compared
ANY_END = 2  # the ends of the area are not looked at


@record
class Area:
    """struct vm_area_struct, and the PMD for the block that is touched."""

    vm_start: Int[0, PAGES - 1] = 0
    vm_end: Int[1, PAGES] = 1
    vm_pgoff: Int[0, INDICES - 1] = 0
    touched: Int[0, PAGES - 1] = 0
    huge: Bool = False
    haddr: Int[0, PAGES - 1] = 0  # the block of addresses
    hindex: Int[0, INDICES - 1] = 0  # the block of the file's pages that the PMD maps there


def any_area(s: Area) -> None:
    """Set up: an area of the file, somewhere, and an address in it that is touched."""
    assume(s.vm_start < s.vm_end)
    assume(s.vm_pgoff + s.vm_end - s.vm_start <= INDICES)
    assume(s.vm_start <= s.touched and s.touched < s.vm_end)


def suitable(s: Area, haddr: int) -> bool:
    """transhuge_vma_suitable() of the block of addresses that begins at `haddr`."""
    if MISTAKE != ANY_OFFSET and s.vm_start % NR != s.vm_pgoff % NR:
        return False
    return MISTAKE == ANY_END or (haddr >= s.vm_start and haddr + NR <= s.vm_end)


@thread
def fault(s: Area):
    """do_set_pmd() of the huge page at linear_page_index(); whether there is one is the file's business."""
    atomic("mmap_lock keeps the area as it is, the PMD lock covers the PMD")
    index = s.vm_pgoff + s.touched - s.vm_start
    first = s.touched - s.touched % NR
    if choose((False, True)) and suitable(s, first):
        s.huge = True
        s.haddr = first // NR
        s.hindex = index // NR
    yield "pmd set, if it may"
