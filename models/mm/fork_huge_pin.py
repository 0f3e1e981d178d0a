"""A pin of an anonymous huge page and a fork, v5.8 to v5.18: mm/gup.c, mm/huge_memory.c and mm/memory.c.

As in fork_pin.py, fork has to leave the parent with the page that a device has. A huge page is not copied as one: fork
splits the PMD and copies the subpages, all of them, since a pin counts for the whole page. Where it is not pinned,
parent and child map it by PMD, write-protected, and a write splits the PMD and copies one subpage.

Left out: the TLB, swap, the parts of the mapcount (rmap.py: `mapped` is what total_mapcount() and page_mapcount() add
up), the page lock (both who look at the mapcount hold mmap_lock and ptl), the small pages' counts, as nobody shares
one. The task that pins is another than the one that forks.
"""

from enum import Enum

from models.patches import FORK_COPIES_PINNED, FORK_SEQCOUNT, FORK_SPLITS_PINNED, PAGE_COUNT_COW
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

NR = Constant("HPAGE_PMD_NR", 2)
MISTAKE = Constant("MISTAKE", 0)  # one of the following, 0 for the kernel as it is
KEEP_WRITABLE = 1
NO_REFERENCES = 2


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2


class Frame(Enum):
    NONE = 0
    PAGE = 1  # the subpage of the huge page
    COPY = 2  # a small page of this process's own


@record
class Entry:
    frame: Frame = Frame.NONE
    writable: Bool = False


@record
class HugeProcess:
    ptl: Lock  # that of the PMD and of the PTEs
    pmd: Pmd = Pmd.NONE
    writable: Bool = False  # of the PMD
    pte: Array[NR, Entry]


@record
class ForkingHuge:
    """Process 0 is the parent, 1 the child. `sequence` is write_protect_seq, which one fork moves from 0 to 2."""

    refcount: Int[0, 4 * NR + 3] = 1
    pins: Int[0, 2] = 0  # of the references: compound_pincount()
    mapped: Array[NR, Int[0, 2]] = 1  # mappings of the subpage, by PMD and by PTE
    mm: Array[2, HugeProcess]
    has_pinned: Bool = False  # mm->has_pinned of the parent
    sequence: Int[0, 2] = 0
    mmap_lock: Int[-1, 3] = 0  # the parent's: its readers, or -1, as fork holds it
    pinned: Array[NR, Frame] = Frame.NONE  # what a device has in the subpage's place
    forked: Ghost[Bool] = False


def writable_huge_page(s: ForkingHuge) -> None:
    """Set up: the parent has written to the huge page and forks."""
    s.mm[0].pmd = Pmd.HUGE
    s.mm[0].writable = True


def frame(m, i: int) -> Frame:
    """What a walk for subpage i finds."""
    if m.pmd == Pmd.HUGE:
        return Frame.PAGE
    return m.pte[i].frame if m.pmd == Pmd.TABLE else Frame.NONE


def writes(m, i: int) -> bool:
    """Whether a walk for subpage i finds a page that may be written."""
    return m.writable if m.pmd == Pmd.HUGE else m.pmd == Pmd.TABLE and m.pte[i].writable


def lock_ptl(m):
    """pmd_lock(), pte_offset_map_lock()."""
    while m.ptl:
        yield
    m.ptl = True
    yield "ptl"


def mmap_read_lock(s: ForkingHuge):
    """mmap_read_lock() of the parent's memory."""
    while s.mmap_lock < 0:
        yield
    s.mmap_lock += 1
    yield "mmap_read_lock"


def split_huge_pmd(s: ForkingHuge, m):
    """__split_huge_pmd(): the page table that has the same rights, and a reference for each of its entries."""
    yield from lock_ptl(m)
    if m.pmd == Pmd.HUGE:
        if MISTAKE != NO_REFERENCES:
            s.refcount += NR - 1
            yield "page_ref_add"
        atomic("ptl covers the entries; the table is not in place yet")
        for i in range(NR):
            m.pte[i].frame = Frame.PAGE
            m.pte[i].writable = m.writable
        yield "set_pte_at"
        atomic("the PMD is one word; it is not present for a moment, which is as good as ptl being held")
        m.pmd = Pmd.TABLE
        m.writable = False
        yield "pmd_populate"
    m.ptl = False
    yield "unlock"


@thread
def fork(s: ForkingHuge):
    """dup_mmap(), copy_page_range(), copy_pmd_range(), copy_huge_pmd(), copy_pte_range(), under mmap_lock."""
    while s.mmap_lock != 0:
        yield
    s.mmap_lock = -1
    yield "mmap_write_lock"
    if FORK_SEQCOUNT.applied:
        s.sequence = 1
        yield "raw_write_seqcount_begin"
    copied = yield from copy_huge_pmd(s)
    if not copied:
        for i in range(NR):
            yield from copy_pte(s, i)
    if FORK_SEQCOUNT.applied:
        s.sequence = 2
        yield "raw_write_seqcount_end"
    s.forked = True
    s.mmap_lock = 0
    yield "mmap_write_unlock"


def copy_huge_pmd(s: ForkingHuge):
    """copy_huge_pmd(): the child maps the page too, or, since v5.9, the parent's PMD is split if it may be pinned."""
    parent, child = s.mm[0], s.mm[1]
    yield from lock_ptl(parent)
    if FORK_SPLITS_PINNED.applied:
        maybe_pinned = s.has_pinned
        yield "has_pinned"
        if maybe_pinned:
            maybe_pinned = s.pins > 0
            yield "page_maybe_dma_pinned"
        if maybe_pinned:
            parent.ptl = False
            yield "pmd unlock"
            yield from split_huge_pmd(s, parent)
            return False
    s.refcount += 1
    yield "get_page"
    for i in range(NR):
        s.mapped[i] += 1
        atomic("page_dup_rmap: one atomic addition to the compound mapcount")
    yield "page_dup_rmap"
    if MISTAKE != KEEP_WRITABLE:
        parent.writable = False
        yield "pmdp_set_wrprotect"
    child.pmd = Pmd.HUGE
    parent.ptl = False
    atomic("nobody knows the child yet")
    yield "set_pmd_at: child, pmd unlock"
    return True


def copy_pte(s: ForkingHuge, i: int):
    """copy_present_pte(): shared, or copied if the page may be pinned; the copy is allocated without the lock."""
    parent, child = s.mm[0], s.mm[1]
    allocated = False
    while True:
        yield from lock_ptl(parent)
        maybe_pinned = False
        if FORK_COPIES_PINNED.applied:
            maybe_pinned = s.has_pinned
            yield "has_pinned"
            if maybe_pinned:
                maybe_pinned = s.pins > 0
                yield "page_maybe_dma_pinned"
        if not maybe_pinned or allocated:
            break
        parent.ptl = False
        allocated = True
        yield "-EAGAIN: pte unlock, page_copy_prealloc"
    atomic("nobody knows the child yet")
    child.pmd = Pmd.TABLE
    if maybe_pinned:
        child.pte[i].frame = Frame.COPY
        child.pte[i].writable = True
        yield "copy_present_page"
    else:
        s.refcount += 1
        yield "get_page"
        s.mapped[i] += 1
        yield "page_dup_rmap"
        parent.pte[i].writable = False
        yield "ptep_set_wrprotect"
        child.pte[i].frame = Frame.PAGE
        yield "set_pte_at: child"
    parent.ptl = False
    yield "pte unlock"


@thread
def exit_child(s: ForkingHuge):
    """The child's exit_mmap(): what it maps is unmapped, the references go."""
    child = s.mm[1]
    while child.pmd == Pmd.NONE or s.mmap_lock < 0:
        yield
    atomic("fork is over; the child's memory is its own")
    yield "exit"
    if child.pmd == Pmd.HUGE:
        child.pmd = Pmd.NONE
        yield "pmd cleared"
        for i in range(NR):
            atomic("page_remove_rmap: one atomic subtraction from the compound mapcount")
            s.mapped[i] -= 1
        yield "page_remove_rmap"
        s.refcount -= 1
        yield "put_page"
    else:
        for i in range(NR):
            atomic("the child's memory is its own")
            found = child.pte[i].frame
            child.pte[i].frame = Frame.NONE
            yield "pte cleared"
            if found == Frame.PAGE:
                s.mapped[i] -= 1
                yield "page_remove_rmap"
                s.refcount -= 1
                yield "put_page"


@thread
def pin_user_pages_fast(s: ForkingHuge):
    """pin_user_pages_fast(FOLL_WRITE) of one address of the parent: lockless, or with mmap_lock and the page table's.

    Faults are left to write(): where the slow way would have to fault, it tries again. A copy is pinned as well; its
    count is not of interest, as nobody shares it.
    """
    m = s.mm[0]
    s.has_pinned = True
    yield "has_pinned set"
    i = choose(range(NR))
    begun = 0
    if FORK_SEQCOUNT.applied:
        begun = s.sequence
        yield "read_seqcount"
    if begun != 1:
        done = yield from pin_fast(s, i, begun)
        if done:
            return
    while True:
        yield from mmap_read_lock(s)
        yield from lock_ptl(m)
        atomic("ptl covers the entry; one atomic addition to the count of the page that it maps")
        found = frame(m, i) if writes(m, i) else Frame.NONE
        s.pinned[i] = found
        if found == Frame.PAGE:
            s.refcount += 1
            s.pins += 1
        m.ptl = False
        yield "gup slow: pinned, unless it has to fault"
        s.mmap_lock -= 1
        yield "mmap_read_unlock"
        if found != Frame.NONE:
            return
        while not writes(m, i):
            atomic("it only waits for the fault")
            yield
        atomic("it only waits for the fault")
        yield "fault is over"


def pin_fast(s: ForkingHuge, i: int, begun: int):
    """gup_huge_pmd() or gup_pte_range(), and since v5.11 the look at write_protect_seq."""
    m = s.mm[0]
    atomic("a page table, once there, stays: PMD and PTE are one read")
    huge = m.pmd == Pmd.HUGE
    found = frame(m, i) if writes(m, i) else Frame.NONE
    yield "gup: entry read"
    if found == Frame.NONE:
        return False
    if found == Frame.PAGE:
        atomic("one atomic addition to the count, which is not zero: a mapping or the pin of another keeps it")
        s.refcount += 1
        s.pins += 1
        yield "try_grab_compound_head"
    atomic("a page table, once there, stays: PMD and PTE are one read")
    same = huge == (m.pmd == Pmd.HUGE) and found == frame(m, i) and writes(m, i)
    yield "gup: entry again"
    if same and FORK_SEQCOUNT.applied:
        same = s.sequence == begun
        yield "read_seqcount_retry"
    if same:
        s.pinned[i] = found
        yield "pinned"
        return True
    if found == Frame.PAGE:
        atomic("one atomic subtraction from the count")
        s.refcount -= 1
        s.pins -= 1
        yield "unpin_user_page"
    return False


@thread
def write(s: ForkingHuge):
    """The parent writes to one address again and again: do_huge_pmd_wp_page(), do_wp_page() and a copy if need be."""
    m = s.mm[0]
    while True:
        i = choose(j for j in range(NR) if not writes(m, j))
        atomic("the processor's walk only starts the fault")
        yield "page fault"
        yield from mmap_read_lock(s)
        split = yield from do_huge_pmd_wp_page(s)
        if split:
            yield from do_wp_page(s, i)
        s.mmap_lock -= 1
        yield "mmap_read_unlock"


def may_reuse(s: ForkingHuge):
    """do_wp_page() of a subpage: whether this is the page's only mapping, or, since v5.9, its only reference."""
    if PAGE_COUNT_COW.applied:
        single = s.refcount == 1
        yield "page_count"
        return single
    atomic("mappings of the page only go now: fork needs mmap_lock, and a subpage that has one has no more")
    single = all(s.mapped[j] <= 1 for j in range(NR))
    yield "reuse_swap_page: page_trans_huge_mapcount"
    return single


def do_huge_pmd_wp_page(s: ForkingHuge):
    """do_huge_pmd_wp_page() since v5.8: reuse where nobody else maps it, or split; whether there is a table now.

    Nobody else makes the entry writable: this is the only task that faults.
    """
    m = s.mm[0]
    yield from lock_ptl(m)
    if m.pmd == Pmd.TABLE:
        m.ptl = False
        yield "pmd unlock: a table"
        return True
    atomic("mappings of the page only go now: fork needs mmap_lock, and a subpage that has one has no more")
    single = all(s.mapped[i] == 1 for i in range(NR))
    yield "reuse_swap_page: page_trans_huge_mapcount"
    if single:
        m.writable = True
        m.ptl = False
        yield "set_access_flags, pmd unlock"
        return False
    m.ptl = False
    yield "pmd unlock"
    yield from split_huge_pmd(s, m)
    return True


def do_wp_page(s: ForkingHuge, i: int):
    """do_wp_page(): reuse where may_reuse() says so, or wp_page_copy(), which lets go of the lock while it copies."""
    m = s.mm[0]
    yield from lock_ptl(m)
    assert not m.pte[i].writable, "this is the only task that faults"
    single = yield from may_reuse(s)
    if single:
        m.pte[i].writable = True
        m.ptl = False
        yield "wp_page_reuse, pte unlock"
        return
    s.refcount += 1
    yield "get_page"
    m.ptl = False
    yield "pte unlock, cow_user_page"
    yield from lock_ptl(m)
    assert m.pte[i].frame == Frame.PAGE
    atomic("ptl covers the entry, which is one word; nobody else changes it while mmap_lock is held")
    m.pte[i].frame = Frame.COPY
    m.pte[i].writable = True
    yield "set_pte_at_notify"
    s.mapped[i] -= 1
    yield "page_remove_rmap"
    m.ptl = False
    yield "pte unlock"
    s.refcount -= 1
    yield "put_page of the mapping"
    s.refcount -= 1
    yield "put_page"
