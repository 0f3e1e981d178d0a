"""The program's write faults, and a virtual machine, at the addresses of models/mm/move.py; v4.8 to v6.12."""

from models.mm.move import NR, WINDOWS, Entry, Moving, Pmd, ptl_lock, table_of, walk
from thpverify.lang import atomic, choose, thread


@thread
def write_fault(s: Moving):
    """do_wp_page() of a file's page, by PTE: the entry is writable and dirty again. mmap_lock keeps mremap() out."""
    while True:
        atomic("the processor's walk only starts the fault; what it finds is looked at again")
        w, i = choose((v, j) for v in range(WINDOWS) for j in range(NR) if walk(s, v, j) == Entry.READ)
        yield "write fault"
        while s.mmap_lock < 0:
            yield
        s.mmap_lock += 1
        yield "mmap_read_lock"
        found = s.window[w].pmd == Pmd.TABLE
        yield "pmd read"
        if found:
            t = table_of(s, w)
            assert t is not None
            yield "pte_offset_map_lock"
            yield from ptl_lock(s, t)
            if s.table[t].pte[i] == Entry.READ:
                s.cleaning[i] = False
                s.cleaned[i] = False
                s.table[t].pte[i] = Entry.WRITE
            yield "wp_page_reuse"
            s.table[t].ptl = False
            yield "pte unlock"
        s.mmap_lock -= 1
        yield "mmap_read_unlock"


@thread
def vcpu_fault(s: Moving):
    """A vCPU's fault on memory that window 0 backs: the sequence, GUP, and the SPTE, unless it has to retry."""
    m = s.window[0]
    while True:
        atomic("the guest's access and the sequence; what was seen is looked at again")
        i = choose(j for j in range(NR) if not m.spte[j])
        s.stale = False
        yield "mmu_notifier_seq read"
        atomic("GUP holds a reference on what it finds, and has looked at the entry again")
        found = walk(s, 0, i) != Entry.NONE
        yield "get_user_pages_fast"
        if found:
            atomic("mmu_lock would be taken and dropped in this step")
            if not s.stale and s.count == 0:
                m.spte[i] = True
            yield "mmu_notifier_retry, spte set"
