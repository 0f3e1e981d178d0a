"""mm/gup.c, the lockless way: read the entry, take a reference unless the page is being freed, read the entry again."""

from models.mm.page import NR, Pmd, Pte, begin, can_get, entry, finish, get_fresh, get_page, head, put_fresh, put_page
from models.patches import GUP_HEAD_AGAIN
from thpverify.lang import Constant, atomic, choose, thread

FLUSH_WAITS = Constant("FLUSH_WAITS_FOR_GUP", 1)
"""1: interrupts that are off hold back the flush of whoever unmaps the page, as on x86 that sends IPIs for it.

0: they do not, as on arm64 or in a guest whose hypervisor flushes.
"""


def get_user_page_fast(s, a: int, i: int):
    """get_user_pages_fast() of address i; returns what it holds a reference on, or Pte.NONE.

    Where flushes wait, compound_head() and the reference are one step: a split first unmaps the page, and its flush
    ends only after this walk. Elsewhere they are two, see try_get_compound_head().

    A PMD that is a page table stays one, so PMD and PTE can be read in one step. The slow way, which takes the page
    table lock, can only do what this one can do. Faulting the page in is left to the host's own fault threads.
    """
    atomic("a page table, once there, stays: PMD and PTE are one read")
    frame = entry(s, a, i)
    by_pmd = s.mm[a].pmd == Pmd.HUGE
    number = i
    if frame != Pte.PAGE and frame != Pte.FRESH:
        yield "gup: no page"
        return Pte.NONE
    yield "gup: entry read"
    if FLUSH_WAITS == 0 and frame == Pte.PAGE:
        number = yield from try_get_compound_head(s, i)
        if number < 0:
            yield "gup: no reference"
            return Pte.NONE
    elif frame == Pte.FRESH:
        if s.fresh[i].refcount == 0:
            yield "gup: no reference"
            return Pte.NONE
        get_fresh(s, i)
    else:
        atomic("the flush of a split waits for this walk: compound_head() stays what it is")
        if not can_get(s, i):
            yield "gup: no reference"
            return Pte.NONE
        get_page(s, i)
    yield "gup: reference taken"
    atomic("a page table, once there, stays: PMD and PTE are one read")
    if entry(s, a, i) != frame or (FLUSH_WAITS == 0 and by_pmd != (s.mm[a].pmd == Pmd.HUGE)):
        yield "gup: entry changed"
        if FLUSH_WAITS == 0 and frame == Pte.PAGE:
            put_compound_head(s, number)
        else:
            atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
            put_frame(s, i, frame)
        yield "gup: reference put"
        return Pte.NONE
    yield "gup: entry unchanged"
    return frame


def try_get_compound_head(s, i: int):
    """try_get_compound_head() of subpage i: the subpage whose count has the reference now, or -1.

    A split that runs from its freeze to its end in between makes subpage i its own head: the reference is then another
    page's. Since v5.14 (c24d37322548) compound_head() is read once more and the reference put back if it differs.
    """
    number = head(s, i)
    yield "gup: compound_head"
    if s.page.refcount[number] == 0:
        return -1
    s.page.refcount[number] += 1
    s.page.held[number] += 1
    if GUP_HEAD_AGAIN.applied:
        yield "gup: reference on the head"
        if head(s, i) != number:
            yield "gup: another head"
            put_compound_head(s, number)
            return -1
    return number


def put_compound_head(s, number: int) -> None:
    """put_compound_head(): the reference goes back where it was taken."""
    s.page.refcount[number] -= 1
    s.page.held[number] -= 1


def put_frame(s, i: int, frame: Pte) -> None:
    """put_page() of what get_user_page_fast() returned."""
    if frame == Pte.FRESH:
        put_fresh(s, i)
    else:
        put_page(s, i)


@thread
def pin_user_page(s, a: int):
    """Direct I/O or another user of get_user_pages_fast(): it holds the page for a while and lets it go."""
    while True:
        atomic("the choice is the program's; it reads nothing")
        i = choose(j for j in range(NR) if entry(s, a, j) in (Pte.PAGE, Pte.FRESH))
        begin(s)
        yield "get_user_pages_fast"
        frame = yield from get_user_page_fast(s, a, i)
        if frame != Pte.NONE:
            atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
            put_frame(s, i, frame)
        finish(s)
        yield "put_page, if there was one"
