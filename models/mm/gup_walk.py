"""get_user_pages_fast() on one CPU against the removal of its page table on another, v5.18 to v6.6.

For architectures whose TLB flush sends no IPI (ARM64, or x86-64 with the hypervisor's flush); so nothing of TLBs is
here. CPU 0 is khugepaged, CPU 1 walks with interrupts off. The table is freed and at once somebody else's: what stands
in it then looks like the entry of a page that the process has never mapped.

Left out: the page's own count beyond the walker's reference, and PMDs that are huge.
"""

from models.hardware.machine import NO_ADDRESS, NOTHING, Kind, Machine, set_entry
from models.hardware.x86_mmu import send_ipi, wait_for_ipis
from models.patches import SYNC_WALKERS
from thpverify.lang import Array, Bool, Ghost, Int, atomic, choose, record, thread

PAGE, UNRELATED = 0, 1  # frames


@record
class Tables:
    """`taken` are the references on each page that the walker has taken and not put."""

    machine: Machine
    table_freed: Ghost[Bool] = False
    walked_freed: Ghost[Bool] = False
    taken: Array[2, Int[0, 1]] = 0
    pinned: Ghost[Bool] = False


def mapped(s: Tables) -> None:
    """Set up: the page is mapped by a PTE, or the table is empty."""
    s.machine.pmd.kind = Kind.TABLE
    if choose((False, True)):
        set_entry(s.machine.pte[0][0], (Kind.PAGE, PAGE, True, True, True))


@thread
def retract_page_tables(s: Tables):
    """collapse_and_free_pmd() of v6.0 on CPU 0: pmdp_collapse_flush(), pte_free(); the entries went before."""
    m = s.machine
    set_entry(m.pte[0][0], NOTHING)
    atomic("an entry is one word")
    yield "ptep_clear"
    set_entry(m.pmd, NOTHING)
    yield "pmdp_collapse_flush"
    if SYNC_WALKERS.applied:
        send_ipi(m, 0, 1, NO_ADDRESS)
        yield "tlb_remove_table_sync_one: send IPI"
        yield from wait_for_ipis(m, 0)
        yield "tlb_remove_table_sync_one: done"
    s.table_freed = True
    yield "pte_free"
    set_entry(m.pte[0][0], (Kind.PAGE, UNRELATED, True, True, True))
    atomic("an entry is one word")
    yield "the table is used by somebody else"


@thread
def gup_fast(s: Tables):
    """get_user_pages_fast() on CPU 1: gup_pmd_range(), gup_pte_range() with both second looks (70cbc3cc78a9)."""
    m = s.machine
    m.cpu[1].irqs_off = True
    yield "local_irq_save"
    if m.pmd.kind == Kind.TABLE:
        yield "pmdp_get"
        found = m.pte[0][0].kind == Kind.PAGE
        target = m.pte[0][0].target if found else PAGE
        s.walked_freed = s.walked_freed or s.table_freed
        atomic("an entry is one word")
        yield "ptep_get_lockless"
        if found:
            s.taken[target] = 1
            yield "try_grab_folio"
            same = m.pmd.kind == Kind.TABLE
            yield "look at the PMD again"
            if same:
                same = m.pte[0][0].kind == Kind.PAGE and m.pte[0][0].target == target
                s.walked_freed = s.walked_freed or s.table_freed
                atomic("an entry is one word")
                yield "look at the PTE again"
            if not same:
                s.taken[target] = 0
                yield "gup_put_folio"
            else:
                s.pinned = True
                yield "page found"
    m.cpu[1].irqs_off = False
    atomic("the CPU's own")
    yield "local_irq_restore"
