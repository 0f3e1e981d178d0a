"""One process on two x86-64 CPUs: who changes a PTE, when the TLBs follow, and when the page goes; v4.8 to v4.19.

The TLBs, interrupts and flushes are those of models/hardware. A PTE is written in memory at once, although set_pte_at()
is a plain store: it adds a translation, and being seen later by other CPUs' walks only takes some away; who takes the
page table lock sees it in any case. No CPU needs a thread that uses the memory: what it could use is the may-set.

Left out: the reverse map and the page's count: one PTE maps the page, and who clears it for good frees it.
"""

from models.hardware.machine import CPUS, NOTHING, PAGES, Kind, Machine, set_entry
from models.hardware.x86_mmu import invlpg, send_ipi, wait_for_ipis
from models.patches import FLUSH_BATCHED, FLUSH_NESTED, MREMAP_FLUSH
from thpverify.lang import Array, Bool, Ghost, Int, Lock, atomic, choose, record, thread

OLD, NEW = 0, 1
FRAME = 0
MAPPED = (Kind.PAGE, FRAME, True, True, True)
MAPPED_CLEAN = (Kind.PAGE, FRAME, True, True, False)
READ_ONLY_DIRTY = (Kind.PAGE, FRAME, False, True, True)
READ_ONLY_CLEAN = (Kind.PAGE, FRAME, False, True, False)


@record
class Process:
    """`pending` is mm->tlb_flush_pending."""

    machine: Machine
    ptl: Lock
    pending: Int[0, 2] = 0
    batched: Bool = False  # mm->tlb_flush_batched: reclaim has cleared an entry and has not flushed yet
    freed: Ghost[Bool] = False
    zapped: Array[PAGES, Ghost[Bool]] = False  # an madvise() of the address has returned
    protected: Array[PAGES, Ghost[Bool]] = False  # an mprotect(PROT_READ) of the address has returned


def mapped(s: Process) -> None:
    """Set up: address OLD is mapped, dirty or clean; NEW is not."""
    s.machine.pmd.kind = Kind.TABLE
    set_entry(s.machine.pte[0][OLD], MAPPED if choose((False, True)) else MAPPED_CLEAN)


def flush_tlb(m, c: int, page: int):
    """flush_tlb_range() of one page by CPU `c`."""
    invlpg(m, c, page)
    for to in range(CPUS):
        if to != c:
            send_ipi(m, c, to, page)
    atomic("the own TLB, and a request to the other CPU")
    yield "flush_tlb_range: invlpg, send IPI"
    yield from wait_for_ipis(m, c)


@thread
def move_ptes(s: Process, c: int):
    """move_ptes(), mm/mremap.c, of one PTE from OLD to NEW, on CPU `c`; both page table locks are one."""
    m = s.machine
    while s.ptl:
        yield
    s.ptl = True
    yield "pte_lock"
    present = m.pte[0][OLD].kind == Kind.PAGE
    flushed = False
    if present:
        dirty = m.pte[0][OLD].dirty
        set_entry(m.pte[0][OLD], NOTHING)
        yield "ptep_get_and_clear"
        set_entry(m.pte[0][NEW], MAPPED if dirty else MAPPED_CLEAN)
        yield "set_pte_at"
        if dirty or MREMAP_FLUSH.applied:
            yield from flush_tlb(m, c, OLD)
            flushed = True
            yield "flush_tlb_range: done"
    s.ptl = False
    yield "pte_unlock"
    if present and not flushed:
        yield from flush_tlb(m, c, OLD)
        yield "flush_tlb_range: done"


@thread
def madvise_dontneed(s: Process, c: int, page: int):
    """madvise(MADV_DONTNEED) of one address on CPU `c`: zap_pte_range() between tlb_gather_mmu(), tlb_finish_mmu()."""
    m = s.machine
    if FLUSH_NESTED.applied:
        s.pending += 1
        yield "tlb_gather_mmu"
    while s.ptl:
        yield
    s.ptl = True
    yield "pte_lock"
    found = m.pte[0][page].kind == Kind.PAGE
    if found:
        set_entry(m.pte[0][page], NOTHING)
        yield "ptep_get_and_clear"
    s.ptl = False
    yield "pte_unlock"
    if found or (FLUSH_NESTED.applied and s.pending > 1):
        yield "mm_tlb_flush_nested"
        yield from flush_tlb(m, c, page)
    if found:
        s.freed = True
        yield "free_pages_and_swap_cache"
    if FLUSH_NESTED.applied:
        s.pending -= 1
    s.zapped[page] = True
    yield "tlb_finish_mmu"


@thread
def shrink_page_list(s: Process, c: int):
    """Reclaim on CPU `c`: try_to_unmap_one() with TTU_BATCH_FLUSH, the flush for the whole batch, and the page goes.

    Left out: writing the page (a dirty one is flushed before that), and the swap entry, which maps nothing.
    """
    m = s.machine
    while s.ptl:
        yield
    s.ptl = True
    yield "page_vma_mapped_walk: pte_lock"
    found = m.pte[0][OLD].kind == Kind.PAGE
    if found:
        set_entry(m.pte[0][OLD], NOTHING)
        yield "ptep_get_and_clear"
        if FLUSH_BATCHED.applied:
            s.batched = True
            yield "set_tlb_ubc_flush_pending"
    s.ptl = False
    yield "pte_unlock"
    if found:
        yield from flush_tlb(m, c, OLD)
        s.freed = True
        yield "try_to_unmap_flush, page freed"


@thread
def mprotect(s: Process, c: int):
    """mprotect(PROT_READ) of one address on CPU `c`: change_pte_range() and the flush, if it has changed anything."""
    m = s.machine
    while s.ptl:
        yield
    s.ptl = True
    yield "pte_lock"
    if FLUSH_BATCHED.applied and s.batched:
        yield from flush_tlb(m, c, OLD)
        s.batched = False
        yield "flush_tlb_batched_pending"
    found = m.pte[0][OLD].kind == Kind.PAGE
    if found:
        dirty = m.pte[0][OLD].dirty
        set_entry(m.pte[0][OLD], NOTHING)
        yield "ptep_modify_prot_start"
        set_entry(m.pte[0][OLD], READ_ONLY_DIRTY if dirty else READ_ONLY_CLEAN)
        yield "ptep_modify_prot_commit"
    s.ptl = False
    yield "pte_unlock"
    if found:
        yield from flush_tlb(m, c, OLD)
    s.protected[OLD] = True
    yield "mprotect returns"
