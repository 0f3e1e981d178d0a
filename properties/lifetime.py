"""Nothing is freed while something can still reach it."""

from models.hardware.x86_64 import Spte
from models.kvm.second_stage import mapped_as, reaches_fresh, reaches_page
from models.mm.page import ANON, Pmd, Pte, head
from thpverify.lang import invariant


def is_free(s, i: int) -> bool:
    """Whether subpage i was given back: the count is zero, and not because it is frozen."""
    return not s.page.frozen and s.page.refcount[head(s, i)] == 0


@invariant(code="FWM")
def nothing_freed_is_mapped(s) -> bool:
    """A freed subpage is in no page table, in no EPT entry, in no TLB, and not in the page cache."""
    return all(
        not is_free(s, i)
        or not (
            s.page.cached
            or any(m.pmd == Pmd.HUGE or m.pte[i] == Pte.PAGE for m in s.mm)
            or mapped_as(s, i) in (Spte.PAGE, Spte.HUGE)
            or reaches_page(s, i)
        )
        for i in range(len(s.page.refcount))
    )


@invariant(code="FWM")
def only_cached_file_pages_are_mapped(s) -> bool:
    """A shmem page that has left the page cache, by truncation or migration, is in no process's page table."""
    return (
        ANON == 1 or s.page.cached or all(m.pmd != Pmd.HUGE and all(entry != Pte.PAGE for entry in m.pte) for m in s.mm)
    )


@invariant(code="FWM")
def nothing_small_freed_is_mapped(s) -> bool:
    """The same for the small page in a subpage's place."""
    return all(
        s.fresh[i].refcount > 0
        or not (any(m.pte[i] == Pte.FRESH for m in s.mm) or mapped_as(s, i) == Spte.FRESH or reaches_fresh(s, i))
        for i in range(len(s.fresh))
    )
