"""What TLBs and paging-structure caches may still hold, once something is gone. For models that have a `machine`."""

from models.hardware.arm64_contpte import smmu
from models.hardware.arm64_range import MAX_PAGES
from models.hardware.machine import CPUS, FRAMES, PAGES, READ_ONLY, RIGHTS, Kind
from thpverify.lang import at, invariant, reachable


def translates(cpu, page: int) -> bool:
    """Whether the CPU may still have a translation of the address."""
    return any(cpu.tlb[page][z][f][r] for z in range(2) for f in range(FRAMES) for r in range(RIGHTS))


@invariant(code=("TLB", "FWM"))
def freed_page_is_not_translated(s) -> bool:
    """No CPU has a translation of any address to the page once it is free. There is one page. Any era."""
    return not s.freed or not any(translates(cpu, page) for cpu in s.machine.cpu for page in range(PAGES))


@invariant(code=("TLB", "DATA"))
def zapped_address_is_not_translated(s) -> bool:
    """When madvise(MADV_DONTNEED) returns, no CPU reaches what was mapped at the address. Nothing is mapped there
    again. Any era."""
    return all(not s.zapped[page] or not any(translates(cpu, page) for cpu in s.machine.cpu) for page in range(PAGES))


@invariant(code=("TLB", "LOST"))
def protected_address_is_not_written(s) -> bool:
    """When mprotect(PROT_READ) returns, no CPU may store to the address by what it has cached, mapped or not. Any
    era."""
    return all(
        not s.protected[page] or not any(translates_for_writing(cpu, page) for cpu in s.machine.cpu)
        for page in range(PAGES)
    )


def translates_for_writing(cpu, page: int) -> bool:
    """Whether the CPU may still have a translation of the address by which it can store."""
    return any(cpu.tlb[page][z][f][r] for z in range(2) for f in range(FRAMES) for r in range(RIGHTS) if r != READ_ONLY)


@reachable
def address_is_protected(s) -> bool:
    """mprotect() returns, and the page is still mapped."""
    return s.protected[0] and s.machine.pte[0][0].kind == Kind.PAGE


@reachable
def page_is_freed(s) -> bool:
    """The page is freed."""
    return s.freed


@reachable
def page_is_moved(s) -> bool:
    """mremap() has set the new PTE."""
    return s.machine.pte[0][1].kind == Kind.PAGE


@invariant(code="TLB")
def freed_page_is_not_used(s) -> bool:
    """No CPU that has the page tables loaded has a translation to the page once it is free, not even with interrupts
    off. Other CPUs may: they flush before they come back. v4.14 to v6.18 (PCID)."""
    return not s.freed or not any(s.cr3[c] and translates(s.machine.cpu[c], 0) for c in range(CPUS))


@invariant(code=("PTUAF", "TLB"))
def freed_table_is_not_walked_by_hardware(s) -> bool:
    """No CPU that has the page tables loaded, lazy or not, may start a walk at a page table that is free. Any era."""
    return not s.table_freed or not any(s.cr3[c] and s.machine.cpu[c].walk_cache[0] for c in range(CPUS))


@reachable
def both_cpus_run(s) -> bool:
    """The page is freed, and CPU 1 runs in the mm."""
    return s.freed and s.cr3[1] and not s.machine.cpu[1].irqs_off


@reachable
def table_is_freed(s) -> bool:
    """The page table is freed."""
    return s.table_freed


@invariant(code="PTUAF")
def freed_table_is_not_walked_by_software(s) -> bool:
    """GUP-fast reads no page table that is free. Any era."""
    return not s.walked_freed


@invariant(code="REF")
def unrelated_page_is_not_taken(s) -> bool:
    """GUP-fast takes no reference on a page that the process has never mapped, not even for a moment. Any era."""
    return s.taken[1] == 0


@reachable
def page_is_pinned(s) -> bool:
    """GUP-fast finds the page."""
    return s.pinned


@invariant(code=("DIRTY", "LOST"))
def stored_page_is_dirty(s) -> bool:
    """A present entry through which a processor has stored is dirty. Nobody cleans it here. Any era."""
    pmd, pte = s.machine.pmd, s.machine.pte[0][0]
    clean = (pmd.kind == Kind.BLOCK and not pmd.dirty) or (pte.kind != Kind.NONE and not pte.dirty)
    return not s.stored or not clean


@reachable
def page_is_protected_and_dirty(s) -> bool:
    """The entry is write-protected and dirty."""
    return s.protected and (s.machine.pmd.dirty or s.machine.pte[0][0].dirty)


@invariant(code=("TLB", "DIRTY"))
def flushed_range_is_covered(s) -> bool:
    """When a flush of a range returns, its instructions have named every page of it. ARM64, v6.6 and later."""
    return not s.done or s.covered == s.pages


@reachable
def largest_range_is_covered(s) -> bool:
    """The flush of the largest range returns."""
    return s.done and s.pages == MAX_PAGES


@invariant(code="LIVE")
def handled_fault_does_not_repeat(s) -> bool:
    """When a fault is handled, the access that has faulted can pass: nobody takes the entry's bits away. Any era."""
    return not at(smmu[0], "fault handled") or (s.accessed[0] and s.dirty[0])


@reachable
def device_write_passes(s) -> bool:
    """The device's write passes in the end."""
    return s.resolved
