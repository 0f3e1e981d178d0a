"""mm/migrate.c: a shmem huge page that nobody maps by PMD is moved to another place, v5.4 to v6.1."""

from models.mm.page import MMS, NR, Pmd, Pte, begin, finish, get_page, lock_page, put_page
from models.mm.split import total_mapcount, try_to_unmap_one
from thpverify.lang import atomic, thread


@thread
def migrate_pages(s):
    """unmap_and_move() with migrate_page_move_mapping(): memory hotplug, compaction or move_pages().

    Only a page that page_mapped() says is mapped is unmapped, and only then a notifier is called. The new page is told
    in its small parts (`fresh`), which are in the page cache then.
    """
    while not s.page.cached or s.page.refcount[0] == 0:
        yield
    begin(s)
    get_page(s, 0)
    yield "isolate"
    yield from lock_page(s)
    if s.page.cached:
        atomic("the page is locked: mapcounts can only fall, so reading all of them at once shows nothing new")
        mapped = total_mapcount(s) > 0
        yield "page_mapped"
        if mapped:
            for i in range(NR):
                for a in range(MMS):
                    yield from try_to_unmap_one(s, a, i, True)
        if total_mapcount(s) == 0 and s.page.refcount[0] == 1 + NR:
            atomic("the tree lock and page_ref_freeze()")
            s.page.refcount[0] = 0
            s.page.held[0] -= 1
            s.page.frozen = True
            yield "page_ref_freeze"
            atomic("the tree lock: the cache's slots lead to the new page, which is locked; its data is copied")
            for i in range(NR):
                s.fresh[i].refcount = 1
                s.fresh[i].cached = True
                s.fresh[i].data = s.page.data[i]
            s.page.cached = False
            yield "copied, cache slots replaced"
            s.page.refcount[0] = 1
            s.page.held[0] += 1
            s.page.frozen = False
            yield "page_ref_unfreeze"
            for i in range(NR):
                for a in range(MMS):
                    yield from map_new_page(s, a, i)
        else:
            atomic("the first count that is too high decides, the others are not looked at")
            yield "page_ref_freeze fails"
            for i in range(NR):
                for a in range(MMS):
                    yield from map_old_page(s, a, i)
    s.page.locked = False
    yield "unlock_page"
    put_page(s, 0)
    finish(s)
    yield "put_page: freed, if it has moved"


def map_new_page(s, a: int, i: int):
    """remove_migration_pte() to the new page."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd == Pmd.TABLE and m.pte[i] == Pte.MIGRATION:
        atomic("ptl is taken and dropped in this step; nobody else knows the new page's mapcount")
        s.fresh[i].refcount += 1
        m.pte[i] = Pte.FRESH
        yield "remove_migration_pte: new page"


def map_old_page(s, a: int, i: int):
    """remove_migration_pte() back to the old page."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd == Pmd.TABLE and m.pte[i] == Pte.MIGRATION:
        m.ptl = True
        get_page(s, i)
        yield "remove_migration_pte: get_page"
        s.page.mapcount[i] += 1
        yield "remove_migration_pte: page_add_file_rmap"
        m.pte[i] = Pte.PAGE
        s.page.held[0] -= 1
        m.ptl = False
        yield "remove_migration_pte: old page"
