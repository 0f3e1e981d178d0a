"""collapse_huge_page() of anonymous memory, v5.4 to v6.1."""

from models.mm.anon_collapse import Pmd
from thpverify.lang import invariant, reachable


@invariant(code=("DATA", "COW"))
def page_in_use_is_not_collapsed(s) -> bool:
    """What get_user_pages_fast() has returned is still what the process maps: no huge page has taken its place."""
    return s.pmd != Pmd.HUGE or all(page is None for page in s.gup)


@invariant(code=("DATA", "COW"))
def collapsed_page_has_the_data_of_its_process(s) -> bool:
    """The huge page has nothing that the child wrote to its own page."""
    return not any(s.spoiled)


@reachable
def shared_page_is_collapsed(s) -> bool:
    """The huge page is mapped, and the child keeps a small page, which is its own now and written to."""
    return s.pmd == Pmd.HUGE and any(page.child and page.written for page in s.page)


@reachable
def small_pages_are_collapsed(s) -> bool:
    """The huge page is mapped, and all small pages are free."""
    return s.pmd == Pmd.HUGE and all(page.refcount == 0 for page in s.page)


@reachable
def page_is_gotten_in_the_old_table(s) -> bool:
    """A small page is in use while the collapse has the page table."""
    return s.pmd == Pmd.NONE and any(page is not None for page in s.gup)
