"""mm/huge_memory.c: in which order a tail becomes a page of its own, v4.9 to v6.1, and who may find it meanwhile.

A huge page of two subpages in the page cache (or the swap cache), already unmapped: `refcount[0]` is the head's,
frozen while the tail is made a page, `refcount[1]` the tail's own, which is zero until then. A field that the tail gets
is modelled by whether it is set. PG_locked of the tail is the huge page's until the split and inherited by it. The tree
lock is left out: who takes it here holds the page lock as well.
"""

from models.patches import KEEP_PRIVATE, TAIL_MAPPING_FIRST, TAIL_PRIVATE_CLEARED, TAIL_REF_LAST
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, record, thread

SWAP = Constant("PageSwapCache", 0)  # 1: an anonymous page in the swap cache, 0: a page of a file


@record
class SplitPage:
    locked: Lock  # PG_locked
    refcount: Array[2, Int[-3, 7]] = 0
    own: Array[2, Ghost[Int[0, 7]]] = 0  # references of the cache and of the splitting task
    held: Array[2, Ghost[Int[0, 3]]] = 0  # references of tasks that found the page
    tail: Bool = True  # PageTail
    flags: Bool = False  # the tail's flags are those of the head
    mapping: Bool = False
    index: Bool = False
    private: Bool = False  # page->private has the tail's swap entry
    cached: Bool = True  # the tail's slot leads to it


def whole(s: SplitPage) -> None:
    """The huge page is in the cache, which has two references, and the task that will split it has one."""
    s.refcount[0] = 3
    s.own[0] = 3
    s.private = SWAP == 1


@thread
def split_tail(s):
    """split_huge_page_to_list() from the page lock on, with __split_huge_page_tail() of the only tail."""
    while s.locked:
        yield
    s.locked = True
    yield "lock_page"
    if s.refcount[0] != 3:
        yield "page_ref_freeze fails"
        s.locked = False
        yield "unlock_page"
        return
    s.refcount[0] = 0
    s.own[0] = 0
    yield "page_ref_freeze"
    if not TAIL_REF_LAST.applied:
        s.refcount[1] += 2
        s.own[1] = 2
        yield "page_ref_add of the tail"
    s.flags = True
    yield "flags of the tail"
    if TAIL_MAPPING_FIRST.applied:
        yield from set_mapping(s)
    if TAIL_PRIVATE_CLEARED.applied and not (KEEP_PRIVATE.applied and SWAP == 1):
        s.private = False
        yield "page->private of the tail"
    s.tail = False
    yield "clear_compound_head"
    if TAIL_REF_LAST.applied:
        s.refcount[1] = 2
        s.own[1] = 2
        yield "page_ref_unfreeze of the tail"
    if not TAIL_MAPPING_FIRST.applied:
        yield from set_mapping(s)
    s.refcount[0] += 2
    s.own[0] = 2
    yield "page_ref_unfreeze of the head"
    s.locked = False
    yield "unlock_page of the tail"
    s.refcount[1] -= 1
    s.own[1] -= 1
    yield "put_page of the tail"


def set_mapping(s):
    """tail->mapping and tail->index."""
    s.mapping = True
    yield "mapping of the tail"
    s.index = True
    yield "index of the tail"


def put_page(s, taken: int):
    """put_page() of the tail, on which the reference was taken with the count of page `taken`."""
    page = 0 if s.tail else 1
    yield "put_page: compound_head"
    s.refcount[page] -= 1
    s.held[taken] -= 1
    yield "put_page"


@thread
def page_idle_get_page(s):
    """mm/page_idle.c: finds the tail by its frame number and takes a reference on it, if it has one, then drops it.

    get_page_unless_zero() does not look for the head. What is done between the two is left out.
    """
    while s.refcount[1] == 0:
        yield
    s.refcount[1] += 1
    s.held[1] += 1
    yield "get_page_unless_zero"
    yield from put_page(s, 1)


def find_get_entry(s):
    """find_get_entry() of the tail's slot: by the head's count if there is one. Returns whose it took."""
    while True:
        page = 0 if s.tail else 1
        yield "find_get_entry: compound_head"
        if s.refcount[page] <= 0:
            yield "find_get_entry: no reference, again"
            continue
        s.refcount[page] += 1
        s.held[page] += 1
        yield "find_get_entry: page_cache_get_speculative"
        same = (page == 0) == s.tail
        yield "find_get_entry: compound_head again"
        if same:
            return page
        s.refcount[page] -= 1
        s.held[page] -= 1
        yield "find_get_entry: put_page, again"


@thread
def shmem_undo_range(s):
    """Truncation looks the tail up in its slot, and takes it from the cache if it is a page of its own and unlocked."""
    page = yield from find_get_entry(s)
    assert page == 0 or s.index, "VM_BUG_ON_PAGE(page_to_pgoff(page) != index)"
    yield "page_to_pgoff"
    if page == 1:
        if s.locked:
            yield "trylock_page fails"
        else:
            s.locked = True
            yield "trylock_page"
            yield from delete_from_cache(s)
    yield from put_page(s, page)


def delete_from_cache(s):
    """The locked tail leaves the cache, whose reference is put, and is unlocked."""
    s.cached = False
    yield "__delete_from_page_cache"
    s.refcount[1] -= 1
    s.own[1] -= 1
    yield "put_page for the cache"
    s.locked = False
    yield "unlock_page"


@thread
def reclaim_swap_slot(s):
    """__try_to_reclaim_swap() of the tail's slot: who needs the slot takes the page out of the swap cache."""
    page = yield from find_get_entry(s)
    if page == 1:
        while s.locked:
            yield
        s.locked = True
        yield "trylock_page"
        assert s.private, "VM_BUG_ON_PAGE(entry != page) in __delete_from_swap_cache(): the slot named is another one"
        yield "page_private"
        yield from delete_from_cache(s)
    yield from put_page(s, page)
