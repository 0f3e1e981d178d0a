"""What the mapcounts of a page say, v4.5 to v6.1."""

from models.mm.collapse import collapse_pte_mapped_thp
from models.mm.page import ANON
from properties.refcount import huge_mappings, mappings
from thpverify.lang import at, invariant


@invariant(code="MAP")
def mapcount_equation(s) -> bool:
    """While no page table lock is held, the counters say exactly what the page tables map.

    Anonymous: a subpage counts its PTEs, and one more while PG_double_map is set. File: its PTEs and all huge PMDs.
    compound_mapcount counts the huge PMDs. collapse_pte_mapped_thp() drops its lock before the entries go.
    """
    pmds = huge_mappings(s)
    bias = (1 if s.page.double_map else 0) if ANON == 1 else pmds
    exact = s.page.compound_mapcount == pmds and all(
        s.page.mapcount[i] == mappings(s, i) + bias for i in range(len(s.page.mapcount))
    )
    early = at(collapse_pte_mapped_thp[0], "pte unlock", "step 3: page_ref_sub")
    return early or any(m.ptl for m in s.mm) or exact


@invariant(code="MAP")
def page_mapped_sees_every_mapping(s) -> bool:
    """A subpage that an entry maps never looks unmapped: its own mapcount or compound_mapcount is above zero.

    The exception is collapse_pte_mapped_thp(), which removes the mappings first and holds the page lock meanwhile.
    """
    early = at(
        collapse_pte_mapped_thp[0],
        "step 1: every present entry maps its subpage",
        "step 2: page_remove_rmap",
        "pte unlock",
        "step 3: page_ref_sub",
    )
    return early or all(
        s.page.mapcount[i] > 0 or s.page.compound_mapcount > 0 or (mappings(s, i) == 0 and huge_mappings(s) == 0)
        for i in range(len(s.page.mapcount))
    )


@invariant(code="MAP")
def double_map_needs_both(s) -> bool:
    """PG_double_map stands for a bias only while a huge PMD is counted, unless a page table lock is held."""
    return not s.page.double_map or s.page.compound_mapcount > 0 or any(m.ptl for m in s.mm)
