"""The deferred split queue, v5.4 to v7.1."""

from models.mm.deferred_migration import Pte
from models.mm.deferred_split import NODES, OTHER, SWAPPED
from thpverify.lang import invariant, reachable


@invariant(code=("LOCK", "BUG"))
def unlocked_queue_is_a_list(s) -> bool:
    """Who takes the lock of the cgroup's queue finds a doubly linked list: each pointer has its counterpart."""
    return s.queue[0].lock or all(s.prev[s.next[x]] == x and s.next[s.prev[x]] == x for x in range(NODES))


@reachable
def swapped_page_leaves_the_queue(s) -> bool:
    """The page that was swapped out is off the queue, and the other one is on it."""
    return s.next[SWAPPED] == SWAPPED and s.next[OTHER] != OTHER and not s.memcg_data


@invariant(code="LOST")
def unjudged_page_is_queued(s) -> bool:
    """After its migration a page that the shrinker has not judged is on the queue, unless it is unmapped.

    Or the shrinker has it and has not decided, or a page table lock is held: munmap() queues it before it drops that.
    """
    unmapped = all(pte != Pte.PAGE for pte in s.pte)
    return not s.moved or s.queued or s.judged or s.in_hands or unmapped or s.ptl


@reachable
def moved_page_is_split(s) -> bool:
    """The shrinker judges the page at its new place."""
    return s.moved and s.judged


@reachable
def moved_page_is_partially_mapped(s) -> bool:
    """One of the subpages is unmapped, and the page is marked and queued."""
    return s.moved and s.partially_mapped and s.queued
