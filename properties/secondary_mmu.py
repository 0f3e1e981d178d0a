"""The secondary MMU maps nothing that the primary MMU does not. Address space 0 is the virtual machine's process."""

from models.kvm.notifier import is_invalidated
from models.kvm.second_stage import reaches_fresh, reaches_page
from models.mm.page import NR, Pmd, Pte, entry
from models.mm.split import split_huge_page
from thpverify.lang import at, invariant


@invariant(code="SEC")
def secondary_has_primary(s) -> bool:
    """While no invalidation of it is open, EPT and TLB translate a guest frame only to what the process maps there.

    Open is a range between its start and its end, and, until v4.12, the time from try_to_unmap_one()'s clearing of an
    entry to its call of invalidate_page().
    """
    due = at(split_huge_page[0], "ptep_clear_flush", "page_remove_rmap", "put_page, unlock")
    return due or all(
        is_invalidated(s, i)
        or (
            (entry(s, 0, i) == Pte.PAGE or not reaches_page(s, i))
            and (entry(s, 0, i) == Pte.FRESH or not reaches_fresh(s, i))
        )
        for i in range(NR)
    )


@invariant(code=("SEC", "DATA"))
def primary_is_never_replaced_under_secondary(s) -> bool:
    """Never, not even while an invalidation is open, EPT or TLB lead to another page than the process's page table."""
    return all(
        not (reaches_page(s, i) and entry(s, 0, i) == Pte.FRESH)
        and not (reaches_fresh(s, i) and entry(s, 0, i) == Pte.PAGE)
        for i in range(NR)
    )


def process_maps_huge(s) -> bool:
    """The virtual machine's process maps the window by PMD."""
    return s.mm[0].pmd == Pmd.HUGE
