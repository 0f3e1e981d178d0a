"""What PageAnonExclusive promises to who pins a page (models/mm/anon_exclusive.py), v5.19 and later."""

from models.hardware.weak_memory import final
from models.mm.anon_exclusive import PTE
from thpverify.lang import invariant, reachable


@invariant(code=("COW", "ORDER"))
def pinned_page_is_not_shared(s) -> bool:
    """A page that get_user_pages_fast() has returned is not shared as well."""
    return not (s.pinned and s.shared)


@reachable
def page_is_pinned_and_stays_exclusive(s) -> bool:
    """The page is pinned, and who wanted to share it gives up."""
    return s.pinned and s.refused


@reachable
def page_is_shared(s) -> bool:
    """The page is shared, and not pinned."""
    return s.shared and not s.pinned and final(s.memory, PTE) == 0
