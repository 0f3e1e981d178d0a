"""Walks, what they may leave in the caches of a CPU, and what an access through them may do.

A walk reads each level from memory or, of its own CPU's stores, from the store buffer; it may skip the PMD for any
table that the paging-structure cache may hold.
"""

from models.hardware.machine import (
    ARM64,
    BBML2_NOABORT,
    CLEAN,
    DIRTY,
    ETS2,
    FRAMES,
    HAFDBS,
    MIXED_SAME_OK,
    NOTHING,
    PAGE_SIZE,
    PAGES,
    PMD_SIZE,
    READ_ONLY,
    RIGHTS,
    TABLES,
    WATCH,
    Kind,
    content,
)
from models.hardware.stores import push, read_cell, read_pmd, read_pte
from thpverify.lang import atomic, choose, thread


def fill(s) -> None:
    """Close what each CPU may have cached under every walk that is possible now."""
    for cpu in s.machine.cpu:
        fill_cpu(s.machine, cpu)


def fill_cpu(m, cpu) -> None:
    """Close what one CPU may have cached."""
    fill_from_pmd(cpu, content(m.pmd))
    fill_from_pmd(cpu, read_pmd(m, cpu))
    for table in range(TABLES):
        if cpu.walk_cache[table]:
            for page in range(PAGES):
                fill_from_pte(cpu, page, content(m.pte[table][page]))
                fill_from_pte(cpu, page, read_pte(m, cpu, table, page))
    if WATCH == 1:
        for page in range(PAGES):
            if mixed(cpu, page):
                cpu.mixed[page] = True
            if conflict(cpu, page):
                cpu.conflict[page] = True


def fill_from_pmd(cpu, entry) -> None:
    """A PMD that is a table goes to the paging-structure cache; a 2M page to the TLB, whole or in 4K fragments."""
    kind, target, writable, accessed, dirty = entry
    if kind == Kind.TABLE:
        cpu.walk_cache[target] = True
    if kind == Kind.BLOCK and accessed:
        for page in range(PAGES):
            cpu.tlb[page][PMD_SIZE][target + page][rights(writable, dirty)] = True
    if kind == Kind.NONE and remembers_faults():
        for page in range(PAGES):
            cpu.stale_fault[page] = True


def fill_from_pte(cpu, page, entry) -> None:
    """A 4K page is cached once it is marked accessed."""
    kind, target, writable, accessed, dirty = entry
    if kind == Kind.PAGE and accessed:
        cpu.tlb[page][PAGE_SIZE][target][rights(writable, dirty)] = True
    if kind == Kind.NONE and remembers_faults():
        cpu.stale_fault[page] = True


def remembers_faults():
    """Whether an access may fault because of an entry that was invalid a while ago."""
    return ARM64 == 1 and ETS2 == 0


def rights(writable, dirty):
    """What a translation lets an access do."""
    return (DIRTY if dirty else CLEAN) if writable else READ_ONLY


def sets_bits():
    """Whether the hardware sets the accessed and dirty bits."""
    return ARM64 == 0 or HAFDBS == 1


def mixed(cpu, page):
    """Whether a 4K and a 2M translation of `page` may be cached together (AMD erratum 383: machine check)."""
    if MIXED_SAME_OK == 1:
        return any(
            (f != g or r != q) and cpu.tlb[page][PAGE_SIZE][f][r] and cpu.tlb[page][PMD_SIZE][g][q]
            for f in range(FRAMES) for r in range(RIGHTS) for g in range(FRAMES) for q in range(RIGHTS)
        )  # fmt: skip
    return cached(cpu, page, PAGE_SIZE) and cached(cpu, page, PMD_SIZE)


def cached(cpu, page, size):
    """Whether a translation of this size may be cached."""
    return any(cpu.tlb[page][size][f][r] for f in range(FRAMES) for r in range(RIGHTS))


def conflict(cpu, page):
    """Whether translations of `page` that differ in size or frame may be cached together (break-before-make)."""
    frames = sum(any(cpu.tlb[page][z][f][r] for z in range(2) for r in range(RIGHTS)) for f in range(FRAMES))
    if BBML2_NOABORT == 1:
        return frames > 1
    return frames > 1 or (cached(cpu, page, PAGE_SIZE) and cached(cpu, page, PMD_SIZE))


def invalidate_page(m, cpu, page) -> None:
    """Drop what is cached of `page`, and all of the paging-structure cache.

    A 2M page in fragments loses all of them at once if it is still mapped as one; after a change of size, x86-64 drops
    the fragment of this page only.
    """
    whole = ARM64 == 1 or m.pmd.kind == Kind.BLOCK
    for p in range(PAGES):
        if p == page or whole:
            forget(cpu, p, PMD_SIZE)
    forget(cpu, page, PAGE_SIZE)
    forget_tables(cpu)


def invalidate_all(cpu) -> None:
    """Drop all that is cached."""
    for page in range(PAGES):
        forget(cpu, page, PAGE_SIZE)
        forget(cpu, page, PMD_SIZE)
    forget_tables(cpu)


def forget(cpu, page, size) -> None:
    """Drop the translations of one size."""
    for f in range(FRAMES):
        for r in range(RIGHTS):
            cpu.tlb[page][size][f][r] = False


def forget_tables(cpu) -> None:
    """Empty the paging-structure cache."""
    for table in range(TABLES):
        cpu.walk_cache[table] = False


def load(m, c: int, page):
    """A load in one step; returns whether it faulted, and the value."""
    cpu = m.cpu[c]
    if choose((False, True)):
        assume(may_fault(m, cpu, page, False))
        fault(m, cpu, page)
        return True, 0
    frame = choose(f for f in range(FRAMES) if translates(cpu, page, f))
    return False, read_cell(m, c, frame)


def translates(cpu, page, frame):
    """Whether a load of `page` may go to `frame`."""
    return any(cpu.tlb[page][z][frame][r] for z in range(2) for r in range(RIGHTS))


FAULT, STORE, STORE_AND_SET_DIRTY = 0, 1, 2


def store(m, c: int, page, value):
    """A store in one step; returns whether it faulted."""
    cpu = m.cpu[c]
    way = choose((FAULT, STORE, STORE_AND_SET_DIRTY) if sets_bits() else (FAULT, STORE))
    if way == FAULT:
        assume(may_fault(m, cpu, page, True))
        fault(m, cpu, page)
        return True
    if way == STORE:
        frame = choose(f for f in range(FRAMES) if any(cpu.tlb[page][z][f][DIRTY] for z in range(2)))
        push(cpu, frame, value, NOTHING, page)
    else:
        push(cpu, set_dirty(m, cpu, page), value, NOTHING, page)
    return False


def set_dirty(m, cpu, page):
    """Mark the entry in memory accessed and dirty, atomically and only if it still allows the write; its frame."""
    source = choose(i for i in range(TABLES + 1) if may_set_dirty(m, cpu, page, i))
    if source == TABLES:
        m.pmd.accessed = True
        m.pmd.dirty = True
        return m.pmd.target + page
    entry = m.pte[source][page]
    entry.accessed = True
    entry.dirty = True
    return entry.target


def may_set_dirty(m, cpu, page, source):
    """Whether a walk comes to a clean entry: in table `source`, or the PMD itself."""
    if source == TABLES:
        return m.pmd.kind == Kind.BLOCK and m.pmd.writable and not m.pmd.dirty
    entry = m.pte[source][page]
    return cpu.walk_cache[source] and entry.kind == Kind.PAGE and entry.writable and not entry.dirty


def may_fault(m, cpu, page, write):
    """Whether an access may fault: by what is cached, by a walk, or, on ARM64, by an old walk."""
    if cpu.stale_fault[page] or (write and refuses(cpu, page)):
        return True
    if pmd_refuses(content(m.pmd), write) or pmd_refuses(read_pmd(m, cpu), write):
        return True
    return any(
        cpu.walk_cache[t]
        and (pte_refuses(content(m.pte[t][page]), write) or pte_refuses(read_pte(m, cpu, t, page), write))
        for t in range(TABLES)
    )


def refuses(cpu, page):
    """Whether a translation that does not let a store pass may be cached."""
    return any(
        cpu.tlb[page][z][f][READ_ONLY] or (not sets_bits() and cpu.tlb[page][z][f][CLEAN])
        for z in range(2) for f in range(FRAMES)
    )  # fmt: skip


def pmd_refuses(entry, write):
    """Whether a walk that reads this PMD faults there."""
    kind, _, writable, accessed, dirty = entry
    return kind == Kind.NONE or (kind == Kind.BLOCK and leaf_refuses(writable, accessed, dirty, write))


def pte_refuses(entry, write):
    """Whether a walk that reads this PTE faults there."""
    kind, _, writable, accessed, dirty = entry
    return kind != Kind.PAGE or leaf_refuses(writable, accessed, dirty, write)


def leaf_refuses(writable, accessed, dirty, write):
    """Permission fault or, where software keeps the accessed and dirty bits, a fault for that."""
    if sets_bits():
        return write and not writable
    return not accessed or (write and not (writable and dirty))


def fault(m, cpu, page) -> None:
    """On x86-64 a page fault drops what is cached of its address; on ARM64 it drops nothing."""
    if ARM64 == 0:
        invalidate_page(m, cpu, page)


def assume(condition) -> None:
    """The step is possible only if `condition` holds."""
    choose(i for i in range(1) if condition)


@thread
def set_accessed(s):
    """Any CPU's walk, asked for by the program or not, may mark an entry accessed: in memory, atomically."""
    m = s.machine
    while True:
        t, page = choose((t, p) for t in range(TABLES + 1) for p in range(PAGES) if may_set_accessed(m, t, p))
        atomic("a locked read-modify-write of one entry")
        if t == TABLES:
            m.pmd.accessed = True
        else:
            m.pte[t][page].accessed = True
        yield "accessed bit set"


def may_set_accessed(m, t, page):
    """Whether some CPU's walk comes to this entry, in table `t` or the PMD itself, and finds it unmarked."""
    if t == TABLES:
        return page == 0 and m.pmd.kind == Kind.BLOCK and not m.pmd.accessed
    entry = m.pte[t][page]
    return entry.kind == Kind.PAGE and not entry.accessed and any(cpu.walk_cache[t] for cpu in m.cpu)
