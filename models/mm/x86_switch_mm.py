"""x86-64: who runs in an address space and who has to flush it, arch/x86/mm/tlb.c of v4.20 to v6.18.

CPU 0 takes something out of the page tables and flushes; CPU 1 switches to the mm, or is lazy in it. A CPU walks the
tables only while CR3 points to them (`cr3`), but keeps what it has cached, by its PCID; so what it has counts only
then. cpu_tlbstate.loaded_mm and mm->context.tlb_gen are words of the machine's memory: CPU 1's stores to them go
through its store buffer. An interrupt finds that empty, so it is a barrier as on real CPUs.

Left out: other address spaces (CPU 1 comes from one that is never flushed), changes of the PCID, trimming of the
mask, global flushes, INVLPGB. tlb_remove_table_sync_one() (v6.1) sends an IPI, too, but that flushes nothing.
"""

from models.hardware.machine import CPUS, NOTHING, PAGE_SIZE, Kind, Machine, set_entry
from models.hardware.stores import drained, read_cell, write_cell
from models.hardware.translation import DIRTY, fill_cpu, invalidate_all, invalidate_page
from models.hardware.x86_mmu import invlpg, mfence, send_ipi, wait_for_ipis
from models.patches import FLUSH_SWITCHING, FREED_TABLES, SWITCH_ORDER
from thpverify.lang import Array, Bool, Ghost, Int, atomic, record, thread

FRAME, LOADED_MM, TLB_GEN = range(3)  # words of memory
OTHER, SWITCHING, MM = range(3)  # of loaded_mm


@record
class AddressSpace:
    """`mask`, `lazy` and `local_gen` are CPU 1's: its bit in mm_cpumask(), is_lazy, ctxs[].tlb_gen."""

    machine: Machine
    cr3: Array[CPUS, Bool] = False
    mask: Bool = False
    lazy: Bool = False
    local_gen: Int[0, 1] = 0
    freed: Ghost[Bool] = False
    table_freed: Ghost[Bool] = False


def fill(s: AddressSpace) -> None:
    """Only who has loaded the page tables walks them."""
    for c in range(CPUS):
        if s.cr3[c]:
            fill_cpu(s.machine, s.machine.cpu[c])


def mapped(s: AddressSpace) -> None:
    """Set up: CPU 0 runs in the mm. CPU 1 did and left, with translations that its PCID keeps; its mask bit is off."""
    s.machine.pmd.kind = Kind.TABLE
    set_entry(s.machine.pte[0][0], (Kind.PAGE, FRAME, True, True, True))
    s.cr3[0] = True
    s.machine.cpu[1].tlb[0][PAGE_SIZE][FRAME][DIRTY] = True


def mapped_in_mask(s: AddressSpace) -> None:
    """Set up: the same, but CPU 1's bit is still in the mask, which is trimmed lazily."""
    mapped(s)
    s.mask = True


def mapped_lazy(s: AddressSpace) -> None:
    """Set up: CPU 1 runs a kernel thread with the mm still loaded."""
    mapped_in_mask(s)
    s.cr3[1] = True
    s.machine.cell[LOADED_MM] = MM
    s.lazy = True


@thread
def zap_page(s: AddressSpace):
    """A page is unmapped, flushed and freed on CPU 0: zap_pte_range(), flush_tlb_mm_range()."""
    set_entry(s.machine.pte[0][0], NOTHING)
    atomic("an entry is one word")
    yield "ptep_get_and_clear"
    yield from flush_tlb_mm_range(s, freed_tables=False)
    s.freed = True
    yield "free_page"


@thread
def retract_page_table(s: AddressSpace):
    """khugepaged takes the page table away on CPU 0: pmdp_collapse_flush(), then pte_free()."""
    set_entry(s.machine.pmd, NOTHING)
    atomic("an entry is one word")
    yield "pmdp_get_and_clear"
    yield from flush_tlb_mm_range(s, freed_tables=FREED_TABLES.applied)
    s.table_freed = True
    yield "pte_free"


def flush_tlb_mm_range(s, freed_tables):
    """flush_tlb_mm_range() by CPU 0: without `freed_tables` it leaves out who is lazy or elsewhere."""
    m = s.machine
    m.cell[TLB_GEN] = 1
    yield "inc_mm_tlb_gen"
    invlpg(m, 0, 0)
    yield "flush_tlb_func: own CPU"
    if not s.mask:
        yield "mm_cpumask: nobody"
        return
    yield "mm_cpumask"
    if not freed_tables:
        loaded = OTHER
        if FLUSH_SWITCHING.applied:
            loaded = m.cell[LOADED_MM]
            yield "should_flush_tlb: loaded_mm"
        if s.lazy:
            yield "should_flush_tlb: lazy"
            return
        yield "should_flush_tlb: not lazy"
        if not FLUSH_SWITCHING.applied:
            loaded = m.cell[LOADED_MM]
        if loaded != MM and not (FLUSH_SWITCHING.applied and loaded == SWITCHING):
            yield "should_flush_tlb: not loaded"
            return
        yield "should_flush_tlb: loaded"
    send_ipi(m, 0, 1, 0)
    yield "send IPI"
    yield from wait_for_ipis(m, 0)
    yield "csd_lock_wait"


@thread
def flush_tlb_func(s: AddressSpace):
    """flush_tlb_func() on CPU 1, in the interrupt."""
    m = s.machine
    cpu = m.cpu[1]
    while cpu.irqs_off or not drained(cpu) or not cpu.ipi[0][0]:
        yield
    atomic("with interrupts off; all but loaded_mm and tlb_gen is the CPU's own, and tlb_gen has its last value")
    if m.cell[LOADED_MM] == MM:
        if s.lazy:
            s.cr3[1] = False
            m.cell[LOADED_MM] = OTHER
        elif s.local_gen != m.cell[TLB_GEN]:
            invalidate_page(m, cpu, 0)
            s.local_gen = 1
    cpu.ipi[0][0] = False
    yield "interrupt handled"


@thread
def switch_mm(s: AddressSpace):
    """switch_mm_irqs_off() on CPU 1, from another mm."""
    m = s.machine
    cpu = m.cpu[1]
    cpu.irqs_off = True
    yield "local_irq_disable"
    write_cell(m, 1, LOADED_MM, SWITCHING)
    yield "loaded_mm = LOADED_MM_SWITCHING"
    if not s.mask:
        yield "cpumask_test_cpu: off"
        yield from mfence(m, 1)
        s.mask = True
        yield "cpumask_set_cpu"
    else:
        yield "cpumask_test_cpu: on"
        if SWITCH_ORDER.applied:
            yield from mfence(m, 1)
            yield "smp_mb"
    gen = read_cell(m, 1, TLB_GEN)
    yield "next_tlb_gen"
    yield from mfence(m, 1)
    s.cr3[1] = True
    if gen != s.local_gen:
        invalidate_all(cpu)
        s.local_gen = gen
    atomic("what it changes is the CPU's own")
    yield "load_new_mm_cr3"
    write_cell(m, 1, LOADED_MM, MM)
    yield "loaded_mm = next"
    yield from mfence(m, 1)
    cpu.irqs_off = False
    yield "local_irq_enable"


@thread
def leave_lazy(s: AddressSpace):
    """switch_mm_irqs_off() on CPU 1 with prev == next: the kernel thread gives the CPU to a task of the mm."""
    m = s.machine
    cpu = m.cpu[1]
    cpu.irqs_off = True
    yield "local_irq_disable"
    if m.cell[LOADED_MM] == MM:
        atomic("loaded_mm is the CPU's own")
        s.lazy = False
        yield "is_lazy = false, smp_mb"
        if m.cell[TLB_GEN] != s.local_gen:
            invalidate_all(cpu)
            s.local_gen = 1
        atomic("what it changes is the CPU's own")
        yield "next_tlb_gen, load_new_mm_cr3"
    else:
        yield "loaded_mm is another"
    cpu.irqs_off = False
    yield "local_irq_enable"
