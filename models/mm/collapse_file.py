"""mm/khugepaged.c: collapse_file() of an ordinary file (READ_ONLY_THP_FOR_FS), v5.4 to v7.1, beside I/O and writers.

Two small models. `Page`: one page of the extent, which may be under I/O. `Disk`: a file whose huge pages the file
system does not know: it must not be open for writing while it has one, and who opens it drops its page cache.
"""

from models.patches import COLLAPSE_WRITEBACK, COLLAPSE_WRITES_DIRTY
from thpverify.lang import Bool, Ghost, Int, Lock, atomic, choose, record, thread


@record
class Page:
    """A page without private data, as XFS has them when its blocks are not smaller than pages."""

    locked: Lock
    refcount: Int[0, 7] = 0
    dirty: Bool = False
    writeback: Bool = False
    cached: Bool = False
    freed: Ghost[Bool] = False


def dirty_page(s: Page) -> None:
    """Set up: a dirty page in the cache."""
    s.refcount = 1
    s.dirty = True
    s.cached = True


def any_page(s: Page) -> None:
    """Set up: a page in the cache, dirty or clean."""
    dirty_page(s)
    s.dirty = choose((True, False))


@thread
def write_out(s: Page):
    """The flusher: clear the dirty flag, submit the page, and end_page_writeback() when the disk is done.

    No reference is held meanwhile: who takes a page out of the cache has to wait.
    """
    while s.locked:
        yield
    s.locked = True
    yield "lock_page"
    if s.cached and s.dirty:
        s.dirty = False
        yield "clear_page_dirty_for_io"
        s.writeback = True
        yield "set_page_writeback"
        s.locked = False
        yield "submitted, unlock_page"
        s.writeback = False
        yield "end_page_writeback"
    else:
        s.locked = False
        yield "unlock_page"


@thread
def read_page(s: Page):
    """read(): find_get_page(), the data is copied, put_page()."""
    if not s.cached:
        yield "find_get_page: none"
        return
    atomic("find_get_page() looks at the slot again, with the reference")
    s.refcount += 1
    yield "find_get_page"
    s.refcount -= 1
    yield "put_page"


@thread
def collapse_page(s: Page):
    """collapse_file() as far as this page goes: lock, look, isolate, freeze, replace, free."""
    if s.locked or not s.cached:
        atomic("trylock_page() of what the slot holds, under the lock of the slots")
        yield "trylock_page fails"
        return
    atomic("trylock_page() of what the slot holds, under the lock of the slots")
    s.locked = True
    yield "trylock_page"
    s.refcount += 1
    yield "get_page"
    if s.dirty:
        yield "dirty: gives up"
        yield from let_go(s)
        return
    yield "not dirty"
    if COLLAPSE_WRITEBACK.applied:
        busy = s.writeback
        yield "PageWriteback"
        if busy:
            yield from let_go(s)
            return
    s.refcount += 1
    yield "isolate_lru_page"
    if s.refcount != 3:
        yield "page_ref_freeze fails"
        s.refcount -= 1
        yield "putback_lru_page"
        yield from let_go(s)
        return
    atomic("page_ref_freeze() under the lock of the slots")
    s.refcount = 0
    s.cached = False
    yield "frozen, slot replaced"
    s.refcount = 1
    yield "page_ref_unfreeze"
    s.locked = False
    yield "unlock_page"
    s.refcount = 0
    s.freed = True
    yield "put_page: freed"


def let_go(s: Page):
    """unlock_page() and put_page()."""
    s.locked = False
    yield "unlock_page"
    s.refcount -= 1
    yield "put_page"


@record
class Disk:
    """The file: a range that may become a huge page, and a folio elsewhere that may be dirty."""

    writers: Int[0, 3] = 0  # i_writecount
    nr_thps: Int[0, 2] = 0
    invalidate_lock: Int[-1, 2] = 0  # how many read, or -1
    huge: Bool = False
    dirty: Bool = False
    lost: Ghost[Bool] = False  # a dirty folio was dropped


@thread
def write_collapse_write(s: Disk):
    """One process, call by call: open for writing, write, close; MADV_COLLAPSE of a clean range; open again."""
    yield from open_write_close(s)
    yield from collapse_range(s)
    yield from open_write_close(s)


@thread
def write_file(s: Disk):
    """Another process opens the file for writing, writes, and closes it."""
    yield from open_write_close(s)


@thread
def collapse_clean_range(s: Disk):
    """khugepaged, or MADV_COLLAPSE of another process."""
    yield from collapse_range(s)


@thread
def flush(s: Disk):
    """The flusher writes the dirty folio, some time."""
    if s.dirty:
        s.dirty = False
    yield "written"


def open_write_close(s: Disk):
    """do_dentry_open() with FMODE_WRITE: get_write_access(), a full barrier, nr_thps; write(); close()."""
    s.writers += 1
    yield "get_write_access"
    thps = s.nr_thps > 0
    yield "filemap_nr_thps"
    if thps:
        while s.invalidate_lock != 0:
            yield
        s.invalidate_lock = -1
        yield "filemap_invalidate_lock"
        if s.dirty:
            s.lost = True
        s.dirty = False
        yield "truncate_inode_pages: the folio elsewhere"
        if s.huge:
            s.huge = False
            yield "truncate_inode_pages: the huge page"
            s.nr_thps -= 1
        yield "filemap_nr_thps_dec, if there was one"
        s.invalidate_lock = 0
        yield "filemap_invalidate_unlock"
    s.dirty = True
    yield "write"
    s.writers -= 1
    yield "close: put_write_access"


def collapse_range(s: Disk):
    """collapse_file() of the clean range, from where nr_thps is raised; the range's own folios are clean and locked.

    Since 2dfe9f5c91d0 it has invalidate_lock meanwhile and writes all dirty folios before it goes on, unless it gives
    up.
    """
    if s.huge:
        yield "is huge"
        return
    yield "not huge"
    if s.writers > 0:
        yield "file_thp_enabled: no"
        return
    yield "file_thp_enabled: range is clean"
    if COLLAPSE_WRITES_DIRTY.applied:
        while s.invalidate_lock < 0:
            yield
        s.invalidate_lock += 1
        yield "filemap_invalidate_lock_shared"
    s.nr_thps += 1
    yield "filemap_nr_thps_inc, smp_mb"
    if s.writers > 0:
        yield "inode_is_open_for_write: gives up"
        s.nr_thps -= 1
        yield "filemap_nr_thps_dec"
    else:
        yield "no writers"
        if COLLAPSE_WRITES_DIRTY.applied:
            s.dirty = False
            yield "filemap_write_and_wait"
        s.huge = True
        yield "huge page in the cache"
    if COLLAPSE_WRITES_DIRTY.applied:
        s.invalidate_lock -= 1
        yield "filemap_invalidate_unlock_shared"
