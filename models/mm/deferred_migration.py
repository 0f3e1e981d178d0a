"""A huge page on the deferred split queue is migrated: its new place has to get onto the queue; v7.0 and v7.1.

v7.0 forgets the queue. a2e0c0668a34 puts the new page onto it at the end, 3bac01168982 before anybody can see it; both
are of v7.1. Pages are queued when they are partially mapped, and when they are fully mapped but may be underused. The
old page was queued for the latter and was taken off when its references were frozen; the new one is locked until its
migration is done. Two subpages. Left out: the lock that goes with the queue (models/mm/deferred_split.py), reference
counts.
"""

from enum import Enum

from models.patches import MIGRATE_REQUEUES, REQUEUE_FIRST
from thpverify.lang import Array, Bool, Ghost, Lock, choose, record, thread


class Pte(Enum):
    NONE = 0
    MIGRATION = 1
    PAGE = 2  # the new page


@record
class Moving:
    ptl: Lock
    pte: Array[2, Pte] = Pte.MIGRATION
    locked: Lock  # PG_locked of the new page
    queue_lock: Lock  # split_queue_lock
    queued: Bool = False
    partially_mapped: Bool = False  # PG_partially_mapped
    judged: Ghost[Bool] = False  # the shrinker has split the page, or found that it is not worth it
    in_hands: Ghost[Bool] = False  # the shrinker has taken the page off the queue and has not decided yet
    moved: Ghost[Bool] = False  # the migration is done


def deferred_split_folio(s, partially_mapped: bool):
    """deferred_split_folio(): who says that the page is fully mapped must not find it marked as partially mapped."""
    while s.queue_lock:
        yield
    s.queue_lock = True
    yield "split_queue_lock"
    if partially_mapped:
        s.partially_mapped = True
        yield "folio_set_partially_mapped"
    else:
        assert not s.partially_mapped, "VM_WARN_ON_FOLIO(folio_test_partially_mapped(folio))"
        yield "folio_test_partially_mapped"
    s.queued = True
    yield "list_add_tail"
    s.queue_lock = False
    yield "split_queue_unlock"


@thread
def migrate_folio_move(s):
    """migrate_folio_move() after the copy."""
    while s.locked:
        yield
    s.locked = True
    yield "the new page is locked"
    if REQUEUE_FIRST.applied:
        yield from deferred_split_folio(s, False)
    for i in range(2):
        while s.ptl:
            yield
        s.ptl = True
        yield "pte lock"
        if s.pte[i] == Pte.MIGRATION:
            s.pte[i] = Pte.PAGE
            yield "remove_migration_pte"
        s.ptl = False
        yield "pte unlock"
    if MIGRATE_REQUEUES.applied and not REQUEUE_FIRST.applied:
        yield from deferred_split_folio(s, False)
    s.locked = False
    s.moved = True
    yield "folio_unlock"


@thread
def munmap_one(s, i: int):
    """munmap() of one subpage; folio_remove_rmap_ptes() queues the page if the other stays mapped."""
    while s.pte[i] != Pte.PAGE:
        yield
    yield "munmap"
    while s.ptl:
        yield
    s.ptl = True
    yield "pte lock"
    s.pte[i] = Pte.NONE
    yield "pte cleared"
    partially_mapped = s.pte[1 - i] == Pte.PAGE
    yield "__folio_remove_rmap"
    if partially_mapped:
        yield from deferred_split_folio(s, True)
    s.ptl = False
    yield "pte unlock"


@thread
def deferred_split_scan(s):
    """The shrinker, again and again. thp_underused() may come out either way; so may the split itself."""
    while True:
        while not s.queued:
            yield
        yield "shrink_scan"
        while s.queue_lock:
            yield
        s.queue_lock = True
        yield "split_queue_lock"
        assert s.queued, "only this task takes pages off"
        s.in_hands = True
        s.queued = False
        yield "list_move"
        s.queue_lock = False
        yield "split_queue_unlock"
        yield from split_or_drop(s)


def split_or_drop(s):
    """What becomes of a page that was taken off the queue."""
    partially_mapped = s.partially_mapped
    yield "folio_test_partially_mapped"
    if not partially_mapped and choose((True, False)):
        s.judged = True
        s.in_hands = False
        yield "thp_underused: no"
        return
    if s.locked:
        yield "folio_trylock fails"
        retry = REQUEUE_FIRST.applied
    else:
        s.locked = True
        yield "folio_trylock"
        split = choose((True, False))
        s.judged = split or not partially_mapped
        yield "split_folio"
        s.locked = False
        yield "folio_unlock"
        if split:
            s.in_hands = False
            yield "split"
            return
        retry = False
    if s.partially_mapped or retry:
        yield "still wanted"
        while s.queue_lock:
            yield
        s.queue_lock = True
        yield "split_queue_lock, again"
        s.queued = True
        s.in_hands = False
        yield "list_splice_tail"
        s.queue_lock = False
        yield "split_queue_unlock, again"
    else:
        s.in_hands = False
        yield "dropped"
