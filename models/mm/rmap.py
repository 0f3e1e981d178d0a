"""mm/rmap.c of v4.5 to v6.1 (the time of PG_double_map): every counter is changed in a step of its own.

The callers hold the page table lock. An anonymous page counts a PMD in compound_mapcount only; a file page counts it
in the mapcount of every subpage first and then in compound_mapcount, when it is added as well as when it is removed.
"""

from models.mm.page import ANON, NR


def page_add_file_rmap_pmd(s):
    """page_add_file_rmap(compound): v4.8 to v6.1."""
    for i in range(NR):
        s.page.mapcount[i] += 1
        yield "page_add_file_rmap: subpage"
    s.page.compound_mapcount += 1
    yield "page_add_file_rmap: compound"


def page_remove_rmap_pmd(s):
    """page_remove_rmap(compound)."""
    if ANON == 1:
        s.page.compound_mapcount -= 1
        last = s.page.compound_mapcount == 0
        yield "page_remove_rmap: compound"
        if last:
            yield from clear_double_map(s)
    else:
        for i in range(NR):
            s.page.mapcount[i] -= 1
            yield "page_remove_rmap: subpage"
        s.page.compound_mapcount -= 1
        yield "page_remove_rmap: compound"


def clear_double_map(s):
    """The last PMD is gone: TestClearPageDoubleMap(), and the subpages lose the bias."""
    doubled = s.page.double_map
    s.page.double_map = False
    yield "TestClearPageDoubleMap"
    if doubled:
        for i in range(NR):
            s.page.mapcount[i] -= 1
            yield "bias removed"


def split_anon_rmap(s):
    """The counting of __split_huge_pmd_locked() for an anonymous page: NR small mappings take the PMD's place."""
    for i in range(NR):
        s.page.mapcount[i] += 1
        yield "subpage mapped"
    shared = s.page.compound_mapcount > 1
    yield "compound_mapcount read"
    if shared:
        doubled = s.page.double_map
        s.page.double_map = True
        yield "TestSetPageDoubleMap"
        if not doubled:
            for i in range(NR):
                s.page.mapcount[i] += 1
                yield "bias added"
    s.page.compound_mapcount -= 1
    last = s.page.compound_mapcount == 0
    yield "compound_mapcount"
    if last:
        yield from clear_double_map(s)
