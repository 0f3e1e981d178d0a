"""mm/gup.c, the lockless way: read the entry, take a reference unless the page is being freed, read the entry again."""

from models.mm.page import NR, Pte, begin, can_get, entry, finish, get_fresh, get_page, put_fresh, put_page
from thpverify.lang import atomic, choose, thread


def get_user_page_fast(s, a: int, i: int):
    """get_user_pages_fast() of address i; returns what it holds a reference on, or Pte.NONE.

    compound_head() and get_page_unless_zero() are one step, as if they were looked at again together, which the kernel
    does since v5.14 (c24d37322548). Before, a split that ran from its freeze to its end in between left the reference
    on the old head, if the entry was then the same again: that race is not modelled.

    A PMD that is a page table stays one, so PMD and PTE can be read in one step. The slow way, which takes the page
    table lock, can only do what this one can do. Faulting the page in is left to the host's own fault threads.
    """
    atomic("a page table, once there, stays: PMD and PTE are one read")
    frame = entry(s, a, i)
    if frame != Pte.PAGE and frame != Pte.FRESH:
        yield "gup: no page"
        return Pte.NONE
    yield "gup: entry read"
    atomic("compound_head() and the count, as if looked at again together (v5.14); see above")
    if frame == Pte.FRESH:
        if s.fresh[i].refcount == 0:
            yield "gup: no reference"
            return Pte.NONE
        get_fresh(s, i)
    else:
        if not can_get(s, i):
            yield "gup: no reference"
            return Pte.NONE
        get_page(s, i)
    yield "gup: reference taken"
    atomic("a page table, once there, stays: PMD and PTE are one read")
    if entry(s, a, i) != frame:
        yield "gup: entry changed"
        atomic("compound_head() and put_page() of a page that this task holds, whose flags stay")
        put_frame(s, i, frame)
        yield "gup: reference put"
        return Pte.NONE
    yield "gup: entry unchanged"
    return frame


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
