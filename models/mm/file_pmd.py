"""One shmem huge page that one process maps by PMD, v4.8 to v6.12: what a PMD can be, and who clears it.

A model of its own beside `page.py`: the PMD has all its states and its dirty bit here, and the page is one object with
one mapcount (before v6.2 the kernel also counts every subpage, which is told there). Of the references of the page
cache, one for each subpage, one is told: they come and go together. The PMD lock covers PMD and counters.
"""

from enum import Enum

from models.patches import (
    COUNTER_BEFORE_PUT,
    COUNTER_OF_PAGE,
    FILE_PMD_DIRTY,
    PMD_PRESENT_CHECK,
    SPLIT_MIGRATION_ENTRY,
)
from thpverify.lang import Array, Bool, Ghost, Int, Lock, atomic, choose, record, thread

HUGE = 0  # the huge page
OTHER = 1  # the page whose frame number the bits of a migration entry spell when they are taken for a present PMD's


class Pmd(Enum):
    NONE = 0
    TABLE = 1
    HUGE = 2
    INVALID = 3  # pmdp_invalidate(): not present for the processor; pmd_present() and pmd_trans_huge() still say yes
    MIGRATION = 4


@record
class Page:
    """`held` are the references of running tasks, which the kernel does not store."""

    locked: Lock
    refcount: Int[0, 7] = 0
    held: Ghost[Int[0, 7]] = 0
    mapcount: Int[0, 2] = 0
    dirty: Bool = False
    cached: Bool = False  # in the page cache
    frozen: Ghost[Bool] = False


@record
class Window:
    """`filepages` is the process's MM_FILEPAGES, in huge pages."""

    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pmd_dirty: Bool = False
    page: Array[2, Page]
    filepages: Int[-1, 2] = 0
    unsaved: Ghost[Bool] = False  # the process has stored to the page, and that is not on swap
    reclaimed: Ghost[Bool] = False  # reclaim has freed the page
    used_freed: Ghost[Bool] = False  # somebody has read a page that was free


def mapped_clean(s: Window) -> None:
    """Set up: the process has read the page and maps it by a writable, clean PMD; another page is in use elsewhere."""
    s.pmd = Pmd.HUGE
    s.filepages = 1
    s.page[HUGE].refcount = 2
    s.page[HUGE].mapcount = 1
    s.page[HUGE].cached = True
    s.page[OTHER].refcount = 2
    s.page[OTHER].held = 1  # of a mapping elsewhere
    s.page[OTHER].mapcount = 1
    s.page[OTHER].cached = True


def mapped_or_table(s: Window) -> None:
    """Set up: as `mapped_clean`; or the process maps nothing, by an empty page table."""
    mapped_clean(s)
    if choose((False, True)):
        s.pmd = Pmd.TABLE
        s.filepages = 0
        s.page[HUGE].refcount = 1
        s.page[HUGE].mapcount = 0


def get(s: Window, p: int) -> None:
    """A task takes a reference on page p."""
    s.page[p].refcount += 1
    s.page[p].held += 1


def put(s: Window, p: int) -> None:
    """A task gives its reference on page p back."""
    s.page[p].refcount -= 1
    s.page[p].held -= 1


def lock_page(s: Window):
    """lock_page() of the huge page."""
    while s.page[HUGE].locked:
        yield
    s.page[HUGE].locked = True
    yield "lock_page"


def unlock_page(s: Window):
    """unlock_page() and put_page() of the huge page."""
    s.page[HUGE].locked = False
    yield "unlock_page"
    put(s, HUGE)
    yield "put_page"


@thread
def store(s: Window):
    """The process stores to the page: the processor walks to the PMD, sets its dirty bit, and writes."""
    while s.pmd != Pmd.HUGE:
        yield
    atomic("the walk, the locked access that sets the dirty bit, and the store before any flush of the TLB")
    s.pmd_dirty = True
    s.unsaved = True
    yield "store"


@thread
def madvise_split(s: Window):
    """MADV_DONTNEED, mprotect() or munmap() of a part of the window: __split_huge_pmd()."""
    yield from split_huge_pmd(s)


def split_huge_pmd(s: Window):
    """__split_huge_pmd() of a file's PMD: __split_huge_pmd_locked() just clears it."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd lock"
    old = s.pmd
    if old in (Pmd.HUGE, Pmd.MIGRATION):
        atomic("xchg: the old entry with its dirty bit")
        dirty = s.pmd_dirty
        s.pmd = Pmd.NONE
        s.pmd_dirty = False
        yield "pmdp_huge_clear_flush"
        if old == Pmd.MIGRATION and SPLIT_MIGRATION_ENTRY.applied:
            s.filepages -= 1
            yield "migration entry: counter only"
        else:
            yield from unmap_page(s, OTHER if old == Pmd.MIGRATION else HUGE, dirty)
    s.ptl = False
    yield "pmd unlock"


def unmap_page(s: Window, p: int, dirty: bool):
    """The rest of it, for the page that pmd_page() says the PMD was of. The mapping's reference is this task's now."""
    page = s.page[p]
    page.held += 1
    if dirty and FILE_PMD_DIRTY.applied:
        page.dirty = True
        yield "set_page_dirty"
    page.mapcount -= 1
    yield "page_remove_rmap"
    if COUNTER_BEFORE_PUT.applied:
        read_page(s, p)
        s.filepages -= 1
        yield "add_mm_counter"
        put(s, p)
        yield "put_page"
    else:
        put(s, p)
        yield "put_page"
        if COUNTER_OF_PAGE.applied:
            read_page(s, p)
        s.filepages -= 1
        yield "add_mm_counter"


def read_page(s: Window, p: int) -> None:
    """mm_counter_file(): the page's flags are read, to find out which counter it is in."""
    if s.page[p].refcount == 0:
        s.used_freed = True


@thread
def reclaim(s: Window):
    """shrink_page_list() of the isolated page: unmap it; write it to swap if it is dirty; free it.

    A huge page is split on its way to swap (v4.8), which changes nothing here. The dirty flag is looked at again when
    the count is frozen.
    """
    page = s.page[HUGE]
    if not page.cached:
        yield "not on the LRU"
        return
    atomic("isolate_lru_page() of a page that is in the cache")
    get(s, HUGE)
    yield "isolate_lru_page"
    yield from lock_page(s)
    mapped = page.mapcount > 0
    yield "page_mapped"
    if mapped:
        yield from split_huge_pmd(s)
    if page.mapcount > 0 or not page.cached:
        atomic("the page lock covers the cache; no mapping can appear")
        yield "keep"
        yield from unlock_page(s)
        return
    yield "page_mapped: no"
    dirty = page.dirty
    page.dirty = False
    yield "clear_page_dirty_for_io"
    if dirty:
        s.unsaved = False
        yield "pageout"
    if page.refcount != 2:
        yield "page_ref_freeze fails"
        if dirty:
            page.dirty = True
            yield "keep, dirty"
        yield from unlock_page(s)
        return
    atomic("page_ref_freeze() under the tree lock")
    page.refcount = 0
    page.held -= 1
    page.frozen = True
    yield "page_ref_freeze"
    again = page.dirty
    yield "PageDirty"
    if again:
        page.refcount = 2
        page.held += 1
        page.frozen = False
        yield "page_ref_unfreeze"
        yield from unlock_page(s)
        return
    page.cached = False
    yield "__delete_from_page_cache"
    page.frozen = False
    page.locked = False
    s.reclaimed = True
    yield "freed"


@thread
def write_through_gup(s: Window):
    """KVM or a device that writes to the page: GUP, SetPageDirty() without the page lock, put_page()."""
    while s.ptl or s.pmd != Pmd.HUGE:
        yield
    atomic("follow_trans_huge_pmd() under the PMD lock")
    get(s, HUGE)
    yield "get_page"
    s.unsaved = True
    yield "write"
    s.page[HUGE].dirty = True
    yield "SetPageDirty"
    put(s, HUGE)
    yield "put_page"


@thread
def migrate(s: Window):
    """unmap_and_move() of the huge page with a PMD migration entry, v4.14 to v6.1; it fails and maps it back here.

    try_to_migrate() under the page lock: invalidate, note the dirty bit, set the entry, drop mapping and reference.
    That the copy succeeds and the entry leads to another page would change which page is mapped back, nothing else.
    """
    page = s.page[HUGE]
    if not page.cached:
        yield "not on the LRU"
        return
    atomic("isolate_lru_page() of a page that is in the cache")
    get(s, HUGE)
    yield "isolate_lru_page"
    yield from lock_page(s)
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd lock"
    if s.pmd == Pmd.HUGE:
        atomic("xchg: the old entry with its dirty bit")
        dirty = s.pmd_dirty
        s.pmd = Pmd.INVALID
        s.pmd_dirty = False
        yield "pmdp_invalidate"
        if dirty:
            page.dirty = True
            yield "set_page_dirty"
        s.pmd = Pmd.MIGRATION
        yield "set_pmd_at: migration entry"
        page.mapcount -= 1
        page.held += 1
        yield "page_remove_rmap"
        put(s, HUGE)
        yield "put_page"
    s.ptl = False
    yield "pmd unlock"
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd lock again"
    if s.pmd == Pmd.MIGRATION:
        get(s, HUGE)
        yield "get_page"
        page.mapcount += 1
        page.held -= 1
        s.pmd = Pmd.HUGE
        yield "remove_migration_pmd"
    s.ptl = False
    yield "pmd unlock again"
    yield from unlock_page(s)


@thread
def truncate(s: Window):
    """truncate_inode_page() of the huge page: unmap it if it is mapped, then take it out of the cache."""
    page = s.page[HUGE]
    if not page.cached:
        yield "no page"
        return
    atomic("find_get_entries()")
    get(s, HUGE)
    yield "find_get_entries"
    yield from lock_page(s)
    mapped = page.mapcount > 0
    yield "page_mapped"
    if mapped:
        yield from zap_huge_pmd(s)
    if page.cached:
        page.cached = False
        page.held += 1
        yield "__delete_from_page_cache"
        put(s, HUGE)
        yield "references of the page cache"
    yield from unlock_page(s)


def zap_huge_pmd(s: Window):
    """zap_huge_pmd(): the page is put when the lock is dropped; a migration entry has no reference."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd lock"
    old = s.pmd
    if old in (Pmd.HUGE, Pmd.MIGRATION):
        atomic("xchg: the old entry with its dirty bit")
        s.pmd = Pmd.NONE
        s.pmd_dirty = False
        s.filepages -= 1
        yield "pmdp_huge_get_and_clear"
        if old == Pmd.HUGE:
            s.page[HUGE].mapcount -= 1
            s.page[HUGE].held += 1
            yield "page_remove_rmap"
    s.ptl = False
    yield "pmd unlock"
    if old == Pmd.HUGE:
        put(s, HUGE)
        yield "flushed, put_page"


@thread
def madvise_collapse(s: Window):
    """madvise(MADV_COLLAPSE), v6.1: find_pmd_or_thp_or_none(), then collapse_pte_mapped_thp().

    The mmap lock is held for writing. The PMD is read once, without its lock. What is neither none nor huge nor bad
    counts as a page table; whether a migration entry is "bad" depends on the architecture: here it is not.
    """
    pmd = s.pmd
    yield "find_pmd_or_thp_or_none"
    if pmd == Pmd.NONE or pmd in (Pmd.HUGE, Pmd.INVALID):
        yield "none or huge"
        return
    if PMD_PRESENT_CHECK.applied and pmd == Pmd.MIGRATION:
        yield "not present"
        return
    yield "taken for a page table"
    while s.ptl:
        yield
    s.ptl = True
    yield "pte_offset_map_lock"
    s.ptl = False
    yield "pte_unmap_unlock"
