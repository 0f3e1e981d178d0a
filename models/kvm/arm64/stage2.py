"""arch/arm/kvm/mmu.c of v4.5 to v5.9: KVM's stage-2 page tables, which arm64 shares. mmu_lock is held throughout.

An entry that exists is never overwritten: it is cleared, the TLBs are invalidated, and the new one is written (Arm ARM:
break-before-make). A table's page has one reference for each entry, and is freed when the last entry goes. Left out:
the reference that an entry of the PMD table holds on that table, which stays.
"""

from models.hardware.arm64_stage2 import TABLES, S2Pmd, tlbi_ipa, tlbi_level_2
from models.hardware.x86_64 import Spte
from models.mm.page import NR
from models.patches import S2_DEFER_FLUSH, S2_PGTABLE, S2_TABLE_NO_HINT, S2_TABLE_NOT_DEFERRED, S2_UNMAP_TABLE
from thpverify.lang import Constant, atomic, choose

TTL = Constant("FEAT_TTL", 0)  # 1: processors with hints of the level in a TLBI
RANGE_AND_FWB = Constant("FEAT_TLBIRANGE_AND_S2FWB", 0)  # 1: with both, unmapping invalidates at its end (v6.6)


def stage2_set_pmd_huge(s, writable: bool):
    """stage2_set_pmd_huge(); the caller's step goes on from the write of the block.

    transparent_hugepage_adjust() has rounded the address of the fault down to the block's.
    """
    t = s.stage2
    if t.pmd == S2Pmd.TABLE and S2_UNMAP_TABLE.applied:
        yield from unmap_stage2_range(s, 0, NR - 1)
    if t.pmd == S2Pmd.BLOCK and t.writable == writable:
        return
    if t.pmd != S2Pmd.NONE:
        clear_pmd(t)
        yield "pmd_clear"
        tlbi_ipa(t, 0)
        yield "kvm_tlb_flush_vmid_ipa"
    atomic("one descriptor, seen by the guest's walks")
    t.pmd = S2Pmd.BLOCK
    t.writable = writable


def stage2_set_pte(s, gfn: int, entry: Spte, writable: bool, logging: bool):
    """stage2_set_pte(), with stage2_dissolve_pmd() while dirty pages are logged; the caller's step goes on.

    Without logging the PMD is taken for a table, if there is one: a block here would be walked into.
    """
    t = s.stage2
    if logging and t.pmd == S2Pmd.BLOCK:
        clear_pmd(t)
        yield "stage2_dissolve_pmd: pmd_clear"
        tlbi_ipa(t, gfn)
        yield "kvm_tlb_flush_vmid_ipa"
    assert t.pmd != S2Pmd.BLOCK
    if t.pmd == S2Pmd.NONE:
        k = choose(k for k in range(TABLES) if t.table[k].refcount == 0)
        atomic("one descriptor, seen by the guest's walks; the table is this task's own until then")
        t.table[k].refcount = 1
        t.child = k
        t.pmd = S2Pmd.TABLE
        yield "pmd_populate_kernel"
    table = t.table[t.child]
    if table.pte[gfn] == entry and table.writable[gfn] == writable:
        return
    if table.pte[gfn] != Spte.NONE:
        atomic("one descriptor, seen by the guest's walks")
        table.pte[gfn] = Spte.NONE
        table.writable[gfn] = False
        yield "kvm_set_pte(0)"
        tlbi_ipa(t, gfn)
        yield "kvm_tlb_flush_vmid_ipa"
    else:
        table.refcount += 1
    atomic("one descriptor, seen by the guest's walks")
    table.pte[gfn] = entry
    table.writable[gfn] = writable


def unmap_stage2_range(s, first: int, last: int):
    """unmap_stage2_range(): a block that overlaps goes whole; a table without entries is freed.

    kvm_pgtable_stage2_unmap() since v5.10, which does the same, but for how the TLBs are invalidated.
    """
    t = s.stage2
    deferred = RANGE_AND_FWB == 1 and S2_DEFER_FLUSH.applied
    atomic("mmu_lock is held for writing, and no walk of KVM is under way")
    if t.pmd == S2Pmd.BLOCK:
        clear_pmd(t)
        yield "unmap_stage2_pmds: pmd_clear"
        if not deferred:
            tlbi_ipa(t, first)
            yield "kvm_tlb_flush_vmid_ipa"
    elif t.pmd == S2Pmd.TABLE:
        table = t.table[t.child]
        for i in range(NR):
            if first <= i <= last and table.pte[i] != Spte.NONE:
                atomic("one descriptor, seen by the guest's walks")
                table.pte[i] = Spte.NONE
                table.writable[i] = False
                yield "unmap_stage2_ptes: kvm_set_pte(0)"
                if not deferred:
                    tlbi_ipa(t, i)
                table.refcount -= 1
                yield "kvm_tlb_flush_vmid_ipa, put_page"
        atomic("mmu_lock is held for writing, and no walk of KVM is under way")
        if table.refcount == 1:
            clear_pmd(t)
            yield "clear_stage2_pmd_entry: pmd_clear"
            if not deferred or S2_TABLE_NOT_DEFERRED.applied:
                if TTL == 1 and S2_PGTABLE.applied and not S2_TABLE_NO_HINT.applied:
                    tlbi_level_2(t)
                else:
                    tlbi_ipa(t, first)
                yield "kvm_tlb_flush_vmid_ipa"
            table.refcount = 0
            yield "pte_free_kernel"
    if deferred:
        for i in range(NR):
            if first <= i <= last:
                tlbi_ipa(t, i)
        yield "kvm_tlb_flush_vmid_range"


def wp_stage2_range(s):
    """stage2_wp_range() of the window: every entry becomes read-only. The caller invalidates the TLBs."""
    t = s.stage2
    if t.pmd == S2Pmd.BLOCK:
        yield from wp_page(s, 0)
    else:
        for i in range(NR):
            if t.pmd == S2Pmd.TABLE:
                yield from wp_page(s, i)


def wp_page(s, i: int):
    """stage2_wp_range() of guest frame i: its PTE or the whole block."""
    t = s.stage2
    atomic("one descriptor; mmu_lock, held for writing, covers which")
    if t.pmd == S2Pmd.BLOCK and t.writable:
        t.writable = False
        yield "kvm_set_s2pmd_readonly"
    elif t.pmd == S2Pmd.TABLE and t.table[t.child].writable[i]:
        t.table[t.child].writable[i] = False
        yield "kvm_set_s2pte_readonly"


def clear_pmd(t) -> None:
    """Make the PMD invalid, in one store. What it does not say any more goes back to zero, which splits no states."""
    atomic("one descriptor, seen by the guest's walks")
    t.pmd = S2Pmd.NONE
    t.writable = False
    t.child = 0
