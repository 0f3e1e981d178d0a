"""mm/gup.c and mm/huge_memory.c: get_user_pages() that forces a write into a read-only private area, v4.10 to v4.15.

This is what ptrace and /proc/self/mem use. The area may not be written, so its entries never get the write bit: that a
write may go ahead is told by FOLL_COW, which says that copy-on-write was done, and by the dirty bit of the entry.
"""

from models.mm.huge_pmd import Frame, pmd_lock
from models.patches import TOUCH_CLEAN
from thpverify.lang import thread


@thread
def write_forced(s):
    """__get_user_pages(FOLL_WRITE | FOLL_FORCE | FOLL_TOUCH), then the copy into the page that it returned."""
    cow = False
    while True:
        yield from pmd_lock(s)
        frame = s.frame
        if frame != Frame.NONE and cow and s.dirty:
            s.ptl = False
            yield "follow_trans_huge_pmd: page found, pmd unlock"
            if frame == Frame.ZERO:
                s.zero_written = True
            else:
                s.page_written = True
            yield "copy_to_user_page"
            cow = False
            continue
        s.ptl = False
        yield "can_follow_write_pmd: no, pmd unlock"
        yield from pmd_lock(s)
        if s.frame == frame:
            s.frame = Frame.PAGE
            s.dirty = True
            if frame != Frame.NONE:
                cow = True  # VM_FAULT_WRITE: faultin_page() sets FOLL_COW
        s.ptl = False
        yield "faultin_page: copied, or reused, pmd unlock"


@thread
def read_touching(s):
    """get_user_pages(FOLL_TOUCH) for reading: touch_pmd() marks the entry."""
    while True:
        while s.frame == Frame.NONE:
            yield
        yield "pmd read"
        yield from pmd_lock(s)
        if s.frame != Frame.NONE and not TOUCH_CLEAN.applied:
            s.dirty = True
        s.ptl = False
        yield "touch_pmd, pmd unlock"


@thread
def discard(s):
    """madvise(MADV_DONTNEED) of the page, again and again."""
    while True:
        while s.frame == Frame.NONE:
            yield
        yield "pmd read"
        yield from pmd_lock(s)
        s.frame = Frame.NONE
        s.dirty = False
        s.ptl = False
        yield "zap_huge_pmd, pmd unlock"
