"""mm/huge_memory.c: the queue of huge pages that are to be split, and the lock that goes with it; v5.4 to v6.12.

Each memory cgroup has a queue, and so has each node, for pages without a cgroup. Which queue's lock a task takes for a
page is told by the page's cgroup at that moment. The list is what it is in the kernel: two pointers for the head and
for each page, written one by one. Page 1 is being swapped out, page 2 is another one.
"""

from models.patches import UNQUEUE_FIRST
from thpverify.lang import Array, Bool, Int, Lock, record, thread

HEAD, SWAPPED, OTHER, NODES = 0, 1, 2, 3


@record
class Queue:
    lock: Lock  # split_queue_lock


@record
class Memcg:
    queue: Array[2, Queue]  # that of the cgroup, that of the node
    next: Array[NODES, Int[0, NODES - 1]] = (
        0  # the list of the cgroup's queue; a page that is not on it points to itself
    )
    prev: Array[NODES, Int[0, NODES - 1]] = 0
    memcg_data: Bool = True  # page 1 belongs to the cgroup


def both_queued(s: Memcg) -> None:
    """Both pages are on the cgroup's queue."""
    for x in range(NODES):
        s.next[x] = (x + 1) % NODES
        s.prev[x] = (x + NODES - 1) % NODES


def lock_queue(s, q: int):
    """spin_lock_irqsave(&ds_queue->split_queue_lock)."""
    while s.queue[q].lock:
        yield
    s.queue[q].lock = True
    yield "split_queue_lock"


def list_del_init(s, x: int):
    """list_del_init() of page x."""
    after = s.next[x]
    yield "list_del: next read"
    before = s.prev[x]
    yield "list_del: prev read"
    s.prev[after] = before
    yield "list_del: next->prev"
    s.next[before] = after
    yield "list_del: prev->next"
    s.next[x] = x
    yield "INIT_LIST_HEAD: next"
    s.prev[x] = x
    yield "INIT_LIST_HEAD: prev"


def unqueue(s):
    """folio_unqueue_deferred_split(), or what freed a huge page until v6.11: page 1 leaves the queue that it names."""
    queued = s.next[SWAPPED] != SWAPPED
    yield "list_empty"
    if queued:
        q = 0 if s.memcg_data else 1
        yield "get_deferred_split_queue"
        yield from lock_queue(s, q)
        queued = s.next[SWAPPED] != SWAPPED
        yield "list_empty, again"
        if queued:
            yield from list_del_init(s, SWAPPED)
        s.queue[q].lock = False
        yield "split_queue_unlock"


@thread
def swap_out_and_free(s):
    """__remove_mapping() with mem_cgroup_swapout(), then the page is freed: its count is zero from the start."""
    if UNQUEUE_FIRST.applied:
        yield from unqueue(s)
    s.memcg_data = False
    yield "mem_cgroup_swapout"
    yield from unqueue(s)


@thread
def deferred_split_scan(s):
    """The shrinker takes every page off the cgroup's queue: to split it, or since it cannot get a reference on it."""
    yield from lock_queue(s, 0)
    x = s.next[HEAD]
    yield "list_first"
    while x != HEAD:
        after = s.next[x]
        yield "list_next"
        yield from list_del_init(s, x)
        x = after
    s.queue[0].lock = False
    yield "split_queue_unlock"


@thread
def deferred_split_folio(s):
    """A task queues page 2 again, when it is off the queue: list_add_tail()."""
    yield from lock_queue(s, 0)
    empty = s.next[OTHER] == OTHER
    yield "list_empty"
    if empty:
        last = s.prev[HEAD]
        yield "list_add_tail: prev read"
        s.prev[HEAD] = OTHER
        yield "list_add: next->prev"
        s.next[OTHER] = HEAD
        yield "list_add: new->next"
        s.prev[OTHER] = last
        yield "list_add: new->prev"
        s.next[last] = OTHER
        yield "list_add: prev->next"
    s.queue[0].lock = False
    yield "split_queue_unlock"
