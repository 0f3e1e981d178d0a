"""One process and one anonymous huge page that it may write, or only read: the state of models/mm/mprotect.py.

The page is nobody else's and is mapped by PMD or by PTEs. Here are the entries, the program's stores and write faults,
and a virtual machine whose memory the page is. An entry is one word. `cached` is what some CPU may have in its TLB: a
translation that is writable and dirty, so that it stores without a look at the entry (`fill`).

Left out: reference counts and mapcounts (rmap.py); who maps the page where nothing is mapped (mmap_lock keeps faults
out); since v6.2 mprotect() makes a dirty entry of an exclusive page writable at once, which here the next fault does.
"""

from enum import Enum

from models.patches import ESTABLISH_PMD
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

NR = Constant("HPAGE_PMD_NR", 2)
MISTAKE = Constant("MISTAKE", 0)  # one of the following, 0 for mprotect() as it is
NO_NOTIFIER = 1
NO_FLUSH = 2


class Kind(Enum):
    NONE = 0
    PAGE = 1  # the page: all of it as a PMD, a subpage as a PTE
    TABLE = 2
    MIGRATION = 3


@record
class Entry:
    kind: Kind = Kind.NONE
    present: Bool = True
    writable: Bool = False  # of a migration entry: whether it was
    dirty: Bool = False


class Spte(Enum):
    NONE = 0
    READ = 1
    WRITE = 2


@record
class Process:
    """`mmap_lock` is its readers, or -1. The page table lock is that of the PMD and of the PTEs."""

    mmap_lock: Int[-1, 2] = 0
    may_write: Array[NR, Bool] = True  # VM_WRITE of the area that the address is in
    ptl: Lock
    pmd: Entry
    pte: Array[NR, Entry]
    page_dirty: Bool = False  # PG_dirty
    cached: Array[NR, Bool] = False
    count: Int[0, 3] = 0  # mmu_notifier_count
    stale: Bool = False  # mmu_notifier_seq has moved since the vCPU read it
    spte: Array[NR, Spte] = Spte.NONE
    written: Array[NR, Ghost[Bool]] = False
    read_only: Array[NR, Ghost[Bool]] = False  # mprotect(PROT_READ) has returned, no other has begun


def mapped_by_pmd(s: Process) -> None:
    """Set up: the page is mapped by PMD, clean, and may be written."""
    s.pmd.kind = Kind.PAGE
    s.pmd.writable = True


def entry(s: Process, i: int):
    """The entry that a walk for subpage i ends at."""
    return s.pte[i] if s.pmd.kind == Kind.TABLE else s.pmd


def walks(s: Process, i: int) -> bool:
    """Whether a walk for subpage i ends at a page."""
    if s.pmd.kind == Kind.TABLE:
        return s.pte[i].kind == Kind.PAGE
    return s.pmd.kind == Kind.PAGE and s.pmd.present


def writes(s: Process, i: int) -> bool:
    """Whether a walk for subpage i ends at a page that may be written."""
    if s.pmd.kind == Kind.TABLE:
        return s.pte[i].kind == Kind.PAGE and s.pte[i].writable
    return s.pmd.kind == Kind.PAGE and s.pmd.present and s.pmd.writable


def is_dirty(s: Process, i: int) -> bool:
    """Whether the entry that a walk for subpage i ends at is dirty."""
    if s.pmd.kind == Kind.TABLE:
        return s.pte[i].dirty
    return s.pmd.dirty


def fill(s: Process) -> None:
    """after_step: what may be walked may be cached."""
    for i in range(NR):
        if writes(s, i) and is_dirty(s, i):
            s.cached[i] = True


def flush_tlb(s: Process, first: int, last: int) -> None:
    """flush_tlb_range(), seen from its end: no CPU has what it has cached."""
    atomic("the end of the flush, before which any CPU may have kept any of them")
    for i in range(NR):
        if first <= i <= last:
            s.cached[i] = False


def set_entry(e, kind: Kind, writable: bool, dirty: bool) -> None:
    """Write an entry that is present."""
    e.kind = kind
    e.present = True
    e.writable = writable
    e.dirty = dirty


def lock_ptl(s: Process):
    """pmd_lock() or pte_offset_map_lock()."""
    while s.ptl:
        yield
    s.ptl = True
    yield "ptl"


def pmdp_invalidate(s: Process):
    """pmdp_invalidate(): the PMD is not present, and what it was is returned: whether it was writable and dirty.

    Until v4.15 it is read and then written. It flushes; change_huge_pmd() has had a form that does not since v5.19.
    """
    if ESTABLISH_PMD.applied:
        atomic("an atomic exchange of the entry")
        writable, dirty = s.pmd.writable, s.pmd.dirty
        s.pmd.present = False
        yield "pmdp_establish"
    else:
        atomic("the entry is one word")
        writable, dirty = s.pmd.writable, s.pmd.dirty
        yield "pmdp_invalidate: pmd read"
        atomic("the entry is one word")
        s.pmd.present = False
        s.pmd.dirty = dirty
        yield "pmdp_invalidate: set_pmd_at"
    return writable, dirty


def invalidate_range_start(s: Process, first: int, last: int) -> None:
    """kvm_mmu_notifier_invalidate_range_start()."""
    atomic("mmu_lock would be taken and dropped in this step")
    s.count += 1
    for i in range(NR):
        if first <= i <= last:
            s.spte[i] = Spte.NONE


def invalidate_range_end(s: Process) -> None:
    """kvm_mmu_notifier_invalidate_range_end()."""
    atomic("mmu_lock would be taken and dropped in this step")
    s.stale = True
    s.count -= 1


@thread
def store(s: Process):
    """The program writes: by what a CPU has cached, or by a walk, which sets the dirty bit of the entry."""
    while True:
        i = choose(j for j in range(NR) if s.cached[j] or writes(s, j))
        atomic("one store: a cached translation, or the walker's locked update of the entry, which is one word")
        if not s.cached[i]:
            if s.pmd.kind == Kind.TABLE:
                s.pte[i].dirty = True
            else:
                s.pmd.dirty = True
        s.written[i] = True
        yield "store"


@thread
def write_fault(s: Process):
    """handle_mm_fault() of a write to what is not writable: do_huge_pmd_wp_page() or do_wp_page() reuse the page."""
    while True:
        i = choose(j for j in range(NR) if walks(s, j) and not writes(s, j) and s.may_write[j])
        atomic("the walk reads the entry; the area is looked at again under mmap_lock")
        yield "write fault"
        while s.mmap_lock < 0:
            yield
        s.mmap_lock += 1
        yield "mmap_read_lock"
        atomic("mmap_lock, held for reading, keeps the area's flags")
        if s.may_write[i]:
            yield "vm_flags"
            yield from lock_ptl(s)
            atomic("ptl covers the entry, which is one word and not writable: no store changes it")
            if walks(s, i) and not writes(s, i):
                if s.pmd.kind == Kind.TABLE:
                    s.pte[i].writable = True
                    s.pte[i].dirty = True
                else:
                    s.pmd.writable = True
                    s.pmd.dirty = True
            yield "set_access_flags"
            s.ptl = False
            yield "unlock"
        atomic("mmap_lock, held for reading, keeps the area's flags")
        s.mmap_lock -= 1
        yield "mmap_read_unlock"


@thread
def vcpu_fault(s: Process):
    """A vCPU's fault, of a read or a write: GUP, and an SPTE that may be written if the process's entry may."""
    while True:
        atomic("the guest's access and the sequence; what was seen is looked at again")
        i, write = choose(
            (j, w) for j in range(NR) for w in (False, True) if s.spte[j] == Spte.NONE or (w and s.spte[j] == Spte.READ)
        )
        s.stale = False
        yield "mmu_notifier_seq read"
        atomic("the entry is one word; a page table, once there, stays")
        found = walks(s, i)
        writable = writes(s, i)
        yield "get_user_pages_fast"
        if found and (writable or not write):
            atomic("mmu_lock would be taken and dropped in this step")
            if not s.stale and s.count == 0:
                s.spte[i] = Spte.WRITE if writable else Spte.READ
            yield "mmu_notifier_retry, spte set"
