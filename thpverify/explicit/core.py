"""The search core: native functions (see native.py) that expand states and insert their successors, batch by batch.

`EVENT` (bytes of an event) and `RECENT` (states that a worker remembers) are set for each layout, like the sizes of
table.py, which this module is compiled together with.
"""

from __future__ import annotations

from thpverify.explicit.intrinsics import (
    external,
    fetch_add,
    inlined,
    load8,
    load32,
    load64,
    multiply_high,
    prefetch,
    probe_line,
    ptr,
    store8,
    store64,
    u64,
)
from thpverify.explicit.table import (
    BATCH,
    FINISHED,
    FULL,
    LINE_BYTES,
    PAUSED,
    RECORD,
    WORDS,
    Shared,
    Worker,
    ask_for_line,
    first_slot,
    hash_words,
    insert,
    next_line,
    seek,
    slot_in_line,
    unpack,
)

EVENT = 24
RECENT = 4096
BLOCK = 128


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
def choose_slot(shared: Shared, worker: Worker, at: u64, slot: u64) -> u64:
    """Let the search for waiting state `at` go on at `slot`, and have the record that it names fetched; the entry."""
    store64(worker.slots + 8 * at, slot)
    entry = load32(shared.table + 4 * slot)
    prefetch(shared.log + (entry & shared.index_mask) * RECORD - RECORD)
    return entry


@inlined
def fill_batch(shared: Shared, worker: Worker) -> None:
    """Expand states of the level until a batch is made or no state is left.

    Meanwhile the lines that the waiting batch needs are asked for, a few after each state, as fast as memory delivers.
    """
    state = worker.state
    hashes = worker.waiting_hashes
    asked = 0
    successors = worker.successors
    labels = worker.labels
    block = worker.block
    block_end = worker.block_end
    made = 0
    expanded = 0
    while made < BATCH and expanded < BATCH:
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
        made += expand(state, successors + made * (8 * WORDS), labels + made * 8, worker)
        ask_for_line(shared, load64(hashes + 8 * asked))
        ask_for_line(shared, load64(hashes + 8 * asked + 8))
        ask_for_line(shared, load64(hashes + 8 * asked + 16))
        ask_for_line(shared, load64(hashes + 8 * asked + 24))
        asked += 4
        block += 1
        expanded += 1
    while asked < worker.count:
        ask_for_line(shared, load64(hashes + 8 * asked))
        asked += 1
    worker.block = block
    worker.block_end = block_end
    worker.made = made
    worker.transitions += made
    spent = made + expanded
    if spent > worker.budget:
        spent = worker.budget
    worker.budget -= spent


@inlined
def drop_recent(shared: Shared, worker: Worker) -> None:
    """Hash the batch and leave out what this worker made a short while ago.

    About half of all successors were reached a short while ago by the same steps in another order. There are no
    branches here that could be mispredicted: what is left out is overwritten by what comes next.
    """
    successors = worker.successors
    hashes = worker.hashes
    recent = worker.recent
    made = worker.made
    kept = 0
    at = 0
    while at < made:
        state = successors + at * (8 * WORDS)
        target = successors + kept * (8 * WORDS)
        hashed = hash_words(state)
        known = recent + hashed % RECENT * (8 * WORDS)
        different = 0
        word = 0
        while word < WORDS:
            value = load64(state + 8 * word)
            different = different | (value ^ load64(known + 8 * word))
            store64(known + 8 * word, value)
            store64(target + 8 * word, value)
            word += 1
        store64(hashes + 8 * kept, hashed)
        kept += different != 0
        at += 1
    worker.made = kept


@inlined
def look_ahead(shared: Shared, worker: Worker) -> None:
    """Find for each waiting state the first slot that could hold it, and ask for the record that this slot names.

    Slots never empty, so a slot that cannot hold a state now never will: `insert` starts where this got to. Where the
    search leaves its first line, the next one is asked for and looked at when all others are done. States that seem to
    be new come first in the order, those that seem to be known last, so that the branches of `insert` can be foreseen.
    """
    table = shared.table
    upper = shared.index_mask ^ 0xFFFFFFFF
    count = worker.count
    hashes = worker.waiting_hashes
    late = worker.late
    new = worker.order
    known = worker.order + 8 * count
    at = 0
    while at < count:
        hashed = load64(hashes + 8 * at)
        line = multiply_high(hashed, shared.lines)
        found = probe_line(table + line * LINE_BYTES, hashed, upper)
        if found == 0:
            prefetch(table + next_line(shared, line) * LINE_BYTES)
            store64(late, at)
            late += 8
        else:
            entry = choose_slot(shared, worker, at, slot_in_line(line, hashed, found))
            store64(new, at)
            store64(known - 8, at)
            new += 8 * (entry == 0)
            known -= 8 * (entry != 0)
        at += 1
    while late != worker.late:
        late -= 8
        at = load64(late)
        hashed = load64(hashes + 8 * at)
        line = next_line(shared, multiply_high(hashed, shared.lines))
        choose_slot(shared, worker, at, seek(shared, hashed, line, hashed, upper))
        store64(new, at)
        new += 8


@inlined
def hand_over(worker: Worker) -> None:
    """The batch that was made is the one that waits from now on."""
    made = worker.successors
    hashes = worker.hashes
    worker.successors = worker.waiting
    worker.hashes = worker.waiting_hashes
    worker.waiting = made
    worker.waiting_hashes = hashes
    worker.count = worker.made
    worker.made = 0
    worker.position = 0
    worker.looked_up = 0


def admit(worker: Worker) -> None:
    """Make the batch that Python wrote wait."""
    at = 0
    while at < worker.made:
        store64(worker.hashes + 8 * at, hash_words(worker.successors + at * (8 * WORDS)))
        at += 1
    hand_over(worker)


def look_again(shared: Shared, worker: Worker) -> None:
    """Find slots in a new table for the waiting states that are looked up and not inserted yet."""
    if worker.looked_up == 0:
        return
    position = worker.position
    while position < worker.count:
        at = load64(worker.order + 8 * position)
        hashed = load64(worker.waiting_hashes + 8 * at)
        store64(worker.slots + 8 * at, first_slot(shared, hashed))
        position += 1


@inlined
def insert_batch(shared: Shared, worker: Worker) -> u64:
    """Insert the waiting states from `position` on and look at each new one; 0 if the log ran full."""
    waiting = worker.waiting
    hashes = worker.waiting_hashes
    slots = worker.slots
    order = worker.order
    position = worker.position
    count = worker.count
    while position < count:
        at = load64(order + 8 * position)
        state = waiting + at * (8 * WORDS)
        outcome = insert(shared, worker, state, load64(hashes + 8 * at), load64(slots + 8 * at))
        if outcome != 0:
            if outcome == 2:
                worker.position = position
                shared.stop = 1
                return 0
            inspect(state, worker)
        position += 1
    worker.position = position
    return 1


def work(shared: Shared, worker: Worker) -> u64:
    """Take part in expanding `next`..`end` until that is done, the budget is spent, or the log is full.

    While one batch is made, what the other one needs of the table and the log is on its way.
    """
    while True:
        if worker.looked_up == 0:
            if worker.budget != 0:
                fill_batch(shared, worker)
            look_ahead(shared, worker)
            drop_recent(shared, worker)
            worker.looked_up = 1
        if insert_batch(shared, worker) == 0:
            return FULL
        hand_over(worker)
        if worker.count == 0 and worker.block == worker.block_end and shared.next >= shared.end:
            return FINISHED
        if worker.budget == 0 or shared.stop != 0:
            return PAUSED


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
