"""mm/shmem.c: when tmpfs takes a huge page (mount option huge=), and what becomes of it, v4.8 to v5.16.

A file of two extents. Told are its size, which slots of the page cache are filled and with what, and the list of
inodes that the shrinker looks at. Left out: swap, the pages' counts and mappings (models/mm/shmem.py has them), the
fallback to small pages when there is no huge one, and hints of MADV_HUGEPAGE. memfd_create() gives a file of the
kernel's own mount, for which shmem_enabled is what huge= is for others; "deny" and "force" are never and always.
"""

from models.patches import WITHIN_NEXT_INDEX
from thpverify.lang import Array, Bool, Constant, Ghost, Int, Lock, atomic, choose, record, thread

NR = Constant("HPAGE_PMD_NR", 2)
EXTENTS = 2
POLICY = Constant("SHMEM_HUGE", 0)  # one of the following, for all files of the mount
NEVER = 0
ALWAYS = 1
WITHIN_SIZE = 2

LAST_PAGE_COUNTS = Constant("LAST_PAGE_COUNTS", 0)  # 1: a huge page is listed also if only its last page is beyond

LOOKED_AT_AGAIN = Constant("SIZE_LOOKED_AT_AGAIN", 1)  # 0: the mistake not to

NONE, SMALL, HUGE = 0, 1, 2  # what a slot holds


@record
class PolicyFile:
    """`size` is i_size in pages, `slot[i]` what the page cache has at index i."""

    size: Int[0, EXTENTS * NR] = 0
    slot: Array[EXTENTS * NR, Int[NONE, HUGE]] = NONE
    locked: Array[EXTENTS * NR, Bool] = False  # PG_locked of the page that begins at index i
    shrinklist: Bool = False  # the inode is on it
    inode_lock: Lock  # i_rwsem, which truncation holds
    busy: Ghost[Int[0, 7]] = 0  # tasks that are doing something to the file
    beyond: Ghost[Bool] = False  # within_size took a huge page that reaches beyond the size that was looked at


def any_size(s: PolicyFile) -> None:
    """Set up: an empty file of any size."""
    s.size = choose(range(1, EXTENTS * NR + 1))


def extent_of(index: int) -> int:
    """round_down(index, HPAGE_PMD_NR)."""
    return index // NR * NR


def lock_page(s: PolicyFile, page: int):
    """lock_page() of the page that begins at that index."""
    while s.locked[page]:
        yield
    s.locked[page] = True
    yield "lock_page"


@thread
def get_page(s: PolicyFile):
    """shmem_getpage_gfp() for a fault: find the page, or decide, allocate, insert, and look at the size again."""
    while True:
        index = choose(range(EXTENTS * NR))
        s.busy += 1
        yield "fault"
        inside = index < s.size
        yield "i_size"
        if not inside:
            s.busy -= 1
            yield "SIGBUS"
            continue
        there = s.slot[index] != NONE
        yield "find_lock_entry"
        if there:
            s.busy -= 1
            yield "found"
            continue
        huge = yield from takes_huge_page(s, index)
        first = extent_of(index) if huge else index
        last = first + NR - 1 if huge else index
        if any(s.slot[j] != NONE for j in range(EXTENTS * NR) if first <= j <= last):
            atomic("shmem_add_to_page_cache() under the tree lock")
            s.busy -= 1
            yield "-EEXIST: again"
            continue
        atomic("shmem_add_to_page_cache() under the tree lock")
        s.locked[first] = True
        for j in range(EXTENTS * NR):
            if first <= j <= last:
                s.slot[j] = HUGE if huge else SMALL
        yield "shmem_add_to_page_cache"
        if huge:
            partly = s.size < first + NR - (1 - LAST_PAGE_COUNTS)
            yield "i_size, for the shrinker"
            if partly:
                s.shrinklist = True
                yield "list_add_tail"
        outside = index >= s.size and LOOKED_AT_AGAIN == 1
        yield "i_size again"
        if outside:
            atomic("delete_from_page_cache() under the tree lock, of the page that this task has locked")
            for j in range(EXTENTS * NR):
                if first <= j <= last:
                    s.slot[j] = NONE
            yield "delete_from_page_cache"
        s.locked[first] = False
        s.busy -= 1
        yield "returns, unlock_page"


def takes_huge_page(s: PolicyFile, index: int):
    """shmem_is_huge() (a part of shmem_getpage_gfp() until v5.14): i_size is read once."""
    if POLICY == WITHIN_SIZE:
        end = (index + (1 if WITHIN_NEXT_INDEX.applied else 0) + NR - 1) // NR * NR
        huge = s.size >= end and (WITHIN_NEXT_INDEX.applied or s.size >= NR)
        s.beyond = s.beyond or (huge and extent_of(index) + NR > s.size)
        yield "i_size, for within_size"
        return huge
    return POLICY == ALWAYS


@thread
def truncate(s: PolicyFile, size: int):
    """shmem_setattr() to a smaller size: i_size, the shrinker's list, then the pages beyond; a part is only zeroed."""
    while s.inode_lock:
        yield
    s.inode_lock = True
    s.busy += 1
    yield "inode_lock"
    shorter = size < s.size
    yield "oldsize"
    if shorter:
        s.size = size
        yield "i_size_write"
        for i in range(size, EXTENTS * NR):
            yield from truncate_entry(s, i, size)
        s.shrinklist = True
        yield "list_add_tail"
    s.inode_lock = False
    s.busy -= 1
    yield "inode_unlock"


def truncate_entry(s: PolicyFile, i: int, size: int):
    """shmem_undo_range() at index i: a look-up, the page lock, and the page goes if it is still there.

    A huge page of which a part stays is only zeroed there. Look-ups are told one by one, and once.
    """
    entry = s.slot[i]
    yield "find_get_entries"
    if entry == SMALL or (entry == HUGE and extent_of(i) >= size):
        page = extent_of(i) if entry == HUGE else i
        yield from lock_page(s, page)
        same = s.slot[i] == entry
        yield "page->mapping"
        if same:
            atomic("the tree lock, with the page locked")
            for j in range(EXTENTS * NR):
                if j == i or (entry == HUGE and extent_of(j) == page):
                    s.slot[j] = NONE
            yield "truncate_inode_page"
        s.locked[page] = False
        yield "unlock_page"


@thread
def shrink(s: PolicyFile):
    """shmem_unused_huge_shrink(): a huge page that lies partly beyond i_size is split, what is beyond dropped."""
    while True:
        while not s.shrinklist:
            yield
        s.shrinklist = False
        s.busy += 1
        yield "list_del"
        edge = extent_of(s.size)
        yield "i_size"
        if edge < EXTENTS * NR:
            huge = s.slot[edge] == HUGE
            yield "find_get_page"
            if huge:
                yield from lock_page(s, edge)
                still = s.slot[edge] == HUGE
                yield "PageTransHuge"
                if still:
                    atomic("split_huge_page(): the page is locked and frozen, under the tree lock; it reads i_size")
                    for j in range(EXTENTS * NR):
                        if extent_of(j) == edge:
                            s.slot[j] = SMALL if j < s.size else NONE
                    yield "split_huge_page"
                s.locked[edge] = False
                yield "unlock_page"
        s.busy -= 1
        yield "iput"
