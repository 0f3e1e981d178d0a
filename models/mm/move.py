"""Two windows of one process, between which mremap() moves what maps a huge page: the state of models/mm/mremap.py.

A window is as large as a page table maps. One page is mapped in one of them, by PMD or by a page table. The reverse map
visits both, `first` first; who links an area, or unlinks one, holds its lock for writing. Locks of PMDs and of page
tables are all different ones, which they are where nothing else is known. A PMD that is WILD leads to what is no page
table.

`read` and `write` are what some CPU may have in its TLB: a translation, and one by which it stores without a look at
the entry. `fill` adds to them whatever can be walked after a step; flushes take away.
"""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, Ref, atomic, choose, record

NR = Constant("HPAGE_PMD_NR", 2)
WINDOWS = 2


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2
    WILD = 3


class Entry(Enum):
    NONE = 0
    READ = 1  # write-protected and clean
    WRITE = 2  # writable and dirty


@record
class Table:
    ptl: Lock
    pte: Array[NR, Entry] = Entry.NONE


@record
class Window:
    linked: Bool = False  # an area of the file (or an anon_vma) is here
    pmd_lock: Lock
    pmd: Pmd = Pmd.NONE
    table: Ref[WINDOWS] = None  # where the PMD is TABLE
    huge: Entry = Entry.NONE  # where it is HUGE: its bits
    read: Array[NR, Bool] = False
    write: Array[NR, Bool] = False
    spte: Array[NR, Bool] = False  # what KVM maps for the guest memory that is backed by this address


@record
class Moving:
    mmap_lock: Int[-1, 2] = 0  # its readers, or -1
    rmap_lock: Int[-1, 2] = 0  # i_mmap_rwsem of the file, or the lock of the anon_vma
    first: Int[0, 1] = 0
    window: Array[WINDOWS, Window]
    table: Array[WINDOWS, Table]
    mapcount: Int[0, NR] = 0
    count: Int[0, 3] = 0  # mmu_notifier_count
    stale: Bool = False  # mmu_notifier_seq has moved since the vCPU read it
    freed: Ghost[Bool] = False
    lost: Ghost[Bool] = False  # a walk has gone on in what is no page table
    cleaning: Array[NR, Ghost[Bool]] = False  # page_mkclean() has begun, and no write fault has come since
    cleaned: Array[NR, Ghost[Bool]] = False  # ... and has returned


def mapped_by_pmd(s: Moving) -> None:
    """Set up: window 0 maps the page by PMD, writable and dirty, or not."""
    s.window[0].linked = True
    s.window[0].pmd = Pmd.HUGE
    s.window[0].huge = Entry.WRITE if choose((True, False)) else Entry.READ
    s.mapcount = 1


def mapped_by_table(s: Moving) -> None:
    """Set up: window 0 maps every subpage by PTE, writable."""
    empty_table(s)
    for i in range(NR):
        s.table[0].pte[i] = Entry.WRITE
    s.mapcount = NR


def empty_table(s: Moving) -> None:
    """Set up: window 0 has a page table that maps nothing."""
    s.window[0].linked = True
    s.window[0].pmd = Pmd.TABLE
    s.window[0].table = 0


def walk(s: Moving, w: int, i: int) -> Entry:
    """What a walk for subpage i of the window ends at."""
    if s.window[w].pmd == Pmd.HUGE:
        return s.window[w].huge
    if s.window[w].pmd == Pmd.TABLE:
        return s.table[s.window[w].table].pte[i]
    return Entry.NONE


def table_of(s: Moving, w: int):
    """The number of the page table that the window's PMD leads to, or None."""
    if s.window[w].table is None:
        return None
    if s.window[w].table == 0:
        return 0
    return 1


def visited(s: Moving, n: int):
    """The window that a walk of the reverse map comes by in the n-th place, or None."""
    atomic("the rmap lock, held for reading, keeps areas linked as they are")
    w = n if s.first == 0 else 1 - n
    return w if s.window[w].linked else None


def fill(s: Moving) -> None:
    """after_step: what may be walked may be cached."""
    for w in range(WINDOWS):
        for i in range(NR):
            if walk(s, w, i) != Entry.NONE:
                s.window[w].read[i] = True
            if walk(s, w, i) == Entry.WRITE:
                s.window[w].write[i] = True


def flush_tlb(s: Moving, w: int, first: int, last: int) -> None:
    """flush_tlb_range() of subpages of the window, seen from its end."""
    atomic("the end of the flush, before which any CPU may have kept any of them")
    for i in range(NR):
        if first <= i <= last:
            s.window[w].read[i] = False
            s.window[w].write[i] = False


def rmap_write_lock(s: Moving):
    """i_mmap_lock_write() or anon_vma_lock_write()."""
    while s.rmap_lock != 0:
        yield
    s.rmap_lock = -1
    yield "rmap lock, for writing"


def rmap_read_lock(s: Moving):
    """i_mmap_lock_read() or anon_vma_lock_read()."""
    while s.rmap_lock < 0:
        yield
    s.rmap_lock += 1
    yield "rmap lock, for reading"


def pmd_lock(s: Moving, w: int):
    """pmd_lock()."""
    while s.window[w].pmd_lock:
        yield
    s.window[w].pmd_lock = True
    yield "pmd lock"


def ptl_lock(s: Moving, t: int):
    """spin_lock() of a page table's lock."""
    while s.table[t].ptl:
        yield
    s.table[t].ptl = True
    yield "ptl"


def invalidate_range_start(s: Moving, w: int) -> None:
    """kvm_mmu_notifier_invalidate_range_start() of the window."""
    atomic("mmu_lock would be taken and dropped in this step")
    s.count += 1
    for i in range(NR):
        s.window[w].spte[i] = False


def invalidate_range_end(s: Moving) -> None:
    """kvm_mmu_notifier_invalidate_range_end()."""
    atomic("mmu_lock would be taken and dropped in this step")
    s.stale = True
    s.count -= 1
