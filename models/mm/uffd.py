"""mm/userfaultfd.c: mfill_atomic() makes a page table and fills an entry, while the PMD changes; v6.6 to v6.11.

It holds mmap_lock for reading. So does who makes a huge PMD or zaps one; khugepaged needs no mmap_lock since v6.6 to
take an empty page table away (retract_page_tables). The PMD is one word. Left out: what is filled in, and everything
after the entry is found.
"""

from enum import Enum

from models.patches import UFFD_NO_BUG, UFFD_PMD_AGAIN
from thpverify.lang import Bool, Ghost, Lock, record, thread


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2


@record
class Area:
    ptl: Lock  # pmd_lock(), and page_table_lock of __pte_alloc()
    pte_lock: Lock
    pmd: Pmd = Pmd.NONE
    filled: Ghost[Bool] = False  # UFFDIO_COPY has set an entry
    again: Ghost[Bool] = False  # it has returned an error: -EEXIST, -EFAULT, -EAGAIN


def pmd_lock(s):
    """pmd_lock()."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd_lock"


@thread
def mfill_atomic(s):
    """The loop of mfill_atomic() for one page."""
    pmd = s.pmd
    yield "pmdp_get_lockless"
    if pmd == Pmd.HUGE:
        s.again = True
        yield "-EEXIST"
        return
    if pmd == Pmd.NONE:
        yield from pmd_lock(s)
        if s.pmd == Pmd.NONE:
            s.pmd = Pmd.TABLE
        s.ptl = False
        yield "__pte_alloc"
    if UFFD_PMD_AGAIN.applied:
        pmd = s.pmd
        yield "pmdp_get_lockless, again"
        if pmd != Pmd.TABLE:
            s.again = True
            yield "-EEXIST, again"
            return
    else:
        huge = s.pmd == Pmd.HUGE
        yield "pmd_trans_huge"
        if huge:
            s.again = True
            yield "-EFAULT"
            return
    if not UFFD_NO_BUG.applied:
        assert s.pmd != Pmd.NONE, "BUG_ON(pmd_none(*dst_pmd))"
        yield "BUG_ON(pmd_none)"
        assert s.pmd != Pmd.HUGE, "BUG_ON(pmd_trans_huge(*dst_pmd))"
        yield "BUG_ON(pmd_trans_huge)"
    yield from mfill_atomic_pte(s)


def mfill_atomic_pte(s):
    """pte_offset_map_lock(), which may fail since v6.5: it looks at the PMD again with the lock of the page table."""
    table = s.pmd == Pmd.TABLE
    yield "pte_offset_map_lock: pmd read"
    if table:
        while s.pte_lock:
            yield
        s.pte_lock = True
        yield "pte_offset_map_lock: locked"
        if s.pmd == Pmd.TABLE:
            s.filled = True
            yield "entry set"
        else:
            s.again = True
            yield "pte_offset_map_lock: pmd has changed"
        s.pte_lock = False
        yield "pte unlock"
    else:
        s.again = True
        yield "pte_offset_map_lock: no table"


@thread
def huge_fault(s):
    """A fault of another thread: do_huge_pmd_anonymous_page(), or do_set_pmd() in a file's area."""
    while True:
        while s.pmd != Pmd.NONE:
            yield
        yield "huge fault"
        yield from pmd_lock(s)
        if s.pmd == Pmd.NONE:
            s.pmd = Pmd.HUGE
        s.ptl = False
        yield "huge pmd set, unlock"


@thread
def discard_huge(s):
    """madvise(MADV_DONTNEED) of another thread: zap_huge_pmd()."""
    while True:
        while s.pmd != Pmd.HUGE:
            yield
        yield "madvise"
        yield from pmd_lock(s)
        if s.pmd == Pmd.HUGE:
            s.pmd = Pmd.NONE
        s.ptl = False
        yield "zap_huge_pmd, unlock"


@thread
def retract_page_table(s):
    """retract_page_tables(), v6.6 and later: both locks, and the table is freed after a grace period.

    What it mapped was unmapped before, with the page locked: an entry that is set here is gone by then.
    """
    while True:
        while s.pmd != Pmd.TABLE:
            yield
        yield "page table found"
        yield from pmd_lock(s)
        while s.pte_lock:
            yield
        s.pte_lock = True
        yield "pte lock"
        if s.pmd == Pmd.TABLE:
            s.pmd = Pmd.NONE
        yield "pmdp_collapse_flush"
        s.pte_lock = False
        yield "pte unlock"
        s.ptl = False
        yield "pmd unlock"
