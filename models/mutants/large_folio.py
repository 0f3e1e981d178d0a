"""Mistakes that the properties of a large folio's counters have to find; each thread ends where its mistake shows."""

from models.mm.large_folio import ENTIRELY_MAPPED, LARGE_MAPCOUNT, SCHEME, FolioMachine
from models.mm.page import MMS, NR, Pmd
from properties.large_folio import (
    folio_mapcount_equation,
    folio_mapped_sees_every_mapping,
    large_mapcount_equation,
    nr_pages_mapped_equation,
)
from thpverify.lang import scenario, thread, violates


def mapped_huge(s: FolioMachine) -> None:
    """Process 0 maps the folio by PMD."""
    s.mm[0].pmd = Pmd.HUGE
    s.folio.entire_mapcount = 1
    s.folio.nr_pages_mapped = ENTIRELY_MAPPED
    s.folio.large_mapcount = 1


@thread
def zap_without_rmap(s, a: int):
    """zap_huge_pmd() without folio_remove_rmap_pmd()."""
    m = s.mm[a]
    while m.ptl:
        yield
    m.pmd = Pmd.NONE
    yield "pmd cleared"


@thread
def uncount_before_zap(s, a: int):
    """folio_remove_rmap_pmd() before the entry is cleared."""
    m = s.mm[a]
    while m.ptl:
        yield
    s.folio.large_mapcount -= 1
    yield "_large_mapcount"


ONE = {
    "state": FolioMachine,
    "initial": mapped_huge,
    "constants": {MMS: 1, NR: 2, SCHEME: LARGE_MAPCOUNT},
}

scenario(
    "mutant-large-folio-zap-without-rmap",
    threads=[zap_without_rmap(a=0)],
    properties=[folio_mapcount_equation],
    expect=violates("folio_mapcount_equation"),
    **ONE,
)
scenario(
    "mutant-large-folio-zap-without-rmap",
    threads=[zap_without_rmap(a=0)],
    properties=[nr_pages_mapped_equation],
    variant="_nr_pages_mapped",
    expect=violates("nr_pages_mapped_equation"),
    **ONE,
)
scenario(
    "mutant-large-folio-zap-without-rmap",
    threads=[zap_without_rmap(a=0)],
    properties=[large_mapcount_equation],
    variant="_large_mapcount",
    expect=violates("large_mapcount_equation"),
    **ONE,
)
scenario(
    "mutant-large-folio-uncount-before-zap",
    threads=[uncount_before_zap(a=0)],
    properties=[folio_mapped_sees_every_mapping],
    expect=violates("folio_mapped_sees_every_mapping"),
    **ONE,
)
