"""split_huge_page_to_list() of a file's folio beside the eviction of the inode, v4.8 to v7.1: who keeps the inode?

The splitter has no reference on the inode. A folio in the page cache that is locked keeps it: eviction waits for it.
A split at the end of the file leaves folios beyond it, which leave the cache at once.
"""

from models.patches import UNLOCK_IMMAP_FIRST
from thpverify.lang import Array, Bool, Ghost, Int, record, thread

INSIDE = 0  # the first part of the folio
BEYOND = 1  # the part behind the end of the file; the caller asked for this one, and gets it back locked


@record
class Inode:
    """`i_mmap_readers` is who holds i_mmap_rwsem, which is a part of the inode."""

    locked: Array[2, Bool] = False  # of the folios; before the split the first is the whole folio's
    cached: Array[2, Bool] = False
    i_mmap_readers: Int[0, 1] = 0
    freed: Ghost[Bool] = False


def one_folio(s: Inode) -> None:
    """Set up: one folio, across the end of the file."""
    s.cached[INSIDE] = True
    s.cached[BEYOND] = True


@thread
def split_folio(s: Inode):
    """From folio_lock() of the caller to the folio that it gets back, as far as locks go; the split always succeeds."""
    while s.locked[INSIDE]:
        yield
    s.locked[INSIDE] = True
    yield "folio_lock"
    if not s.cached[INSIDE]:
        yield "no mapping"
        s.locked[INSIDE] = False
        yield "no mapping: folio_unlock"
        return
    s.i_mmap_readers = 1
    yield "i_mmap_lock_read"
    s.locked[BEYOND] = True
    yield "split: the new folio is locked too"
    s.cached[BEYOND] = False
    yield "beyond the end of the file: out of the cache"
    if UNLOCK_IMMAP_FIRST.applied:
        s.i_mmap_readers = 0
        yield "i_mmap_unlock_read"
    s.locked[INSIDE] = False
    yield "folio_unlock and folio_put of the others"
    if not UNLOCK_IMMAP_FIRST.applied:
        s.i_mmap_readers = 0
        yield "i_mmap_unlock_read"
    s.locked[BEYOND] = False
    yield "the caller's folio_unlock"


@thread
def evict(s: Inode):
    """evict(): truncate_inode_pages_final() locks and removes each folio of the cache; then the inode is freed."""
    for i in range(2):
        cached = s.cached[i]
        yield "find_lock_entries"
        if cached:
            while s.locked[i]:
                yield
            s.locked[i] = True
            yield "folio_lock"
            s.cached[i] = False
            yield "removed"
            s.locked[i] = False
            yield "folio_unlock"
    s.freed = True
    yield "inode freed"
