"""The PAGEMAP_SCAN ioctl write-protects a PTE on CPU 0 while CPU 1 stores through it; x86-64, v6.7 to v6.9.

The processor's store, its walk and its dirty bit are those of models/hardware. Left out: the scan's result. A huge page
is protected by its PMD, which has always been taken from the exchange.
"""

from models.hardware import translation
from models.hardware.machine import NOTHING, Kind, Machine, set_entry
from models.hardware.x86_mmu import invlpg, send_ipi, wait_for_ipis
from models.patches import WRITE_PROTECT_OLD
from thpverify.lang import Bool, Ghost, Lock, atomic, record, thread

FRAME = 0


@record
class Scanned:
    machine: Machine
    ptl: Lock
    stored: Ghost[Bool] = False  # CPU 1 has stored through the PTE
    protected: Ghost[Bool] = False


def mapped_clean(s: Scanned) -> None:
    """Set up: a writable PTE, accessed and clean."""
    s.machine.pmd.kind = Kind.TABLE
    set_entry(s.machine.pte[0][0], (Kind.PAGE, FRAME, True, True, False))


def mapped_huge(s: Scanned) -> None:
    """Set up: a writable PMD of a huge page, accessed and clean."""
    set_entry(s.machine.pmd, (Kind.BLOCK, FRAME, True, True, False))


@thread
def pagemap_scan_pmd(s: Scanned):
    """make_uffd_wp_pmd() and the flush behind it, fs/proc/task_mmu.c."""
    m = s.machine
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd_trans_huge_lock"
    dirty = m.pmd.dirty
    set_entry(m.pmd, NOTHING)
    atomic("xchg of one entry; one that is not present lets nothing through, whatever else it says")
    yield "pmdp_invalidate_ad"
    set_entry(m.pmd, (Kind.BLOCK, FRAME, False, True, dirty))
    atomic("an entry is one word")
    yield "set_pmd_at"
    s.ptl = False
    s.protected = True
    yield "spin_unlock"
    yield from flush_page(s)


@thread
def pagemap_scan(s: Scanned):
    """make_uffd_wp_pte() and the flush behind it, fs/proc/task_mmu.c."""
    m = s.machine
    while s.ptl:
        yield
    s.ptl = True
    yield "pte_lock"
    dirty = False
    if not WRITE_PROTECT_OLD.applied:
        dirty = m.pte[0][0].dirty
        yield "ptep_get"
    if WRITE_PROTECT_OLD.applied:
        dirty = m.pte[0][0].dirty
    set_entry(m.pte[0][0], NOTHING)
    atomic("xchg of one entry")
    yield "ptep_modify_prot_start"
    set_entry(m.pte[0][0], (Kind.PAGE, FRAME, False, True, dirty))
    atomic("an entry is one word")
    yield "ptep_modify_prot_commit"
    s.ptl = False
    s.protected = True
    yield "pte_unlock"
    yield from flush_page(s)


def flush_page(s: Scanned):
    """flush_tlb_range() of the one page."""
    m = s.machine
    invlpg(m, 0, 0)
    send_ipi(m, 0, 1, 0)
    atomic("the own TLB, and a request to the other CPU")
    yield "flush_tlb_range: invlpg, send IPI"
    yield from wait_for_ipis(m, 0)
    yield "flush_tlb_range: done"


@thread
def store(s: Scanned):
    """The process stores to the page on CPU 1, twice; a fault ends it."""
    for _ in range(2):
        if translation.store(s.machine, 1, 0, 1):
            atomic("the processor's walk, which faults")
            return
        s.stored = True
        atomic("one instruction, its dirty bit included")
        yield "store"
