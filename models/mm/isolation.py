"""mm/compaction.c: memory is taken offline under a huge page that was copied on write, v5.4 to v6.1."""

from models.mm.page import NR, Pte, begin, finish, get_page, put_page
from models.mm.split import split_huge_pmd
from models.patches import TOTAL_MAPCOUNT_ISOLATION
from thpverify.lang import atomic, thread


@thread
def wp_huge_fault(s, a: int, i: int):
    """do_huge_pmd_wp_page() of a page that two processes map: the PMD is split, and subpage i is copied."""
    m = s.mm[a]
    begin(s)
    yield "write fault"
    yield from split_huge_pmd(s, a, False)
    atomic("the copy is this task's own until it is mapped")
    s.fresh[i].refcount = 1
    s.fresh[i].held = 1
    s.fresh[i].data = s.page.data[i]
    yield "cow_user_page"
    while m.ptl:
        yield
    m.ptl = True
    yield "pte lock"
    atomic("ptl covers the entry; the mapping's reference is this task's from now on, the copy's is the mapping's")
    m.pte[i] = Pte.FRESH
    s.fresh[i].held -= 1
    s.page.held[0] += 1
    yield "set_pte_at_notify"
    s.page.mapcount[i] -= 1
    yield "page_remove_rmap"
    m.ptl = False
    yield "pte unlock"
    put_page(s, 0)
    finish(s)
    yield "put_page"


def page_mapcount(s) -> int:
    """page_mapcount() of the head of an anonymous huge page."""
    return s.page.compound_mapcount + s.page.mapcount[0] - (1 if s.page.double_map else 0)


def total_mapcount(s) -> int:
    """total_mapcount() of an anonymous huge page."""
    return s.page.compound_mapcount + sum(s.page.mapcount) - (NR if s.page.double_map else 0)


@thread
def offline_pages(s):
    """offline_pages() tries until isolate_migratepages_block() has isolated the page: it must have no other references.

    The counters are read one after the other and may not fit together; then the next attempt decides. The page is not
    migrated here.
    """
    if TOTAL_MAPCOUNT_ISOLATION.applied:
        while s.page.refcount[0] > total_mapcount(s):
            atomic("it only waits, and looks again at everything")
            yield
    else:
        while s.page.refcount[0] > page_mapcount(s):
            atomic("it only waits, and looks again at everything")
            yield
    atomic("an attempt that comes at the wrong moment is repeated: no harm is done by reading all counters at once")
    begin(s)
    get_page(s, 0)
    yield "isolated"
    put_page(s, 0)
    finish(s)
    yield "migrated and put back"
