"""What mprotect() promises to the program and to a virtual machine. For models/mm/protection.py, v4.5 to v5.19."""

from models.mm.protection import NR, Kind, Spte, writes
from thpverify.lang import invariant, reachable


@invariant(code=("TLB", "LOST"))
def protected_page_cannot_be_written(s) -> bool:
    """When mprotect(PROT_READ) has returned, neither the page table nor a cached translation lets a store pass."""
    return all(not s.read_only[i] or not (writes(s, i) or s.cached[i]) for i in range(NR))


@invariant(code="SEC")
def guest_writes_where_the_process_may(s) -> bool:
    """While no invalidation is open, the second stage lets the guest write only what the process's entry lets it."""
    return s.count > 0 or all(s.spte[i] != Spte.WRITE or writes(s, i) for i in range(NR))


@invariant(code=("DIRTY", "LOST"))
def written_page_is_dirty(s) -> bool:
    """While the page table lock is free, a page that was written to is dirty itself, or by its entry."""
    return s.ptl or all(
        not s.written[i] or s.page_dirty or (s.pte[i].dirty if s.pmd.kind == Kind.TABLE else s.pmd.dirty)
        for i in range(NR)
    )


@reachable
def page_is_read_only(s) -> bool:
    """mprotect(PROT_READ) of the whole page returns."""
    return all(s.read_only)


@reachable
def half_of_the_page_is_read_only(s) -> bool:
    """mprotect(PROT_READ) of one subpage returns, and the other can be written."""
    return s.read_only[0] and writes(s, 1)


@reachable
def guest_can_write(s) -> bool:
    """KVM maps a page writable."""
    return Spte.WRITE in (s.spte[0], s.spte[1])


@reachable
def protected_migration_entry(s) -> bool:
    """mprotect(PROT_READ) has returned while the page is being migrated."""
    return all(s.read_only) and s.pmd.kind == Kind.MIGRATION


@reachable
def page_has_moved(s) -> bool:
    """The page is mapped by PMD again, and known to be dirty."""
    return s.pmd.kind == Kind.PAGE and s.page_dirty
