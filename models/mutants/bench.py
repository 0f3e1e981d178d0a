"""Mistakes that the properties of the benchmark model have to find."""

from models.bench.thp_refcount import (
    Pmd,
    State,
    entire_mapcount_covers_pmds,
    fault,
    mapcount_covers_ptes,
    no_pmd_maps_a_split_page,
    refcount_covers_cache_and_mappings,
)
from thpverify.lang import atomic, scenario, thread, violates


@thread
def map_uncounted(s: State, a: int, huge: bool):
    """A mapping that no mapcount counts."""
    m = s.mm[a]
    while m.ptl or m.pmd != Pmd.NONE:
        yield
    atomic("ptl is taken and dropped in this step")
    m.pmd = Pmd.HUGE if huge else Pmd.TABLE
    if not huge:
        m.pte[0] = True
    yield "mapped"


@thread
def put_unheld(s: State):
    """put_page() of a page on which this task holds no reference."""
    s.ref[0] -= 1
    yield "put_page"


@thread
def split_without_unmapping(s: State):
    """PG_head is cleared while a PMD maps the page."""
    s.compound = False
    yield "clear PG_head"


scenario(
    "mutant-bench-map-uncounted",
    state=State,
    threads=[map_uncounted(a=0, huge=True)],
    properties=[entire_mapcount_covers_pmds],
    expect=violates("entire_mapcount_covers_pmds"),
)
scenario(
    "mutant-bench-map-uncounted",
    state=State,
    threads=[map_uncounted(a=0, huge=False)],
    properties=[mapcount_covers_ptes],
    variant="pte",
    expect=violates("mapcount_covers_ptes"),
)
scenario(
    "mutant-bench-put-unheld",
    state=State,
    threads=[fault(a=0, subpages=1), put_unheld()],
    properties=[refcount_covers_cache_and_mappings],
    expect=violates("refcount_covers_cache_and_mappings"),
    deadlock_free=False,
)
scenario(
    "mutant-bench-split-without-unmapping",
    state=State,
    threads=[fault(a=0, subpages=1), split_without_unmapping()],
    properties=[no_pmd_maps_a_split_page],
    expect=violates("no_pmd_maps_a_split_page"),
    deadlock_free=False,
)
