"""A pin that GUP-fast takes while the process forks, v5.9 to v5.18: mm/gup.c and mm/memory.c, one anonymous small page.

fork copies a page early if it is pinned, so that the parent keeps the one that the device has. Other pages are shared
write-protected, and whoever writes first gets a copy. The task that pins runs on another CPU than fork does. A pin adds
GUP_PIN_COUNTING_BIAS to the count, in one atomic operation; `pins` tells them from other references. Left out: the
TLB (a store through a stale entry is a story of its own), and huge pages.
"""

from models.mm.cow import PAGES, Process, pte_lock
from models.patches import FORK_SEQCOUNT
from thpverify.lang import Array, Bool, Int, Ref, atomic, record, thread

FORK_COPY, WRITE_COPY = 1, 2  # the pages in reserve for the copies


@record
class PinPage:
    refcount: Int[0, 7] = 0
    pins: Int[0, 2] = 0  # of the references


@record
class Forking:
    """Process 0 is the parent, 1 the child. `sequence` is write_protect_seq, which one fork moves from 0 to 2."""

    page: Array[PAGES, PinPage]
    mm: Array[2, Process]
    pinned: Array[2, Ref[PAGES]] = None  # what each process has pinned
    has_pinned: Bool = False  # mm->has_pinned of the parent
    sequence: Int[0, 2] = 0
    mmap_lock: Int[-1, 2] = 0  # the parent's: its readers, or -1, as fork holds it


def writable_page(s: Forking) -> None:
    """Set up: the parent has written to page 0 and forks."""
    s.mm[0].pte = 0
    s.mm[0].writable = True
    s.page[0].refcount = 1


@thread
def fork(s: Forking):
    """copy_page_range(), copy_present_pte() and copy_present_page(), under mmap_lock."""
    parent, child = s.mm[0], s.mm[1]
    while s.mmap_lock != 0:
        yield
    s.mmap_lock = -1
    yield "mmap_write_lock"
    if FORK_SEQCOUNT.applied:
        s.sequence = 1
        yield "raw_write_seqcount_begin"
    yield from pte_lock(parent)
    page = parent.pte
    maybe_pinned = s.has_pinned
    yield "has_pinned"
    if page is not None:
        if maybe_pinned:
            maybe_pinned = s.page[page].pins > 0
            yield "page_maybe_dma_pinned"
        if maybe_pinned:
            s.page[FORK_COPY].refcount = 1
            child.pte = FORK_COPY
            child.writable = True
            atomic("nobody knows the child or its copy yet")
            yield "copy_present_page"
        else:
            s.page[page].refcount += 1
            yield "get_page"
            parent.writable = False
            yield "ptep_set_wrprotect"
            child.pte = page
            yield "set_pte_at: child"
    parent.ptl = False
    yield "pte unlock"
    if FORK_SEQCOUNT.applied:
        s.sequence = 2
        yield "raw_write_seqcount_end"
    s.mmap_lock = 0
    yield "mmap_write_unlock"


@thread
def exit_child(s: Forking):
    """The child's exit_mmap()."""
    child = s.mm[1]
    while child.pte is None or s.mmap_lock < 0:
        yield
    atomic("fork is over; the child's memory is its own")
    page = child.pte
    child.pte = None
    yield "pte cleared"
    if page is not None:
        s.page[page].refcount -= 1
        yield "put_page"


def mmap_read_lock(s: Forking):
    """mmap_read_lock() of the parent's memory."""
    while s.mmap_lock < 0:
        yield
    s.mmap_lock += 1
    yield "mmap_read_lock"


@thread
def pin_user_pages_fast(s: Forking):
    """pin_user_pages_fast(FOLL_WRITE) of the parent: lockless, or, if that fails, with mmap_lock and faults."""
    m = s.mm[0]
    s.has_pinned = True
    yield "has_pinned set"
    begun = 0
    if FORK_SEQCOUNT.applied:
        begun = s.sequence
        yield "read_seqcount"
    if begun != 1:
        atomic("the entry is one word")
        page = m.pte if m.writable else None
        yield "gup: entry read"
        if page is not None:
            atomic("one atomic addition to the count, unless that is zero")
            got = s.page[page].refcount > 0
            if got:
                s.page[page].refcount += 1
                s.page[page].pins += 1
            yield "try_grab_compound_head"
            if got:
                atomic("the entry is one word")
                same = m.pte == page and m.writable
                yield "gup: entry again"
                if same and FORK_SEQCOUNT.applied:
                    same = s.sequence == begun
                    yield "read_seqcount_retry"
                if same:
                    s.pinned[0] = page
                    yield "pinned"
                    return
                atomic("one atomic subtraction from the count")
                s.page[page].refcount -= 1
                s.page[page].pins -= 1
                yield "unpin_user_page"
    yield from mmap_read_lock(s)
    yield from pte_lock(m)
    atomic("ptl covers the entry; one atomic addition to the count of the page that it maps")
    if m.writable and m.pte is not None:
        s.page[m.pte].refcount += 1
        s.page[m.pte].pins += 1
        s.pinned[0] = m.pte
    m.ptl = False
    yield "gup slow: pinned, unless it has to fault"
    s.mmap_lock -= 1
    yield "mmap_read_unlock"


@thread
def write(s: Forking):
    """The parent writes: do_wp_page() reuses the page if it has one reference, and copies it otherwise."""
    m = s.mm[0]
    while m.writable:
        yield
    yield "page fault"
    yield from mmap_read_lock(s)
    yield from pte_lock(m)
    page = m.pte
    if page is not None and not m.writable:
        single = s.page[page].refcount == 1
        yield "page_count"
        if single:
            m.writable = True
        else:
            atomic("the copy is this task's own until it is mapped; the entry is one word")
            s.page[WRITE_COPY].refcount = 1
            m.pte = WRITE_COPY
            m.writable = True
            yield "wp_page_copy"
            s.page[page].refcount -= 1
            yield "put_page of the mapping"
    m.ptl = False
    yield "pte unlock"
    s.mmap_lock -= 1
    yield "mmap_read_unlock"
