"""mm/memory.c: faults of an anonymous area, v4.5 to v5.6."""

from models.mm.page import Pmd, Pte, begin, finish, put_fresh
from thpverify.lang import atomic, choose, thread


@thread
def anon_fault(s, a: int, first: int, last: int):
    """do_anonymous_page(): the process touches an address where nothing is mapped and gets a zeroed small page.

    One small page stands for all that an address may get: the next fault waits until it is free again. Allocating a
    huge page anew (after the whole window was unmapped) is left out: that page would be another one.
    """
    m = s.mm[a]
    while True:
        i = choose(
            j for j in range(first, last + 1) if m.pmd != Pmd.HUGE and m.pte[j] == Pte.NONE and s.fresh[j].refcount == 0
        )
        atomic("the page is this task's own until it is mapped")
        s.fresh[i].refcount = 1
        s.fresh[i].held = 1
        s.fresh[i].data = False
        begin(s)
        yield "alloc_zeroed_user_highpage"
        yield from map_fresh(s, a, i)
        finish(s)
        yield "fault returns"


def map_fresh(s, a: int, i: int):
    """Map the small page, whose only reference becomes the mapping's; or free it if somebody was faster."""
    m = s.mm[a]
    while m.ptl:
        yield
    if m.pmd == Pmd.HUGE or m.pte[i] != Pte.NONE:
        put_fresh(s, i)
        yield "entry is there, page freed"
        return
    atomic("ptl is taken and dropped in this step; it covers the entry")
    if m.pmd == Pmd.NONE:
        m.pmd = Pmd.TABLE
    m.pte[i] = Pte.FRESH
    s.fresh[i].held -= 1
    yield "pte set"
