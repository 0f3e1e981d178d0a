"""Stage 2 on ARM64: break-before-make, the table's page, and the dirty log."""

from models.hardware.arm64_stage2 import TABLES, S2Pmd
from models.hardware.x86_64 import Spte
from models.mm.page import NR
from thpverify.lang import invariant, reachable


def locked(s) -> bool:
    """Whether somebody holds mmu_lock, for writing or for reading."""
    return s.kvm.mmu_lock or s.kvm.readers > 0


@invariant(code="BBM")
def no_conflicting_translations(s) -> bool:
    """No guest frame has a translation of a block and one of a page in the TLBs, nor two pages, at any time."""
    return all(c.block + c.page + c.fresh <= 1 for c in s.stage2.tlb)


@invariant(code="BBM")
def no_valid_entry_is_overwritten(s) -> bool:
    """A valid descriptor is never replaced by another valid one: it is broken first."""
    return not s.stage2.overwritten


@invariant(code=("REF", "LEAK"))
def table_refcount_equation(s) -> bool:
    """While mmu_lock is free, the window's table has one reference and one for each entry, and all others are free.

    A table that waits for its grace period (v6.2) has its references as well.
    """
    t = s.stage2
    return locked(s) or all(
        t.table[k].refcount
        == (
            1 + sum(t.table[k].pte[i] != Spte.NONE for i in range(NR))
            if (t.pmd == S2Pmd.TABLE and t.child == k) or s.rcu.removed[k]
            else 0
        )
        for k in range(TABLES)
    )


@invariant(code="PTUAF")
def freed_table_is_not_walked(s) -> bool:
    """No walk can start at a table whose page is free."""
    return all(s.stage2.table[k].refcount > 0 or not s.stage2.walk_cache[k] for k in range(TABLES))


@invariant(code="PTUAF")
def walk_is_in_no_freed_table(s) -> bool:
    """No walk of KVM itself goes on in a table whose page is free. v6.2 and later."""
    return not s.rcu.misused


@invariant(code=("SEC", "DATA"))
def walk_maps_the_memory_of_the_fault(s) -> bool:
    """What a walk writes into an entry is the memory that the fault has looked up for that address."""
    return not s.stage2.astray


@invariant(code="DIRTY")
def what_can_be_written_is_logged(s) -> bool:
    """While user space may rely on the dirty bitmap, the guest can write without a fault only what is marked there.

    User space gets the bitmap under mmu_lock, so that a fault may mark the page as long as it holds that lock.
    """
    return (
        not s.slot.armed
        or locked(s)
        or all(s.slot.dirty[i] or not (s.stage2.tlb[i].block_writable or s.stage2.tlb[i].writable) for i in range(NR))
    )


@reachable
def page_is_logged(s) -> bool:
    """A write of the guest shows in the dirty bitmap."""
    return any(s.slot.dirty)


@reachable
def table_is_mapped(s) -> bool:
    """The window has a table of PTEs."""
    return s.stage2.pmd == S2Pmd.TABLE


@reachable
def block_is_mapped(s) -> bool:
    """The window is a block."""
    return s.stage2.pmd == S2Pmd.BLOCK


PARALLEL = [walk_is_in_no_freed_table, walk_maps_the_memory_of_the_fault]
"""What else faults have to leave true that run side by side (v6.2)."""

STAGE2 = [
    no_conflicting_translations,
    no_valid_entry_is_overwritten,
    table_refcount_equation,
    freed_table_is_not_walked,
]
"""The safety properties of the tables themselves."""
