"""One anonymous small page that a parent and its child share after a fork: copy-on-write, and who holds it besides.

v5.7 to v5.19. The question that changed is when a write may reuse the page: when it has one mapping (until v5.8), one
reference (v5.9), or is known to be exclusive (v5.19). Each task has one page in reserve for its copy. The entry is
one word. A pin is a reference here; what tells it from others (page_maybe_dma_pinned) matters for fork only, and the
fork is over. Left out: swap, KSM, mprotect.
"""

from models.patches import ANON_EXCLUSIVE, FORCE_COW_BREAK, NO_FORCED_COW_BREAK, PAGE_COUNT_COW
from thpverify.lang import Array, Bool, Ghost, Int, Lock, Ref, atomic, record, thread

PAGES = 4


@record
class CowPage:
    refcount: Int[0, 7] = 0
    mapcount: Int[0, 2] = 0
    exclusive: Bool = False  # PageAnonExclusive
    secret: Ghost[Bool] = False  # the parent has written to it after the fork


@record
class Process:
    ptl: Lock
    pte: Ref[PAGES] = None
    writable: Bool = False


@record
class Forked:
    """Process 0 is the parent, 1 the child. Page 0 is that of the fork."""

    page: Array[PAGES, CowPage]
    mm: Array[2, Process]
    pinned: Array[2, Ref[PAGES]] = None  # what each process holds by get_user_pages()


def forked(s: Forked) -> None:
    """Both processes map page 0, write-protected."""
    for m in s.mm:
        m.pte = 0
    s.page[0].refcount = 2
    s.page[0].mapcount = 2


def pte_lock(m):
    """pte_offset_map_lock()."""
    while m.ptl:
        yield
    m.ptl = True
    yield "pte lock"


def may_reuse(s, page: int):
    """do_wp_page(): whether the page is this process's alone."""
    if ANON_EXCLUSIVE.applied:
        exclusive = s.page[page].exclusive
        yield "PageAnonExclusive"
        if exclusive:
            return True
    if PAGE_COUNT_COW.applied:
        single = s.page[page].refcount == 1
        yield "page_count"
        return single
    single = s.page[page].mapcount == 1
    yield "reuse_swap_page: page_mapcount"
    return single


def do_wp_page(s, a: int, unshare: bool, copy: int):
    """A write to a write-protected entry, or FAULT_FLAG_UNSHARE: the page gets exclusive, the entry no write bit."""
    m = s.mm[a]
    yield from pte_lock(m)
    page = m.pte
    if page is None or m.writable:
        m.ptl = False
        yield "pte has changed, unlock"
        return
    reuse = yield from may_reuse(s, page)
    if reuse:
        s.page[page].exclusive = True
        yield "page_move_anon_rmap"
        m.writable = not unshare
        m.ptl = False
        yield "wp_page_reuse, pte unlock"
        return
    s.page[page].refcount += 1
    yield "get_page"
    m.ptl = False
    yield "pte unlock"
    yield from wp_page_copy(s, a, page, unshare, copy)
    s.page[page].refcount -= 1
    yield "put_page"


def wp_page_copy(s, a: int, old: int, unshare: bool, copy: int):
    """Copy the page, and map the copy unless the entry has changed."""
    m = s.mm[a]
    assert s.page[copy].refcount == 0
    atomic("the copy is this task's own until it is mapped; copying is no atomic operation, but a write needs a fault")
    s.page[copy].refcount = 1
    s.page[copy].secret = s.page[old].secret
    s.page[copy].exclusive = True
    yield "cow_user_page"
    yield from pte_lock(m)
    if m.pte == old and not m.writable:
        s.page[copy].mapcount = 1
        yield "page_add_new_anon_rmap"
        atomic("the entry is one word")
        m.pte = copy
        m.writable = not unshare
        yield "set_pte_at_notify"
        s.page[old].mapcount -= 1
        m.ptl = False
        yield "page_remove_rmap, pte unlock"
        s.page[old].refcount -= 1
        yield "put_page of the mapping"
    else:
        m.ptl = False
        yield "pte has changed, unlock"
        s.page[copy].refcount = 0
        yield "free the copy"


@thread
def write(s, a: int, copy: int):
    """The process writes to its memory, once."""
    m = s.mm[a]
    while not m.writable:
        atomic("the processor's look only starts the fault; do_wp_page() looks again under the lock")
        yield from do_wp_page(s, a, False, copy)
    atomic("a store: the entry is one word")
    if m.pte is not None:
        s.page[m.pte].secret = True
    yield "store"


def get_user_page(s, a: int, pin: bool, copy: int):
    """get_user_pages() for reading, with FOLL_PIN or FOLL_GET, the way that takes the page table lock."""
    m = s.mm[a]
    while True:
        yield from pte_lock(m)
        page = m.pte
        assert page is not None
        if FORCE_COW_BREAK.applied and not NO_FORCED_COW_BREAK.applied and not m.writable:
            m.ptl = False
            yield "gup: should_force_cow_break_fault, pte unlock"
            yield from do_wp_page(s, a, False, copy)
            continue
        shared = ANON_EXCLUSIVE.applied and pin and not s.page[page].exclusive
        yield "gup: page found"
        if shared:
            m.ptl = False
            yield "gup: gup_must_unshare, pte unlock"
            yield from do_wp_page(s, a, True, copy)
            continue
        s.page[page].refcount += 1
        yield "gup: reference"
        s.pinned[a] = page
        m.ptl = False
        yield "gup: pte unlock"
        return


@thread
def vmsplice_and_unmap(s, a: int, copy: int):
    """vmsplice() puts the page into a pipe (FOLL_GET), munmap(); whoever reads the pipe afterwards sees the page."""
    m = s.mm[a]
    yield from get_user_page(s, a, False, copy)
    yield from pte_lock(m)
    page = m.pte
    m.pte = None
    m.writable = False
    yield "zap_pte_range: pte cleared"
    s.page[page].mapcount -= 1
    m.ptl = False
    yield "page_remove_rmap, pte unlock"
    s.page[page].refcount -= 1
    yield "put_page of the mapping"


@thread
def pin_longterm(s, a: int, copy: int):
    """pin_user_pages(FOLL_LONGTERM) for reading: a device reads the process's memory from now on."""
    yield from get_user_page(s, a, True, copy)
