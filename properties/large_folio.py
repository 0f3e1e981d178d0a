"""What the counters of a large folio say, v6.2 to v6.18. Quiescent is: no task is between two ends of an operation."""

from models.mm.large_folio import ENTIRELY_MAPPED, NR_PAGES_MAPPED, SCHEME
from models.mm.page import Pmd
from thpverify.lang import invariant, reachable


def huge_mappings(s) -> int:
    """PMDs that map the folio."""
    return sum(m.pmd == Pmd.HUGE for m in s.mm)


def mappings(s, i: int) -> int:
    """PTEs that map page i."""
    return sum(m.pte[i] for m in s.mm)


@invariant(code="MAP")
def folio_mapcount_equation(s) -> bool:
    """Quiescent, _entire_mapcount counts the PMDs and each page's _mapcount its PTEs."""
    return s.busy > 0 or (
        s.folio.entire_mapcount == huge_mappings(s)
        and all(s.folio.mapcount[i] == mappings(s, i) for i in range(len(s.folio.mapcount)))
    )


@invariant(code="MAP")
def nr_pages_mapped_equation(s) -> bool:
    """Quiescent, _nr_pages_mapped is the number of pages with a PTE, and ENTIRELY_MAPPED more if there is a PMD."""
    pages = sum(mappings(s, i) > 0 for i in range(len(s.folio.mapcount)))
    return s.busy > 0 or s.folio.nr_pages_mapped == pages + (ENTIRELY_MAPPED if huge_mappings(s) > 0 else 0)


@invariant(code="MAP")
def large_mapcount_equation(s) -> bool:
    """Quiescent, from v6.10 on, _large_mapcount is the number of all mappings."""
    total = huge_mappings(s) + sum(mappings(s, i) for i in range(len(s.folio.mapcount)))
    return SCHEME == NR_PAGES_MAPPED or s.busy > 0 or s.folio.large_mapcount == total


@invariant(code="MAP")
def folio_mapped_sees_every_mapping(s) -> bool:
    """At all times, what an entry maps looks mapped: by _large_mapcount from v6.10 on, by its own counts before."""
    size = len(s.folio.mapcount)
    if SCHEME == NR_PAGES_MAPPED:
        return (s.folio.entire_mapcount > 0 or huge_mappings(s) == 0) and all(
            s.folio.mapcount[i] > 0 or mappings(s, i) == 0 for i in range(size)
        )
    return s.folio.large_mapcount > 0 or (huge_mappings(s) == 0 and all(mappings(s, i) == 0 for i in range(size)))


@invariant(code=("COW", "MAP"))
def never_falsely_exclusive(s) -> bool:
    """At all times: what folio_maybe_mapped_shared() calls exclusive is in the page table of one process at most.

    That it calls a folio shared which is not is allowed.
    """
    users = sum(1 for m in s.mm if m.pmd == Pmd.HUGE or any(m.pte))
    return (s.folio.large_mapcount > 1 and s.folio.shared) or users <= 1


@invariant(code="ACCT")
def file_mapped_equation(s) -> bool:
    """Quiescent, NR_FILE_MAPPED has each page that is mapped by something once."""
    size = len(s.folio.mapcount)
    mapped = size if huge_mappings(s) > 0 else sum(mappings(s, i) > 0 for i in range(size))
    return s.busy > 0 or s.folio.file_mapped == mapped


@reachable
def falsely_shared(s) -> bool:
    """A folio is called shared that only one process maps: allowed, and so no answer to rely on."""
    users = sum(1 for m in s.mm if m.pmd == Pmd.HUGE or any(m.pte))
    return s.busy == 0 and users == 1 and s.folio.large_mapcount > 1 and s.folio.shared


@reachable
def called_shared(s) -> bool:
    """A folio that two processes map is called shared."""
    return s.folio.large_mapcount > 1 and s.folio.shared


@reachable
def mapped_by_pmd_and_pte(s) -> bool:
    """One process maps it by PMD, another by PTE."""
    return huge_mappings(s) > 0 and any(mappings(s, i) > 0 for i in range(len(s.folio.mapcount)))
