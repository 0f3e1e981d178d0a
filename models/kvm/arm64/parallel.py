"""arch/arm64/kvm/hyp/pgtable.c, v6.2 to v6.12: stage-2 faults that hold mmu_lock for reading only, side by side.

A descriptor is broken by a compare-and-exchange with KVM_INVALID_PTE_LOCKED, and made by whoever has done so; others
who come meanwhile return to the guest (-EAGAIN). A table that a block replaces is freed after a grace period, for which
every walk is a reader.

Left out: until v6.3 the walk that has put a block in a table's place goes on in that table, which nobody reaches any
more (a9f0e3d5a089); cache maintenance; an entry in the place of one for other memory (asserted: the notifier has taken
that away).
"""

from models.hardware.arm64_stage2 import TABLES, S2Pmd, tlbi_ipa, tlbi_vmid
from models.hardware.x86_64 import Spte
from models.kvm.arm64.pgtable import free_table
from models.kvm.mmu import VCPUS
from models.mm.page import NR
from models.patches import S2_PA_FROM_IPA
from thpverify.lang import Constant, atomic, choose, thread

FREED_AT_ONCE = Constant("MODEL_TABLES_FREED_AT_ONCE", 0)  # 1: the mistake of a kernel without the grace period


def stage2_map(s, v: int, gfn: int, entry: Spte, huge: bool, writable: bool):
    """kvm_pgtable_stage2_map() with KVM_PGTABLE_WALK_SHARED, of vCPU v: whether it has mapped, or -EAGAIN."""
    s.rcu.walking[v] = True
    yield "kvm_pgtable_walk_begin"
    if huge:
        done = yield from map_block(s, v, writable)
    else:
        done = yield from map_page(s, gfn, entry, writable)
    rcu_read_unlock(s, v)
    yield "kvm_pgtable_walk_end"
    return done


def map_block(s, v: int, writable: bool):
    """stage2_map_walker() of 2M. What is there already is left as it is: only its rights could be others."""
    t = s.stage2
    atomic("one descriptor")
    pmd, child = t.pmd, t.child
    yield "PMD read"
    if pmd == S2Pmd.BLOCK or pmd == S2Pmd.LOCKED:
        return False
    broken = yield from try_break_pmd(s, pmd, child, False)
    if not broken:
        return False
    make_pmd(s, S2Pmd.BLOCK, 0, writable)
    yield "stage2_make_pte: block"
    if pmd == S2Pmd.TABLE:
        remove_table(s, child)
        yield "free_removed_table"
        return True
    atomic("one descriptor")
    pmd, child = t.pmd, t.child
    yield "PMD read again"
    if pmd != S2Pmd.TABLE:
        return True
    if not S2_PA_FROM_IPA.applied:
        s.stage2.astray = True
    for i in range(NR):
        done = yield from map_pte(s, child, i, Spte.PAGE, writable)
        if not done:
            return False
    return True


def map_page(s, gfn: int, entry: Spte, writable: bool):
    """stage2_map_walker() of 4K: a block, or nothing, gives way to a table that has been prepared."""
    t = s.stage2
    atomic("one descriptor")
    pmd, child, rights = t.pmd, t.child, t.writable
    yield "PMD read"
    if pmd == S2Pmd.LOCKED:
        return False
    if pmd != S2Pmd.TABLE:
        k = choose(j for j in range(TABLES) if t.table[j].refcount == 0)
        atomic("a page that nobody else has")
        t.table[k].refcount = 1
        yield "zalloc_page"
        broken = yield from try_break_pmd(s, pmd, child, rights)
        if not broken:
            t.table[k].refcount = 0
            yield "put_page of the table"
            return False
        make_pmd(s, S2Pmd.TABLE, k, False)
        yield "stage2_make_pte: table"
        atomic("one descriptor")
        pmd, child = t.pmd, t.child
        yield "PMD read again"
        if pmd != S2Pmd.TABLE:
            return True
    return (yield from map_pte(s, child, gfn, entry, writable))


def map_pte(s, k: int, i: int, entry: Spte, writable: bool):
    """stage2_map_walker_try_leaf() of a PTE in table k."""
    table = s.stage2.table[k]
    atomic("one descriptor; whether the table is free is for the property")
    old, rights, locked = table.pte[i], table.writable[i], table.locked[i]
    s.rcu.misused = s.rcu.misused or table.refcount == 0
    yield "PTE read"
    if locked or old == entry:
        return False
    atomic("cmpxchg() of one descriptor; whether the table is free is for the property")
    same = table.pte[i] == old and table.writable[i] == rights and not table.locked[i]
    if same:
        table.pte[i] = Spte.NONE
        table.writable[i] = False
        table.locked[i] = True
    s.rcu.misused = s.rcu.misused or table.refcount == 0
    yield "stage2_try_break_pte"
    if not same:
        return False
    assert old == Spte.NONE, "other memory in the entry"
    table.refcount += 1
    yield "get_page"
    atomic("one descriptor")
    table.pte[i] = entry
    table.writable[i] = writable
    table.locked[i] = False
    yield "stage2_make_pte"
    return True


def stage2_relax_perms(s, v: int, gfn: int):
    """kvm_pgtable_stage2_relax_perms(): the entry that is there becomes writable, whatever its level; or -EAGAIN."""
    t = s.stage2
    s.rcu.walking[v] = True
    yield "kvm_pgtable_walk_begin"
    atomic("one descriptor")
    pmd, child, rights = t.pmd, t.child, t.writable
    yield "PMD read"
    done = False
    if pmd == S2Pmd.BLOCK:
        atomic("cmpxchg() of one descriptor")
        done = t.pmd == S2Pmd.BLOCK and t.writable == rights
        if done:
            t.writable = True
        yield "stage2_try_set_pte: block"
    elif pmd == S2Pmd.TABLE:
        done = yield from relax_pte(s, child, gfn)
    rcu_read_unlock(s, v)
    yield "kvm_pgtable_walk_end"
    if done:
        tlbi_ipa(t, gfn)
        yield "kvm_tlb_flush_vmid_ipa"
    return done


def relax_pte(s, k: int, i: int):
    """stage2_attr_walker() of a PTE in table k."""
    table = s.stage2.table[k]
    atomic("one descriptor; whether the table is free is for the property")
    old, rights = table.pte[i], table.writable[i]
    s.rcu.misused = s.rcu.misused or table.refcount == 0
    yield "PTE read"
    if old == Spte.NONE:
        return False
    atomic("cmpxchg() of one descriptor; whether the table is free is for the property")
    same = table.pte[i] == old and table.writable[i] == rights
    if same:
        table.writable[i] = True
    s.rcu.misused = s.rcu.misused or table.refcount == 0
    yield "stage2_try_set_pte"
    return same


def try_break_pmd(s, pmd: S2Pmd, child: int, rights: bool):
    """stage2_try_break_pte() of the PMD, which was seen to be this: whether it is LOCKED now, and invalidated."""
    t = s.stage2
    atomic("cmpxchg() of one descriptor")
    same = t.pmd == pmd and t.child == child and (pmd != S2Pmd.BLOCK or t.writable == rights)
    if same:
        t.pmd = S2Pmd.LOCKED
        t.writable = False
        t.child = 0
    yield "stage2_try_break_pte"
    if not same:
        return False
    if pmd == S2Pmd.TABLE:
        tlbi_vmid(t)
        yield "kvm_tlb_flush_vmid"
    elif pmd == S2Pmd.BLOCK:
        tlbi_ipa(t, 0)
        yield "kvm_tlb_flush_vmid_ipa"
    return True


def make_pmd(s, pmd: S2Pmd, child: int, writable: bool) -> None:
    """stage2_make_pte() of the PMD, which is LOCKED by this task."""
    t = s.stage2
    atomic("one descriptor")
    assert t.pmd == S2Pmd.LOCKED
    t.pmd = pmd
    t.child = child
    t.writable = writable


def split(s):
    """kvm_pgtable_stage2_split() (v6.5), under mmu_lock: a block gives way to a table with all its entries."""
    t = s.stage2
    if t.pmd == S2Pmd.BLOCK:
        rights = t.writable
        k = choose(j for j in range(TABLES) if t.table[j].refcount == 0)
        atomic("a page that nobody else has")
        t.table[k].refcount = 1 + NR
        for i in range(NR):
            t.table[k].pte[i] = Spte.PAGE
            t.table[k].writable[i] = rights
        yield "kvm_pgtable_stage2_create_unlinked"
        yield from try_break_pmd(s, S2Pmd.BLOCK, 0, rights)
        make_pmd(s, S2Pmd.TABLE, k, False)
        yield "stage2_make_pte: table"


def remove_table(s, k: int) -> None:
    """stage2_free_removed_table(): call_rcu()."""
    atomic("the table is in no descriptor; which walks began before is the grace period's business")
    if FREED_AT_ONCE == 1:
        free_table(s.stage2, k)
    else:
        s.rcu.removed[k] = True
        for v in range(VCPUS):
            s.rcu.waits[k][v] = s.rcu.walking[v]


def rcu_read_unlock(s, v: int) -> None:
    """The walk of vCPU v ends, and with it what grace periods wait for."""
    atomic("which walks began before is the grace period's business")
    s.rcu.walking[v] = False
    for k in range(TABLES):
        s.rcu.waits[k][v] = False


@thread
def rcu_callback(s):
    """stage2_free_removed_table_rcu_cb()."""
    while True:
        k = choose(j for j in range(TABLES) if s.rcu.removed[j] and not any(s.rcu.waits[j]))
        atomic("no walk has this table")
        s.rcu.removed[k] = False
        free_table(s.stage2, k)
        yield "kvm_pgtable_stage2_free_removed"
