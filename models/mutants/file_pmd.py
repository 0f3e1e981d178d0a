"""Mistakes that the properties of a PMD-mapped shmem page have to find, for those that no known bug breaks."""

from models.mm.file_pmd import HUGE, Pmd, Window, mapped_clean, migrate, put
from models.patches import V6_1
from properties.file_pmd import filepages_counts_the_pmd, huge_page_mapcount
from thpverify.lang import scenario, thread, violates


@thread
def zap_without(s: Window, rmap: bool, counter: bool):
    """zap_huge_pmd() of a mapped page that leaves the mapcount or the process's counter as it is."""
    while s.ptl:
        yield
    s.ptl = True
    yield "pmd lock"
    if s.pmd == Pmd.HUGE:
        s.pmd = Pmd.NONE
        s.page[HUGE].held += 1
        if counter:
            s.filepages -= 1
        yield "pmd cleared"
        if rmap:
            s.page[HUGE].mapcount -= 1
            yield "page_remove_rmap"
        put(s, HUGE)
        yield "put_page"
    s.ptl = False
    yield "pmd unlock"


ZAP = {"state": Window, "initial": mapped_clean, "era": V6_1}
scenario(
    "mutant-zap-file-pmd-without-rmap",
    threads=[zap_without(rmap=False, counter=True), migrate()],
    properties=[huge_page_mapcount],
    expect=violates("huge_page_mapcount"),
    **ZAP,
)
scenario(
    "mutant-zap-file-pmd-without-counter",
    threads=[zap_without(rmap=True, counter=False), migrate()],
    properties=[filepages_counts_the_pmd],
    expect=violates("filepages_counts_the_pmd"),
    **ZAP,
)
