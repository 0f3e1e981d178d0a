"""mprotect() of an anonymous huge page: mm/mprotect.c, mm/huge_memory.c and mm/migrate.c, v4.5 to v5.19.

The page, its entries and the program are those of protection.py. Migration is here too, for its entries are what
mprotect() finds besides pages, and keeps the rights of.
"""

from models.mm.protection import (
    MISTAKE,
    NO_FLUSH,
    NO_NOTIFIER,
    NR,
    Kind,
    Process,
    flush_tlb,
    invalidate_range_end,
    invalidate_range_start,
    lock_ptl,
    pmdp_invalidate,
    set_entry,
)
from models.patches import ESTABLISH_PMD, INVALIDATE_KEEPS_TLB, MIGRATION_DIRTY, NUMA_NOT_NONE
from thpverify.lang import atomic, choose, thread


@thread
def mprotect(s: Process, parts: bool):
    """mprotect(PROT_READ) and mprotect(PROT_READ | PROT_WRITE), again and again; of a half too, where `parts`."""
    while True:
        atomic("the choice is the program's")
        first, last, write = choose(
            (f, n, w)
            for w in (False, True)
            for f in range(NR)
            for n in range(NR)
            if f <= n and (parts or n - f == NR - 1)
        )
        for i in range(NR):
            if first <= i <= last:
                s.read_only[i] = False
        yield "mprotect"
        while s.mmap_lock != 0:
            yield
        s.mmap_lock = -1
        yield "mmap_write_lock"
        if last - first < NR - 1:
            huge = s.pmd.kind == Kind.PAGE or s.pmd.kind == Kind.MIGRATION
            yield "split_vma: pmd_trans_huge"
            if huge:
                yield from split_huge_pmd_address(s)
        for i in range(NR):
            if first <= i <= last:
                s.may_write[i] = write
                yield "vm_flags"
        changed = yield from change_pmd_range(s, first, last)
        if changed and MISTAKE != NO_FLUSH:
            flush_tlb(s, first, last)
        yield "flush_tlb_range"
        s.mmap_lock = 0
        for i in range(NR):
            if first <= i <= last and not write:
                s.read_only[i] = True
        yield "mmap_write_unlock"


def change_pmd_range(s: Process, first: int, last: int):
    """change_pmd_range(): whether any entry was changed. The notifier's range is closed before the flush."""
    if MISTAKE != NO_NOTIFIER:
        invalidate_range_start(s, first, last)
    yield "invalidate_range_start"
    huge = s.pmd.kind == Kind.PAGE or s.pmd.kind == Kind.MIGRATION
    yield "pmd_trans_huge"
    handled, changed = False, False
    if huge:
        assert first == 0 and last == NR - 1, "split_vma() has split it"
        handled, changed = yield from change_huge_pmd(s)
    if not handled:
        yield from lock_ptl(s)
        if s.pmd.kind == Kind.TABLE:
            for i in range(NR):
                if first <= i <= last:
                    if s.pte[i].kind == Kind.PAGE:
                        changed = True
                        yield from change_pte(s, i)
                    elif s.pte[i].kind == Kind.MIGRATION and s.pte[i].writable:
                        changed = True
                        s.pte[i].writable = False
                        yield "make_migration_entry_read"
        s.ptl = False
        yield "pte unlock"
    if MISTAKE != NO_NOTIFIER:
        invalidate_range_end(s)
    yield "invalidate_range_end"
    return changed


def change_pte(s: Process, i: int):
    """ptep_modify_prot_start() and _commit(): exchanged for none, so that no walker sets a bit meanwhile."""
    atomic("an atomic exchange of the entry")
    dirty = s.pte[i].dirty
    s.pte[i].kind = Kind.NONE
    yield "ptep_modify_prot_start"
    atomic("ptl covers the entry, which is one word and was not present")
    set_entry(s.pte[i], Kind.PAGE, False, dirty)
    yield "ptep_modify_prot_commit"


def change_huge_pmd(s: Process):
    """change_huge_pmd(): whether that was all (not so if there is a table now), and whether it is to be flushed."""
    yield from lock_ptl(s)
    if s.pmd.kind == Kind.MIGRATION:
        s.pmd.writable = False
        yield "make_migration_entry_read"
        s.ptl = False
        yield "pmd unlock"
        return True, False
    if s.pmd.kind != Kind.PAGE:
        s.ptl = False
        yield "pmd unlock"
        return False, False
    if NUMA_NOT_NONE.applied:
        _, dirty = yield from pmdp_invalidate(s)
        if not INVALIDATE_KEEPS_TLB.applied:
            flush_tlb(s, 0, NR - 1)
            yield "flush_pmd_tlb_range"
    else:
        atomic("an atomic exchange of the entry")
        dirty = s.pmd.dirty
        s.pmd.kind = Kind.NONE
        yield "pmdp_huge_get_and_clear_notify"
    atomic("ptl covers the entry, which is one word and was not present")
    set_entry(s.pmd, Kind.PAGE, False, dirty)
    yield "set_pmd_at"
    s.ptl = False
    yield "pmd unlock"
    return True, True


def split_huge_pmd_address(s: Process):
    """split_huge_pmd_address(), for one: by vma_adjust_trans_huge() where an area is cut in two."""
    invalidate_range_start(s, 0, NR - 1)
    yield "invalidate_range_start"
    yield from split_huge_pmd(s)
    invalidate_range_end(s)
    yield "invalidate_range_end"


def split_huge_pmd(s: Process):
    """__split_huge_pmd_locked(): a page table takes the PMD's place, which is not present for a moment, and flushed.

    Until v4.15 what the PMD says is read first and the dirty bit goes to PG_dirty of the pages; since v4.16 it is the
    one that pmdp_invalidate() returns (d52605d7cb30 and the next commit of its series).
    """
    yield from lock_ptl(s)
    if s.pmd.kind == Kind.PAGE:
        atomic("the entry is one word")
        writable, dirty = s.pmd.writable, s.pmd.dirty
        yield "pmd read"
        for i in range(NR):
            set_entry(s.pte[i], Kind.PAGE, writable, False)
            if dirty and not ESTABLISH_PMD.applied:
                s.page_dirty = True
            atomic("the table is this task's own until it is in place")
            yield "set_pte_at"
        _, late = yield from pmdp_invalidate(s)
        flush_tlb(s, 0, NR - 1)
        yield "flush_pmd_tlb_range"
        if late and ESTABLISH_PMD.applied:
            s.page_dirty = True
            yield "SetPageDirty"
        atomic("ptl covers the entry, which is one word and was not present")
        set_entry(s.pmd, Kind.TABLE, False, False)
        yield "pmd_populate"
    elif s.pmd.kind == Kind.MIGRATION:
        atomic("ptl covers the entries, none of which is present")
        for i in range(NR):
            set_entry(s.pte[i], Kind.MIGRATION, s.pmd.writable, False)
        set_entry(s.pmd, Kind.TABLE, False, False)
        yield "migration entry split"
    s.ptl = False
    yield "pmd unlock"


@thread
def split_page(s: Process):
    """split_huge_page() of this page as far as its PMD goes: found by the reverse map, split without mmap_lock."""
    yield from split_huge_pmd_address(s)


@thread
def migrate(s: Process):
    """migrate_pages() as far as this mapping goes, v4.14 and later: try_to_migrate(), remove_migration_ptes().

    Each walk takes what it finds, PMD or PTEs; the copy between them is another page, of which nothing depends here.
    """
    while True:
        invalidate_range_start(s, 0, NR - 1)
        yield "invalidate_range_start"
        yield from lock_ptl(s)
        if s.pmd.kind == Kind.PAGE:
            yield from set_pmd_migration_entry(s)
        elif s.pmd.kind == Kind.TABLE:
            for i in range(NR):
                if s.pte[i].kind == Kind.PAGE:
                    yield from set_pte_migration_entry(s, i)
        s.ptl = False
        yield "unlock"
        invalidate_range_end(s)
        yield "invalidate_range_end"
        yield from lock_ptl(s)
        if s.pmd.kind == Kind.MIGRATION:
            atomic("ptl covers the entry, which is one word and was not present; the area's flags are read")
            set_entry(s.pmd, Kind.PAGE, s.pmd.writable and s.may_write[0], False)
            yield "remove_migration_pmd"
        elif s.pmd.kind == Kind.TABLE:
            for i in range(NR):
                if s.pte[i].kind == Kind.MIGRATION:
                    atomic("ptl covers the entry, which is one word and was not present; the area's flags are read")
                    set_entry(s.pte[i], Kind.PAGE, s.pte[i].writable and s.may_write[i], False)
                    yield "remove_migration_pte"
        s.ptl = False
        yield "unlock"


def set_pmd_migration_entry(s: Process):
    """set_pmd_migration_entry(): until v5.5 the PMD is read before pmdp_invalidate(), and the dirty bit by that."""
    atomic("the entry is one word")
    writable, dirty = s.pmd.writable, s.pmd.dirty
    if not MIGRATION_DIRTY.applied:
        yield "pmd read"
    found, late = yield from pmdp_invalidate(s)
    flush_tlb(s, 0, NR - 1)
    yield "flush_pmd_tlb_range"
    if MIGRATION_DIRTY.applied:
        writable, dirty = found, late
    if dirty:
        s.page_dirty = True
    yield "set_page_dirty"
    atomic("ptl covers the entry, which is one word and was not present")
    set_entry(s.pmd, Kind.MIGRATION, writable, False)
    yield "set_pmd_at: migration entry"


def set_pte_migration_entry(s: Process, i: int):
    """try_to_migrate_one() of a PTE: ptep_clear_flush() exchanges it, the dirty bit goes to the page."""
    atomic("an atomic exchange of the entry")
    writable, dirty = s.pte[i].writable, s.pte[i].dirty
    s.pte[i].kind = Kind.NONE
    yield "ptep_get_and_clear"
    flush_tlb(s, i, i)
    yield "flush_tlb_page"
    if dirty:
        s.page_dirty = True
    yield "set_page_dirty"
    atomic("ptl covers the entry, which is one word and was not present")
    set_entry(s.pte[i], Kind.MIGRATION, writable, False)
    yield "set_pte_at: migration entry"
