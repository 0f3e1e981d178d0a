"""One huge PMD of an anonymous area, and who changes it while mmap_sem is held for reading; v4.5 to v4.20.

The PMD is one word: its frame, whether it is present, and its bits are read and written together. `pmd_none()` is
`frame == NONE`; an entry that pmdp_invalidate() made not present is neither none nor usable. The page that is mapped at
the start, and its copy after a migration, hold what the program wrote before it called madvise().
Left out: pages allocated anew (only who makes the PMD none again matters here), splitting, reference counts.
"""

from enum import Enum

from models.patches import CLEAR_BAD_PMD, ESTABLISH_PMD, FREE_NOT_NONE, MIGRATE_NOT_NONE, NUMA_NOT_NONE
from thpverify.lang import Bool, Ghost, Lock, atomic, record, thread


class Frame(Enum):
    NONE = 0
    ZERO = 1  # the huge zero page
    PAGE = 2  # the process's huge page
    MOVED = 3  # the page that it is migrated to


@record
class HugePmd:
    ptl: Lock
    frame: Frame = Frame.NONE
    present: Bool = True
    prot_none: Bool = False  # pmd_protnone(): the next access is a NUMA hinting fault
    dirty: Bool = False
    written: Ghost[Bool] = False  # the CPU has written to the page, and MADV_FREE has not been there since
    discarded: Ghost[Bool] = False  # MADV_DONTNEED has returned
    zero_written: Ghost[Bool] = False  # somebody wrote to the huge zero page
    page_written: Ghost[Bool] = False  # a forced write went to the process's own page
    migrated: Ghost[Bool] = False


def mapped(s: HugePmd) -> None:
    """The process maps its huge page and has not written to it since it was made clean."""
    s.frame = Frame.PAGE


def mapped_for_numa(s: HugePmd) -> None:
    """The next access to the huge page is a NUMA hinting fault."""
    s.frame = Frame.PAGE
    s.prot_none = True


def pmd_lock(s):
    """pmd_lock()."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd_lock"


@thread
def store(s):
    """The program writes to its page, again and again: the walker sets the dirty bit by an atomic operation."""
    while True:
        while s.frame in (Frame.NONE, Frame.ZERO) or not s.present or s.prot_none:
            yield
        atomic("the page walker's locked update of the entry, which is one word")
        s.dirty = True
        s.written = True
        yield "store"


@thread
def madvise_dontneed_huge(s):
    """madvise(MADV_DONTNEED) of the whole page: zap_pmd_range() looks at the PMD without its lock first.

    Nothing is written by the program afterwards, so that whatever it reads then has to be zeroes.
    """
    none = s.frame == Frame.NONE
    yield "pmd_none_or_trans_huge_or_clear_bad"
    if not none:
        while s.ptl:
            yield
        atomic("ptl is taken and dropped in this step; the walker's update and this are both atomic")
        s.frame = Frame.NONE
        s.present = True
        s.prot_none = False
        s.dirty = False
        s.written = False
        yield "zap_huge_pmd"
    s.discarded = True
    yield "madvise returns"


@thread
def read_fault(s):
    """do_huge_pmd_anonymous_page() of a read: it maps the huge zero page."""
    while True:
        while s.frame != Frame.NONE:
            yield
        yield "read fault"
        yield from pmd_lock(s)
        if s.frame == Frame.NONE:
            atomic("the entry is one word; no walker changes one that is none")
            s.frame = Frame.ZERO
            s.dirty = False
        s.ptl = False
        yield "set_huge_zero_page, pmd unlock"


def pmdp_invalidate(s):
    """pmdp_invalidate() with its flush. Until v4.15 it reads the entry and writes it, instead of exchanging it."""
    if ESTABLISH_PMD.applied:
        s.present = False
        yield "pmdp_establish"
    else:
        dirty = s.dirty
        yield "pmdp_invalidate: pmd read"
        atomic("the entry is one word")
        s.present = False
        s.dirty = dirty
        yield "pmdp_invalidate: set_pmd_at"


@thread
def change_huge_pmd(s):
    """change_huge_pmd(prot_numa), from task_numa_work(), which holds mmap_sem for reading."""
    yield from pmd_lock(s)
    if s.frame != Frame.PAGE or s.prot_none:
        s.ptl = False
        yield "nothing to do, pmd unlock"
        return
    if NUMA_NOT_NONE.applied:
        yield from pmdp_invalidate(s)
        dirty = s.dirty
        yield "dirty and young recovered"
    else:
        atomic("an atomic exchange of the entry")
        dirty = s.dirty
        s.frame = Frame.NONE
        s.dirty = False
        yield "pmdp_huge_get_and_clear_notify"
    atomic("the entry is one word, and not present before: no walker changes it")
    s.frame = Frame.PAGE
    s.present = True
    s.prot_none = True
    s.dirty = dirty
    yield "set_pmd_at"
    s.ptl = False
    yield "pmd unlock"


@thread
def write_fault(s):
    """do_huge_pmd_anonymous_page() of a write: a huge page where nothing is mapped, and the program writes to it."""
    while s.frame != Frame.NONE:
        yield
    yield "write fault"
    yield from pmd_lock(s)
    if s.frame == Frame.NONE:
        atomic("the entry is one word; no walker changes one that is none")
        s.frame = Frame.PAGE
        s.dirty = True
        s.written = True
    s.ptl = False
    yield "set_pmd_at, pmd unlock; the program writes"


@thread
def change_pmd_range(s):
    """change_pmd_range(prot_numa), which looks at the PMD without its lock, and takes a bad one away.

    Until v5.5 it asks twice, whether the PMD is huge and whether it is none or bad, and a huge one is bad.
    """
    huge = s.frame != Frame.NONE
    yield "pmd_trans_huge"
    if not huge and not CLEAR_BAD_PMD.applied:
        bad = s.frame != Frame.NONE
        yield "pmd_none_or_clear_bad: pmd read"
        if bad:
            atomic("the entry is one word")
            s.frame = Frame.NONE
            s.dirty = False
            yield "pmd_clear_bad"
    if huge:
        yield from pmd_lock(s)
        atomic("the entry is one word; the exchange is the subject of change_huge_pmd()")
        if s.frame == Frame.PAGE:
            s.prot_none = True
        yield "change_huge_pmd"
        s.ptl = False
        yield "pmd unlock"


@thread
def madvise_free_huge_pmd(s):
    """madvise_free_huge_pmd() of a page that nobody shares: its data may be thrown away until it is written again."""
    yield from pmd_lock(s)
    if s.frame != Frame.PAGE:
        s.ptl = False
        yield "nothing to do, pmd unlock"
        return
    if FREE_NOT_NONE.applied:
        yield from pmdp_invalidate(s)
    else:
        atomic("an atomic exchange of the entry")
        s.frame = Frame.NONE
        s.dirty = False
        yield "pmdp_huge_get_and_clear_full"
    atomic("the entry is one word, and not present before: no walker changes it")
    s.frame = Frame.PAGE
    s.present = True
    s.dirty = False
    s.written = False
    yield "set_pmd_at: old and clean"
    s.ptl = False
    yield "pmd unlock"


@thread
def numa_fault(s):
    """do_huge_pmd_numa_page() with migrate_misplaced_transhuge_page(), v4.5 to v5.13.

    The page is copied while the PMD forbids every access. Left out: the failed attempt, which makes the entry
    accessible again, and the counts (page_ref_freeze), which only make it fail more often.
    """
    while s.frame != Frame.PAGE or not s.prot_none:
        yield
    atomic("the walk reads the entry as one word")
    yield "NUMA hinting fault"
    yield from pmd_lock(s)
    if s.frame != Frame.PAGE or not s.prot_none:
        s.ptl = False
        yield "pmd has changed, unlock"
        return
    s.ptl = False
    yield "page isolated, pmd unlock"
    yield "migrate_page_copy"
    yield from pmd_lock(s)
    if s.frame != Frame.PAGE or not s.prot_none:
        s.ptl = False
        yield "pmd has changed, unlock"
        return
    if not MIGRATE_NOT_NONE.applied:
        atomic("an atomic exchange of the entry")
        s.frame = Frame.NONE
        s.dirty = False
        s.prot_none = False
        yield "pmdp_huge_clear_flush_notify"
    atomic("the entry is one word, and allowed no access before: no walker changes it")
    s.frame = Frame.MOVED
    s.prot_none = False
    s.dirty = True
    s.migrated = True
    yield "set_pmd_at: the new page, dirty"
    s.ptl = False
    yield "pmd unlock"
