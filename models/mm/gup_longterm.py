"""mm/gup.c: pin_user_pages(FOLL_LONGTERM) of a huge page that lies in CMA memory, v6.6 to v6.10.

Long-term pins must not keep CMA memory, so the fast way refuses it, and the slow way pins the pages, moves them out of
CMA and pins them again. Reference count and pins of the huge page are one count here. Moving the page needs all other
references gone; the page is the same page afterwards, at another place.
"""

from models.mm.page import NR
from models.patches import GUP_SLOW_ADD
from thpverify.lang import Bool, Ghost, Int, Lock, atomic, choose, record, thread


@record
class PinnedThp:
    ptl: Lock
    huge: Bool = True  # the PMD maps the page
    cma: Bool = True  # is_migrate_cma_page()
    refcount: Int[0, 2 * NR + 3] = 1
    pins: Ghost[Int[0, 2 * NR]] = 0  # references that pin_user_pages() has taken
    pinned: Ghost[Bool] = False  # it has returned, with NR pages
    refused: Ghost[Bool] = False  # it has returned an error though the page is mapped


def anywhere(s: PinnedThp) -> None:
    """The page lies in CMA memory, or does not."""
    s.cma = choose((True, False))


@thread
def pin_user_pages(s):
    """pin_user_pages_fast(FOLL_LONGTERM) of the whole huge page."""
    huge = s.huge
    yield "gup_pud_range: pmd read"
    cma = s.cma
    yield "try_grab_folio: folio_is_longterm_pinnable"
    if huge and not cma:
        atomic("the fast way runs with interrupts off, and looks at the PMD again before it gives the page out")
        if s.huge:
            s.refcount += NR
            s.pins += NR
            s.pinned = True
            yield "fast"
            return
    yield from gup_longterm_locked(s)


def gup_longterm_locked(s):
    """__gup_longterm_locked(): pin, move out of CMA, again."""
    while True:
        while s.ptl:
            yield
        s.ptl = True
        yield "pmd lock"
        if not s.huge:
            s.ptl = False
            yield "not mapped any more: -EFAULT"
            return
        s.refcount += 1
        s.pins += 1
        yield "follow_trans_huge_pmd: try_grab_page"
        s.ptl = False
        yield "pmd unlock"
        refused = not GUP_SLOW_ADD.applied and s.cma
        yield "folio_is_longterm_pinnable, until v6.9"
        if refused:
            s.refcount -= 1
            s.pins -= 1
            s.refused = True
            yield "WARN_ON_ONCE(!folio): -EFAULT"
            return
        s.refcount += NR - 1
        s.pins += NR - 1
        yield "try_grab_folio of the rest"
        cma = s.cma
        yield "check_and_migrate_movable_pages"
        if not cma:
            s.pinned = True
            yield "slow"
            return
        s.refcount -= NR
        s.pins -= NR
        yield "unpin_user_pages"
        while s.ptl:
            yield
        atomic("migrate_pages(): a migration entry meanwhile, and the count is frozen; it is done, or left as it was")
        if s.refcount == (1 if s.huge else 0):
            s.cma = False
        yield "migrate_pages"


@thread
def munmap_thp(s):
    """munmap() of the whole page by another thread."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd lock"
    s.huge = False
    yield "zap_huge_pmd"
    s.ptl = False
    yield "pmd unlock"
    s.refcount -= 1
    yield "put_page"


@thread
def look_at_folio(s):
    """Another task takes a reference for a while: compaction, or an rmap walk."""
    while True:
        while s.refcount == 0:
            yield
        s.refcount += 1
        yield "folio_try_get"
        s.refcount -= 1
        yield "folio_put"
