"""A small machine with an MMU: memory, one 2M window of page tables, and CPUs with TLBs and store buffers.

docs/mmu.md explains the model. The sizes are constants that a scenario gives; x86_mmu.py and arm64_mmu.py have the
instructions.

What a CPU may have cached is a may-set: it holds every translation that the CPU may have cached since the last time
it had to drop it. Hardware may cache whatever is walkable at any time and may forget anything at any time, so an access
may use any member. No fill and no eviction is a step: translation.fill, an after_step function, closes the sets.
"""

from enum import Enum

from thpverify.lang import Array, Bool, Constant, Ghost, Int, Ref, record

CPUS = Constant("NR_CPUS", 2)
PAGES = Constant("WINDOW_PAGES", 1)  # 4K pages of the window that are told apart
TABLES = Constant("PAGE_TABLES", 1)  # pages that may serve as the window's page table
CELLS = Constant("MEMORY_CELLS", 2)  # words of memory other than page table entries; the first ones are frames
FRAMES = Constant("FRAMES", 1)  # cells that entries can map
LOWEST = Constant("LOWEST_VALUE", 0)
HIGHEST = Constant("HIGHEST_VALUE", 1)
STORES = Constant("STORE_BUFFER_DEPTH", 2)

ARM64 = Constant("CONFIG_ARM64", 0)  # 0: x86-64
HAFDBS = Constant("FEAT_HAFDBS", 0)  # ARM64: the walker sets AF and the dirty state; x86-64 always does
ETS2 = Constant("FEAT_ETS2", 0)  # ARM64: no translation fault from an entry that is no longer invalid
BBML2_NOABORT = Constant("FEAT_BBML2_NOABORT", 0)  # ARM64: entries that differ in size only are no conflict
MIXED_SAME_OK = Constant("MIXED_SAME_OK", 0)  # x86-64: sizes may mix while frame and rights are the same (Intel)
WATCH = Constant("WATCH_MIXED", 0)  # 1: note for each CPU and page whether entries were ever mixed or in conflict

PAGE_SIZE, PMD_SIZE = 0, 1  # of a cached translation; a fragment of a 2M page counts as PMD_SIZE

READ_ONLY, CLEAN, DIRTY = 0, 1, 2  # the rights in a cached translation; CLEAN may be written once D is set
RIGHTS = 3

PMD = CELLS  # places where a store can go: the cells, the PMD, the PTEs table by table
PTES = CELLS + 1
BARRIER = PTES + TABLES * PAGES  # a mark in a store buffer: nothing behind it passes
NO_ADDRESS, ALL_ADDRESSES = PAGES, PAGES + 1  # what an interrupt asks for instead of one page


class Kind(Enum):
    NONE = 0
    TABLE = 1
    BLOCK = 2  # a 2M page
    PAGE = 3


@record
class Entry:
    """A page table entry. `target` is a table's number, or the cell of the frame (the first page's for a block)."""

    kind: Kind = Kind.NONE
    target: Int[0, CELLS + TABLES] = 0
    writable: Bool = False
    accessed: Bool = False
    dirty: Bool = False


@record
class Store:
    """A store that only its own CPU sees: of `value` to a cell, of `entry` to the PMD or a PTE.

    `page` is the page whose translation it has used.
    """

    place: Int[0, BARRIER] = 0
    value: Int[LOWEST, HIGHEST] = LOWEST
    entry: Entry
    page: Ref[PAGES] = None


@record
class Cpu:
    tlb: Array[PAGES, Array[2, Array[FRAMES, Array[RIGHTS, Bool]]]]  # by size, frame and rights
    walk_cache: Array[TABLES, Bool]  # the paging-structure cache may hold this table as the PMD's
    stale_fault: Array[PAGES, Bool]  # ARM64 without ETS2: an access may still fault as it once would have
    store: Array[STORES, Store]  # the oldest first
    stores: Int[0, STORES] = 0
    irqs_off: Bool = False
    ipi: Array[CPUS, Array[PAGES + 2, Bool]]  # asked for by CPU, not handled yet
    tlbi: Array[CPUS, Array[PAGES, Bool]]  # ... and a TLBI that this CPU has not completed
    mixed: Array[PAGES, Ghost[Bool]]  # ever, if WATCH is 1
    conflict: Array[PAGES, Ghost[Bool]]


@record
class Machine:
    cell: Array[CELLS, Int[LOWEST, HIGHEST]]
    pmd: Entry
    pte: Array[TABLES, Array[PAGES, Entry]]
    cpu: Array[CPUS, Cpu]


NOTHING = (Kind.NONE, 0, False, False, False)
"""An invalid entry as a value: kind, target, writable, accessed, dirty."""


def content(entry):
    """The value of an entry."""
    return entry.kind, entry.target, entry.writable, entry.accessed, entry.dirty


def set_entry(entry, value) -> None:
    """Make `value` the entry's."""
    kind, target, writable, accessed, dirty = value
    entry.kind = kind
    entry.target = target
    entry.writable = writable
    entry.accessed = accessed
    entry.dirty = dirty


def pte_place(table, page):
    """Where a store to a PTE goes."""
    return PTES + table * PAGES + page


def is_entry(entry, value):
    """Whether the entry has `value`."""
    kind, target, writable, accessed, dirty = value
    return (
        entry.kind == kind
        and entry.target == target
        and entry.writable == writable
        and entry.accessed == accessed
        and entry.dirty == dirty
    )
