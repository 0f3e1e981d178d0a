"""The search core: native functions (see native.py) over the log and the table. docs/internals/search.md draws both.

The log holds every state once, in breadth-first order, `RECORD` bytes each. The table says where: a slot is 0 or
``tag | index + 1``, where the low bits under `index_mask` are the state's index in the log plus one and the tag is the
low bits of the state's hash above them. A search for a hash starts at slot ``hash * slots >> 64`` and goes up.

`WORDS` (words of an unpacked state), `PAIRS` (whole words of a record) and `TAIL` (1 if a half word follows) are set
for each layout when this module is compiled.
"""

from __future__ import annotations

from thpverify.explicit.intrinsics import (
    Record,
    external,
    fetch_add,
    fold,
    inlined,
    load8,
    load32,
    load64,
    multiply_high,
    prefetch,
    ptr,
    record,
    store8,
    store32,
    store64,
    swap32,
    u64,
)

WORDS = 1
PAIRS = 1
TAIL = 0
RECORD = 8
EVENT = 24

BATCH = 64
BLOCK = 128
CHUNK = 256

FINISHED = 0
PAUSED = 1
FULL = 2

SEED = 0x9E3779B97F4A7C15
SECOND = 0xC2B2AE3D27D4EB4F
THIRD = 0xE7037ED1A0B428DB


@record
class Shared(Record):
    """What all workers share. `claimed` and `next` are advanced atomically, the rest changes only while none runs."""

    table: ptr
    slots: u64
    index_mask: u64
    log: ptr
    capacity: u64
    claimed: u64
    next: u64
    end: u64
    stop: u64
    workers: u64


@record
class Worker(Record):
    """What one worker owns: its part of the log, its batch of successors, what it counted.

    `cursor`..`limit` are log entries it may fill; `block`..`block_end` states it has to expand; `position` is the first
    of `count` successors that is not inserted yet; `budget` successors may still be made before it pauses.
    `active` (shared), `fired` and `reached` belong to the model's code, `events` to `report`.
    """

    cursor: u64
    limit: u64
    block: u64
    block_end: u64
    state: ptr
    successors: ptr
    labels: ptr
    hashes: ptr
    firsts: ptr
    count: u64
    position: u64
    budget: u64
    transitions: u64
    events: ptr
    event_count: u64
    active: ptr
    fired: ptr
    reached: ptr


@external
def expand(state: ptr, successors: ptr, labels: ptr, worker: Worker) -> u64:
    """The model's: write all successors of `state` and a label for each; how many."""
    return 0


@external
def inspect(state: ptr, worker: Worker) -> None:
    """The model's: evaluate the properties on `state`."""


def report(worker: Worker, slot: u64, code: u64, label: u64, state: ptr) -> None:
    """Note that `state` decided `slot`, unless that was known: (`code`, `label`, the state) become an event."""
    if load8(worker.active + slot) == 0:
        return
    store8(worker.active + slot, 0)
    event = worker.events + worker.event_count * EVENT
    store64(event, code)
    store64(event + 8, label)
    word = 0
    while word < WORDS:
        store64(event + 16 + 8 * word, load64(state + 8 * word))
        word += 1
    worker.event_count += 1


@inlined
def hash_words(state: ptr) -> u64:
    """A hash whose high bits choose the slot and whose low bits make the tag."""
    value = SEED
    word = 0
    while word + 1 < WORDS:
        value = fold(load64(state + 8 * word) ^ value, load64(state + 8 * word + 8) ^ SECOND)
        word += 2
    if word < WORDS:
        value = fold(load64(state + 8 * word) ^ value, THIRD)
    return value


@inlined
def unpack(entry: ptr, state: ptr) -> None:
    """The words of a log entry."""
    word = 0
    while word < PAIRS:
        store64(state + 8 * word, load64(entry + 8 * word))
        word += 1
    if TAIL == 1:
        store64(state + 8 * PAIRS, load32(entry + 8 * PAIRS))


@inlined
def write_record(state: ptr, entry: ptr) -> None:
    """Put a state into the log."""
    word = 0
    while word < PAIRS:
        store64(entry + 8 * word, load64(state + 8 * word))
        word += 1
    if TAIL == 1:
        store32(entry + 8 * PAIRS, load64(state + 8 * PAIRS))


@inlined
def same(state: ptr, entry: ptr) -> u64:
    """Whether the log entry is this state."""
    different = 0
    word = 0
    while word < PAIRS:
        different = different | (load64(entry + 8 * word) ^ load64(state + 8 * word))
        word += 1
    if TAIL == 1:
        different = different | (load32(entry + 8 * PAIRS) ^ load64(state + 8 * PAIRS))
    if different == 0:
        return 1
    return 0


@inlined
def claim(shared: Shared, worker: Worker) -> u64:
    """Get the worker a chunk of the log to fill; 0 if none is left."""
    if shared.claimed >= shared.capacity:
        return 0
    first = fetch_add(shared, "claimed", CHUNK)
    if first >= shared.capacity:
        return 0
    worker.cursor = first
    worker.limit = first + CHUNK
    if worker.limit > shared.capacity:
        worker.limit = shared.capacity
    return 1


@inlined
def insert(shared: Shared, worker: Worker, state: ptr, hashed: u64, slot: u64) -> u64:
    """Find `state`, from `slot` on, or add it: 0 it was there, 1 it is new, 2 it is new and the log has no room."""
    table = shared.table
    slots = shared.slots
    mask = shared.index_mask
    while True:
        entry = load32(table + 4 * slot)
        if entry == 0:
            if worker.cursor == worker.limit and claim(shared, worker) == 0:
                return 2
            index = worker.cursor
            write_record(state, shared.log + index * RECORD)
            wanted = (hashed & 0xFFFFFFFF & (mask ^ 0xFFFFFFFF)) | (index + 1)
            if shared.workers == 1:
                store32(table + 4 * slot, wanted)
            else:
                entry = swap32(table + 4 * slot, 0, wanted)
            if entry == 0:
                worker.cursor = index + 1
                return 1
        record_at = shared.log + ((entry & mask) - 1) * RECORD
        if ((entry ^ hashed) & (mask ^ 0xFFFFFFFF)) == 0 and same(state, record_at) == 1:
            return 0
        slot += 1
        if slot == slots:
            slot = 0


@inlined
def hash_part(shared: Shared, worker: Worker, first: u64, end: u64) -> None:
    """Hash successors `first`..`end` of the batch and ask for the cache lines of their slots."""
    at = first
    while at < end:
        hashed = hash_words(worker.successors + at * (8 * WORDS))
        slot = multiply_high(hashed, shared.slots)
        store64(worker.hashes + 8 * at, hashed)
        store64(worker.firsts + 8 * at, slot)
        prefetch(shared.table + 4 * slot)
        at += 1


@inlined
def look_ahead(shared: Shared, worker: Worker) -> None:
    """Go on from each successor's first slot to one that could hold it, and ask for the record that this slot names.

    Slots never empty, so a slot that cannot hold a state now never will: `insert` starts where this got to.
    """
    table = shared.table
    slots = shared.slots
    mask = shared.index_mask
    log = shared.log
    count = worker.count
    hashes = worker.hashes
    firsts = worker.firsts
    at = 0
    while at < count:
        hashed = load64(hashes + 8 * at)
        slot = load64(firsts + 8 * at)
        entry = load32(table + 4 * slot)
        while entry != 0 and ((entry ^ hashed) & (mask ^ 0xFFFFFFFF)) != 0:
            slot += 1
            if slot == slots:
                slot = 0
            entry = load32(table + 4 * slot)
        store64(firsts + 8 * at, slot)
        prefetch(log + (entry & mask) * RECORD - RECORD)
        at += 1


def prepare(shared: Shared, worker: Worker) -> None:
    """Make a batch that Python wrote, or that waited while the table grew, ready for `insert_batch`."""
    hash_part(shared, worker, 0, worker.count)
    look_ahead(shared, worker)


@inlined
def insert_batch(shared: Shared, worker: Worker) -> u64:
    """Insert the batch from `position` on and look at each new state; 0 if the log ran full."""
    successors = worker.successors
    hashes = worker.hashes
    firsts = worker.firsts
    at = worker.position
    count = worker.count
    while at < count:
        state = successors + at * (8 * WORDS)
        outcome = insert(shared, worker, state, load64(hashes + 8 * at), load64(firsts + 8 * at))
        if outcome != 0:
            if outcome == 2:
                worker.position = at
                shared.stop = 1
                return 0
            inspect(state, worker)
        at += 1
    worker.position = at
    return 1


@inlined
def fill_batch(shared: Shared, worker: Worker) -> None:
    """Expand states of the level until a batch is full or no state is left."""
    state = worker.state
    successors = worker.successors
    labels = worker.labels
    block = worker.block
    block_end = worker.block_end
    count = 0
    expanded = 0
    while count < BATCH and expanded < BATCH:
        if block == block_end:
            if shared.next >= shared.end:
                break
            block = fetch_add(shared, "next", BLOCK)
            if block >= shared.end:
                block = 0
                block_end = 0
                break
            block_end = block + BLOCK
            if block_end > shared.end:
                block_end = shared.end
        unpack(shared.log + block * RECORD, state)
        before = count
        count += expand(state, successors + count * (8 * WORDS), labels + count * 8, worker)
        hash_part(shared, worker, before, count)
        block += 1
        expanded += 1
    worker.block = block
    worker.block_end = block_end
    worker.count = count
    worker.position = 0
    worker.transitions += count
    spent = count + expanded
    if spent > worker.budget:
        spent = worker.budget
    worker.budget -= spent


def work(shared: Shared, worker: Worker) -> u64:
    """Take part in expanding `next`..`end` until that is done, the budget is spent, or the log is full."""
    while True:
        if insert_batch(shared, worker) == 0:
            return FULL
        if worker.block == worker.block_end and shared.next >= shared.end:
            return FINISHED
        if worker.budget == 0 or shared.stop != 0:
            return PAUSED
        fill_batch(shared, worker)
        look_ahead(shared, worker)


def refill(shared: Shared, worker: Worker) -> u64:
    """Enter log entries `next`..`end` into a new table. They differ from each other, so nothing is compared."""
    table = shared.table
    slots = shared.slots
    state = worker.state
    hashes = worker.hashes
    upper = shared.index_mask ^ 0xFFFFFFFF
    while worker.budget != 0 and shared.stop == 0:
        if shared.next >= shared.end:
            return FINISHED
        first = fetch_add(shared, "next", BATCH)
        if first >= shared.end:
            return FINISHED
        count = BATCH
        if count > shared.end - first:
            count = shared.end - first
        at = 0
        while at < count:
            unpack(shared.log + (first + at) * RECORD, state)
            hashed = hash_words(state)
            store64(hashes + 8 * at, hashed)
            prefetch(table + 4 * multiply_high(hashed, slots))
            at += 1
        at = 0
        while at < count:
            hashed = load64(hashes + 8 * at)
            wanted = (hashed & 0xFFFFFFFF & upper) | (first + at + 1)
            slot = multiply_high(hashed, slots)
            while True:
                if load32(table + 4 * slot) == 0:
                    if shared.workers == 1:
                        store32(table + 4 * slot, wanted)
                        break
                    if swap32(table + 4 * slot, 0, wanted) == 0:
                        break
                slot += 1
                if slot == slots:
                    slot = 0
            at += 1
        worker.budget -= 1
    return PAUSED


def relocate(shared: Shared, worker: Worker, source: u64, target: u64, count: u64) -> None:
    """Move `count` log entries to free places and let their slots follow; no worker may be running."""
    at = 0
    while at < count:
        entry = shared.log + (source + at) * RECORD
        unpack(entry, worker.state)
        write_record(worker.state, shared.log + (target + at) * RECORD)
        hashed = hash_words(worker.state)
        upper = hashed & 0xFFFFFFFF & (shared.index_mask ^ 0xFFFFFFFF)
        slot = multiply_high(hashed, shared.slots)
        while load32(shared.table + 4 * slot) != (upper | (source + at + 1)):
            slot += 1
            if slot == shared.slots:
                slot = 0
        store32(shared.table + 4 * slot, upper | (target + at + 1))
        at += 1


def find_parents(shared: Shared, worker: Worker, targets: ptr, count: u64) -> u64:
    """Expand `next`..`end` until a parent is found for one of `count` targets.

    A target is its words, then its parent's index, all ones at first, and the label of the step: this fills both in.
    Returns the number of the target found, ``count`` if the budget is spent, ``count + 1`` if all is expanded.
    """
    size = 8 * WORDS + 16
    while worker.budget != 0:
        if shared.next >= shared.end:
            return count + 1
        unpack(shared.log + shared.next * RECORD, worker.state)
        made = expand(worker.state, worker.successors, worker.labels, worker)
        target = 0
        while target < count:
            wanted = targets + target * size
            if load64(wanted + 8 * WORDS) == 0xFFFFFFFFFFFFFFFF:
                at = 0
                while at < made:
                    state = worker.successors + at * (8 * WORDS)
                    word = 0
                    while word < WORDS and load64(state + 8 * word) == load64(wanted + 8 * word):
                        word += 1
                    if word == WORDS:
                        store64(wanted + 8 * WORDS, shared.next)
                        store64(wanted + 8 * WORDS + 8, load64(worker.labels + 8 * at))
                        return target
                    at += 1
            target += 1
        shared.next += 1
        worker.budget -= 1
    return count
