"""arch/arm64/kvm/hyp/pgtable.c, v5.10 to v5.19: the walkers that replaced stage2_set_pmd_huge() and stage2_set_pte().

The caller holds mmu_lock. A walker reads a descriptor once and acts on what it read, which matters where mmu_lock is
only held for reading. `overwritten` notes what kvm_set_table_pte() warns of: a valid descriptor in the way.
"""

from models.hardware.arm64_stage2 import TABLES, S2Pmd, tlbi_ipa, tlbi_vmid
from models.hardware.x86_64 import Spte
from models.kvm.arm64.stage2 import clear_pmd
from models.mm.page import NR
from thpverify.lang import atomic, choose


def map_block(s, writable: bool):
    """kvm_pgtable_stage2_map() of 2M; the caller's step goes on from the write of the block.

    A table in the way is unlinked, everything invalidated, and the table freed: stage2_map_walk_table_pre and _post.
    A block in the way is another vCPU's, which did not log either: it is the same, and nothing is done. What
    stage2_put_pte() would do with a different one is left out.
    """
    t = s.stage2
    atomic("one descriptor, seen by the guest's walks")
    if t.pmd == S2Pmd.BLOCK:
        assert t.writable == writable, "stage2_put_pte() of a block"
        return
    if t.pmd == S2Pmd.TABLE:
        k = t.child
        clear_pmd(t)
        yield "stage2_map_walk_table_pre: cleared"
        tlbi_vmid(t)
        yield "stage2_map_walk_table_pre: invalidated"
        atomic("the table is in no descriptor and no walk cache any more")
        free_table(t, k)
        yield "stage2_map_walk_table_post: table freed"
    atomic("one descriptor, seen by the guest's walks")
    t.pmd = S2Pmd.BLOCK
    t.writable = writable


def map_page(s, gfn: int, entry: Spte, writable: bool):
    """kvm_pgtable_stage2_map() of 4K; the caller's step goes on from the write of the PTE.

    A block in the way is broken and replaced by an empty table: stage2_map_walk_leaf().
    """
    t = s.stage2
    atomic("one descriptor, seen by the guest's walks; the new table is this task's own")
    old = t.pmd
    k = t.child
    if old != S2Pmd.TABLE:
        k = choose(j for j in range(TABLES) if t.table[j].refcount == 0)
        t.table[k].refcount = 1
        yield "stage2_map_walk_leaf: PMD read, table allocated"
        if old == S2Pmd.BLOCK:
            clear_pmd(t)
            yield "stage2_put_pte: cleared"
            tlbi_ipa(t, gfn)
            yield "stage2_put_pte: invalidated"
        atomic("one descriptor, seen by the guest's walks")
        if t.pmd != S2Pmd.NONE:
            t.overwritten = True
        t.pmd = S2Pmd.TABLE
        t.writable = False
        t.child = k
    yield "PMD is a table"
    table = t.table[k]
    atomic("one descriptor, seen by the guest's walks")
    if table.pte[gfn] == entry and table.writable[gfn] == writable:
        return
    if table.pte[gfn] != Spte.NONE:
        atomic("one descriptor, seen by the guest's walks")
        table.pte[gfn] = Spte.NONE
        table.writable[gfn] = False
        yield "stage2_put_pte: cleared"
        tlbi_ipa(t, gfn)
        yield "stage2_put_pte: invalidated"
    else:
        table.refcount += 1
    atomic("one descriptor, seen by the guest's walks")
    table.pte[gfn] = entry
    table.writable[gfn] = writable


def relax_perms(s, gfn: int):
    """kvm_pgtable_stage2_relax_perms(): the entry that is there becomes writable; no entry, nothing to do."""
    t = s.stage2
    atomic("one descriptor, seen by the guest's walks")
    if t.pmd == S2Pmd.BLOCK:
        t.writable = True
    elif t.pmd == S2Pmd.TABLE and t.table[t.child].pte[gfn] != Spte.NONE:
        t.table[t.child].writable[gfn] = True
    yield "stage2_attr_walker"
    tlbi_ipa(t, gfn)


def free_table(t, k: int) -> None:
    """The references of the entries are put, then the last one of the page."""
    for i in range(NR):
        t.table[k].pte[i] = Spte.NONE
        t.table[k].writable[i] = False
    t.table[k].refcount = 0
