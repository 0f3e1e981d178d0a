"""mm/huge_memory.c and mm/migrate.c: a huge PMD may be a migration entry, v4.14 to v6.15.

Two huge pages at one address: a parent maps the first; its child, after a fork and copy-on-write, the second. An rmap
walk for the first goes by the child's PMD as well. Left out: reference counts and mapcounts, see models/mm/split.py.
"""

from enum import Enum

from models.patches import NO_FOLIO_OF_MIGRATION
from thpverify.lang import Array, Lock, Ref, record, thread

FOLIOS = 2


class Pmd(Enum):
    HUGE = 1
    MIGRATION = 2  # a migration entry: not a page frame number, but a swap entry
    TABLE = 3


@record
class Folio:
    locked: Lock  # PG_locked


@record
class Window:
    ptl: Lock
    pmd: Pmd = Pmd.HUGE
    folio: Ref[FOLIOS] = None


@record
class Family:
    folio: Array[FOLIOS, Folio]
    mm: Array[FOLIOS, Window]


def copied(s: Family) -> None:
    """Each process maps its own page."""
    for a in range(FOLIOS):
        s.mm[a].folio = a


def lock_folio(s, f: int):
    """folio_lock()."""
    while s.folio[f].locked:
        yield
    s.folio[f].locked = True
    yield "folio_lock"


def pmd_lock(m):
    """pmd_lock()."""
    while m.ptl:
        yield
    m.ptl = True
    yield "pmd_lock"


@thread
def migrate_folio(s, f: int):
    """migrate_pages() of one huge page, which is mapped by PMD or not at all: set_pmd_migration_entry() and back."""
    while True:
        yield from lock_folio(s, f)
        for m in s.mm:
            yield from pmd_lock(m)
            if m.pmd == Pmd.HUGE and m.folio == f:
                m.pmd = Pmd.MIGRATION
                yield "set_pmd_migration_entry"
            m.ptl = False
            yield "pmd unlock"
        yield "folio copied"
        for m in s.mm:
            yield from pmd_lock(m)
            if m.pmd == Pmd.MIGRATION and m.folio == f:
                m.pmd = Pmd.HUGE
                yield "remove_migration_pmd"
            m.ptl = False
            yield "pmd unlock"
        s.folio[f].locked = False
        yield "folio_unlock"


@thread
def deferred_split_scan(s, f: int):
    """The shrinker splits page f: try_to_migrate() with TTU_SPLIT_HUGE_PMD at every place where it may be mapped."""
    yield from lock_folio(s, f)
    for m in s.mm:
        yield from pmd_lock(m)
        yield from split_huge_pmd_locked(m, f)
        m.ptl = False
        yield "pmd unlock"
    s.folio[f].locked = False
    yield "folio_unlock"


def split_huge_pmd_locked(m, f: int):
    """split_huge_pmd_locked() for the sake of page f: another page's PMD is left alone."""
    if m.pmd == Pmd.TABLE or (NO_FOLIO_OF_MIGRATION.applied and m.pmd == Pmd.MIGRATION):
        yield "nothing of the page is here"
        return
    assert m.pmd == Pmd.HUGE, "pmd_folio() of a migration entry"
    mine = m.folio == f
    yield "pmd_folio"
    if mine:
        m.pmd = Pmd.TABLE
        yield "__split_huge_pmd_locked"
