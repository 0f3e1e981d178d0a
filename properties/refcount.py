"""What the references of a page add up to."""

from models.mm.collapse import collapse_pte_mapped_thp
from models.mm.gup import pin_user_page
from models.mm.page import Pmd, Pte, head
from thpverify.lang import at, invariant, local


def mappings(s, i: int) -> int:
    """PTEs that map subpage i, in all address spaces."""
    return sum(m.pte[i] == Pte.PAGE for m in s.mm)


def huge_mappings(s) -> int:
    """Huge PMDs that map the page."""
    return sum(m.pmd == Pmd.HUGE for m in s.mm)


@invariant(code="REF")
def refcount_equation(s) -> bool:
    """A page that is not frozen has a reference per PTE, one per huge PMD, those of the cache and of running tasks.

    The page cache holds one per subpage. collapse_pte_mapped_thp() gives the references back before the entries go.
    """
    size = len(s.page.refcount)
    cache = 1 if s.page.cached else 0
    whole = (
        s.page.refcount[0]
        == size * cache + huge_mappings(s) + sum(mappings(s, i) for i in range(size)) + s.page.held[0]
    )
    parts = all(s.page.refcount[i] == cache + mappings(s, i) + s.page.held[i] for i in range(size))
    early = at(collapse_pte_mapped_thp[0], "step 3: page_ref_sub")
    return s.page.frozen or early or (whole if s.page.compound else parts)


@invariant(code="REF")
def small_refcount_equation(s) -> bool:
    """The small page in a subpage's place has a reference per PTE, the page cache's, and those of running tasks."""
    return all(
        s.fresh[i].refcount
        == sum(m.pte[i] == Pte.FRESH for m in s.mm) + (1 if s.fresh[i].cached else 0) + s.fresh[i].held
        for i in range(len(s.fresh))
    )


@invariant(code=("REF", "LEAK"))
def idle_tasks_hold_nothing(s) -> bool:
    """When no task is doing anything, all references belong to mappings and the page cache: none was forgotten."""
    return s.busy > 0 or all(s.page.held[i] == 0 and s.fresh[i].held == 0 for i in range(len(s.fresh)))


@invariant(code="REF")
def pinned_page_has_the_reference(s) -> bool:
    """What get_user_pages_fast() returned can be put: the reference is where compound_head() of it leads."""
    pinned = at(pin_user_page[0], "gup: entry unchanged")
    i = local(pin_user_page[0], "i")
    return not pinned or s.page.held[head(s, i)] + s.fresh[i].held > 0
