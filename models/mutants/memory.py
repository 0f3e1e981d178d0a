"""Mistakes that the properties of a page and its mappings have to find: for each property one that no known bug breaks.

Each thread is a piece of models/mm with one thing left out or put in the wrong order. It ends where the mistake shows.
"""

from models.kvm.mmu import KVM, Machine
from models.kvm.set_up import mapped_once, mapped_twice
from models.mm.anon import anon_fault
from models.mm.page import ANON, MMS, NR, Pmd, Pte, begin, get_page, head, lock_page
from models.mm.zap import madvise_dontneed
from models.patches import V4_8
from properties.lifetime import only_cached_file_pages_are_mapped
from properties.mapcount import double_map_needs_both, mapcount_equation, page_mapped_sees_every_mapping
from properties.refcount import refcount_equation, small_refcount_equation
from thpverify.lang import atomic, choose, scenario, thread, violates


@thread
def map_without_reference(s, a: int):
    """A fault that maps a subpage again and keeps its only reference for itself."""
    m = s.mm[a]
    while m.pmd != Pmd.TABLE or m.pte[0] != Pte.NONE or s.page.refcount[0] == 0:
        yield
    atomic("get_page_unless_zero()")
    begin(s)
    get_page(s, 0)
    yield "reference"
    while m.ptl:
        yield
    m.ptl = True
    s.page.mapcount[0] += 1
    yield "page_add_rmap"
    m.pte[0] = Pte.PAGE
    m.ptl = False
    yield "pte set"


@thread
def free_after_mapping(s, a: int):
    """A fault that maps its new small page and then frees it, as if somebody had been faster."""
    m = s.mm[a]
    i = choose(j for j in range(NR) if m.pmd == Pmd.TABLE and m.pte[j] == Pte.NONE and s.fresh[j].refcount == 0)
    atomic("the page is this task's own until it is mapped")
    s.fresh[i].refcount = 1
    s.fresh[i].held = 1
    begin(s)
    yield "alloc_zeroed_user_highpage"
    while m.ptl:
        yield
    atomic("ptl is taken and dropped in this step; it covers the entry, which nobody else fills")
    m.pte[i] = Pte.FRESH
    s.fresh[i].held -= 1
    yield "pte set"
    s.fresh[i].refcount -= 1
    yield "put_page"


@thread
def zap_pte_without_rmap(s, a: int):
    """zap_pte_range() without page_remove_rmap()."""
    m = s.mm[a]
    atomic("the choice is the process's; it reads nothing")
    i = choose(j for j in range(NR) if m.pmd == Pmd.TABLE and m.pte[j] == Pte.PAGE)
    begin(s)
    yield "zap"
    while m.ptl:
        yield
    if m.pte[i] == Pte.PAGE:
        atomic("ptl is taken and dropped in this step; the mapping's reference is this task's from now on")
        m.pte[i] = Pte.NONE
        s.page.held[head(s, i)] += 1
        yield "pte cleared"


@thread
def zap_pte_rmap_first(s, a: int):
    """zap_pte_range() that calls page_remove_rmap() before it clears the entry."""
    m = s.mm[a]
    atomic("the choice is the process's; it reads nothing")
    i = choose(j for j in range(NR) if m.pmd == Pmd.TABLE and m.pte[j] == Pte.PAGE)
    begin(s)
    yield "zap"
    while m.ptl:
        yield
    if m.pte[i] == Pte.PAGE:
        m.ptl = True
        s.page.mapcount[i] -= 1
        m.ptl = False
        yield "page_remove_rmap, unlock; the entry is still there"


@thread
def zap_pmd_keeps_double_map(s, a: int):
    """zap_huge_pmd() of the last PMD of an anonymous page that leaves PG_double_map set."""
    m = s.mm[a]
    while m.ptl or m.pmd != Pmd.HUGE:
        yield
    m.ptl = True
    begin(s)
    m.pmd = Pmd.NONE
    s.page.held[0] += 1
    yield "pmd cleared"
    s.page.compound_mapcount -= 1
    m.ptl = False
    yield "compound_mapcount, pmd unlock"


@thread
def truncate_without_unmapping(s):
    """truncate_inode_page() that trusts unmap_mapping_range() to have unmapped the page, which nobody called."""
    begin(s)
    get_page(s, 0)
    yield "find_get_entries"
    yield from lock_page(s)
    s.page.cached = False
    s.page.held[0] += NR
    s.page.locked = False
    yield "__delete_from_page_cache, unlock_page"


SPLITTER = madvise_dontneed(a=0, first=0, last=1)
ALONE = {"state": Machine, "initial": mapped_once, "constants": {KVM: 0, MMS: 1, ANON: 1, NR: 2}, "era": V4_8}
SHARED = {"state": Machine, "initial": mapped_twice, "constants": {KVM: 0, MMS: 2, ANON: 1, NR: 2}, "era": V4_8}
FILE = {**ALONE, "constants": {KVM: 0, MMS: 1, ANON: 0, NR: 2}}

scenario(
    "mutant-map-without-reference",
    threads=[SPLITTER, map_without_reference(a=0)],
    properties=[refcount_equation],
    expect=violates("refcount_equation"),
    **ALONE,
)
scenario(
    "mutant-free-after-mapping",
    threads=[SPLITTER, free_after_mapping(a=0)],
    properties=[small_refcount_equation],
    expect=violates("small_refcount_equation"),
    **ALONE,
)
scenario(
    "mutant-zap-pte-without-rmap",
    threads=[SPLITTER, zap_pte_without_rmap(a=0)],
    properties=[mapcount_equation],
    expect=violates("mapcount_equation"),
    **ALONE,
)
scenario(
    "mutant-zap-pte-rmap-first",
    threads=[SPLITTER, zap_pte_rmap_first(a=0), anon_fault(a=0, first=0, last=1)],
    properties=[page_mapped_sees_every_mapping],
    expect=violates("page_mapped_sees_every_mapping"),
    **ALONE,
)
scenario(
    "mutant-zap-pmd-keeps-double-map",
    threads=[SPLITTER, zap_pmd_keeps_double_map(a=1)],
    properties=[double_map_needs_both],
    expect=violates("double_map_needs_both"),
    **SHARED,
)
scenario(
    "mutant-truncate-without-unmapping",
    threads=[truncate_without_unmapping()],
    properties=[only_cached_file_pages_are_mapped],
    expect=violates("only_cached_file_pages_are_mapped"),
    **FILE,
)
