"""The second stage of translation on ARM64: one 2M window of stage-2 tables, and what TLBs may hold of them.

As in translation.py, what may be cached is a set: `fill` adds after every step what can be walked now, and only a TLBI
takes away. Translations from a block and from a page of the same frame are kept apart, since both at once are a TLB
conflict (Arm ARM, break-before-make). All CPUs share one set: a property that forbids a translation forbids it to
every CPU, and KVM's TLBIs are broadcast and waited for (DSB) before it goes on, so that they are one step. The sets are
ghosts: whether an access faults depends on the walk alone, since a CPU may have forgotten everything.
"""

from enum import Enum

from models.hardware.x86_64 import Spte
from models.mm.page import NR
from thpverify.lang import Array, Bool, Constant, Ghost, Int, record

TABLES = Constant("STAGE2_TABLES", 2)  # pages that can become the window's table


class S2Pmd(Enum):
    NONE = 0
    BLOCK = 1  # 2M: the huge page
    TABLE = 2
    LOCKED = 3  # KVM_INVALID_PTE_LOCKED: invalid, and another CPU is about to write it


@record
class Table:
    """A page of PTEs. `refcount` is its page_count(): 0 while it is free, else 1 and one for each entry."""

    refcount: Int[0, NR + 1] = 0
    pte: Array[NR, Spte] = Spte.NONE
    writable: Array[NR, Bool] = False
    locked: Array[NR, Bool] = False  # KVM_INVALID_PTE_LOCKED, in an entry that is NONE


@record
class Cached:
    """The translations of one guest frame that may be cached, by size, frame and rights."""

    block: Ghost[Bool] = False
    block_writable: Ghost[Bool] = False
    page: Ghost[Bool] = False  # 4K: the subpage
    fresh: Ghost[Bool] = False  # 4K: the small page in its place
    writable: Ghost[Bool] = False  # one of the two, writable


@record
class Stage2:
    pmd: S2Pmd = S2Pmd.NONE
    writable: Bool = False  # of a block
    child: Int[0, TABLES - 1] = 0  # of a table
    table: Array[TABLES, Table]
    walk_cache: Array[TABLES, Ghost[Bool]] = False  # a walk may start at this table, whatever the PMD says now
    tlb: Array[NR, Cached]
    astray: Ghost[Bool] = False  # a walk maps other memory than the fault was about
    overwritten: Ghost[Bool] = False  # a valid descriptor was replaced by another valid one


def fill(s) -> None:
    """Close what may be cached under every walk that is possible now."""
    t = s.stage2
    if t.pmd == S2Pmd.BLOCK:
        for cached in t.tlb:
            cached.block = True
            if t.writable:
                cached.block_writable = True
    if t.pmd == S2Pmd.TABLE:
        t.walk_cache[t.child] = True
    for k in range(TABLES):
        if t.walk_cache[k]:
            for i in range(NR):
                if t.table[k].pte[i] == Spte.PAGE:
                    t.tlb[i].page = True
                if t.table[k].pte[i] == Spte.FRESH:
                    t.tlb[i].fresh = True
                if t.table[k].writable[i]:
                    t.tlb[i].writable = True


def tlbi_ipa(t, i: int) -> None:
    """TLBI IPAS2E1IS of guest frame i and DSB: a block goes whole, a page only for this frame, and the walk cache.

    KVM drops all combined translations of both stages with it (TLBI VMALLE1IS); what is kept is stage 2 alone.
    """
    for cached in t.tlb:
        cached.block = False
        cached.block_writable = False
    t.tlb[i].page = False
    t.tlb[i].fresh = False
    t.tlb[i].writable = False
    for k in range(TABLES):
        t.walk_cache[k] = False


def tlbi_level_2(t) -> None:
    """TLBI IPAS2E1IS with level 2 as its hint: only a block has to go, and what leads to a table may stay."""
    for cached in t.tlb:
        cached.block = False
        cached.block_writable = False


def tlbi_vmid(t) -> None:
    """TLBI VMALLS12E1IS and DSB: everything that is cached for the virtual machine."""
    for i in range(NR):
        tlbi_ipa(t, i)


def leaf(t, i: int) -> Spte:
    """What a walk for guest frame i finds now."""
    if t.pmd == S2Pmd.BLOCK:
        return Spte.HUGE
    if t.pmd == S2Pmd.TABLE:
        return t.table[t.child].pte[i]
    return Spte.NONE


def may_write(t, i: int) -> bool:
    """Whether a walk for guest frame i finds an entry that lets the guest write."""
    if t.pmd == S2Pmd.BLOCK:
        return t.writable
    return t.pmd == S2Pmd.TABLE and t.table[t.child].writable[i]
