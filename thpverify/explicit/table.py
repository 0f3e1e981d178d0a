"""The log and the table: native functions (see native.py). docs/internals/search.md draws both.

The log holds every state once, in breadth-first order, `RECORD` bytes each. The table says where: a slot is 0 or
``tag | index + 1``, where the low bits under `index_mask` are the state's index in the log plus one and the tag is the
low bits of the state's hash above them. Slots come in lines of 16, one cache line each. A search for a hash starts in
line ``hash * lines >> 64`` at the slot that the hash's lowest four bits name, goes once round the line, and then on to
the same slot of the next line.

`WORDS` (words of an unpacked state), `PAIRS` (whole words of a record) and `TAIL` (1 if a half word follows) are set
for each layout when this module is compiled.
"""

from __future__ import annotations

from thpverify.explicit.intrinsics import (
    Record,
    fetch_add,
    fold,
    inlined,
    load32,
    load64,
    multiply_high,
    prefetch,
    probe_line,
    ptr,
    record,
    store32,
    store64,
    swap32,
    trailing_zeros,
    u64,
)

WORDS = 1
PAIRS = 1
TAIL = 0
RECORD = 8

LINE = 16
LINE_BYTES = 64
BATCH = 64
CHUNK = 256
REFILL = 1024

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
    lines: u64
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
    """What one worker owns: its part of the log, two batches of successors, what it counted.

    `cursor`..`limit` are log entries it may fill; `block`..`block_end` states it has to expand; `budget` successors may
    still be made before it pauses. One batch is being made: `made` `successors` with their `hashes`. Another one waits
    to be inserted: `count` states at `waiting` with their `waiting_hashes`; once it is `looked_up`, also the `slots`
    where their searches go on and the `order` in which they are inserted, which got to `position`. `late` and `ahead`
    are room for a batch of numbers. `recent` has a state that is known or waiting for each value of some hash bits.
    `active` (shared), `fired` and `reached` belong to the model's code, `events` to `report`.
    """

    cursor: u64
    limit: u64
    block: u64
    block_end: u64
    state: ptr
    successors: ptr
    hashes: ptr
    labels: ptr
    made: u64
    waiting: ptr
    waiting_hashes: ptr
    slots: ptr
    order: ptr
    count: u64
    looked_up: u64
    position: u64
    late: ptr
    ahead: ptr
    recent: ptr
    budget: u64
    transitions: u64
    events: ptr
    event_count: u64
    active: ptr
    fired: ptr
    reached: ptr


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
def first_slot(shared: Shared, hashed: u64) -> u64:
    """Where a search for this hash starts."""
    return multiply_high(hashed, shared.lines) * LINE + hashed % LINE


@inlined
def next_line(shared: Shared, line: u64) -> u64:
    """The line after `line`; the first one follows the last."""
    line += 1
    if line == shared.lines:
        return 0
    return line


@inlined
def next_slot(shared: Shared, hashed: u64, slot: u64) -> u64:
    """Where a search for this hash goes on after `slot`."""
    following = slot // LINE * LINE + (slot + 1) % LINE
    if following % LINE == hashed % LINE:
        return next_line(shared, slot // LINE) * LINE + following % LINE
    return following


@inlined
def slot_in_line(line: u64, hashed: u64, found: u64) -> u64:
    """The first slot of `line`, in the order of a search for this hash, whose bit is set in `found`."""
    turned = (found | found << LINE) >> hashed % LINE
    return line * LINE + (hashed + trailing_zeros(turned)) % LINE


@inlined
def seek(shared: Shared, hashed: u64, line: u64, key: u64, mask: u64) -> u64:
    """The first slot from `line` on, in the order of a search, that is empty or agrees with `key` in `mask`'s bits."""
    found = probe_line(shared.table + line * LINE_BYTES, key, mask)
    while found == 0:
        line = next_line(shared, line)
        found = probe_line(shared.table + line * LINE_BYTES, key, mask)
    return slot_in_line(line, hashed, found)


@inlined
def insert(shared: Shared, worker: Worker, state: ptr, hashed: u64, slot: u64) -> u64:
    """Find `state`, from `slot` on, or add it: 0 it was there, 1 it is new, 2 it is new and the log has no room."""
    table = shared.table
    mask = shared.index_mask
    while True:
        entry = load32(table + 4 * slot)
        if entry == 0:
            if worker.cursor == worker.limit and claim(shared, worker) == 0:
                return 2
            index = worker.cursor
            write_record(state, shared.log + index * RECORD)
            wanted = (hashed & (mask ^ 0xFFFFFFFF)) | (index + 1)
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
        slot = next_slot(shared, hashed, slot)


@inlined
def ask_for_line(shared: Shared, hashed: u64) -> None:
    """Have the line where a search for this hash starts fetched."""
    prefetch(shared.table + multiply_high(hashed, shared.lines) * LINE_BYTES)


def refill(shared: Shared, worker: Worker) -> u64:
    """Enter log entries `next`..`end` into a new table. They differ from each other, so nothing is compared.

    Each entry's line is asked for a batch ahead, so that fetching lines and entering go on side by side.
    """
    table = shared.table
    state = worker.state
    hashes = worker.ahead
    upper = shared.index_mask ^ 0xFFFFFFFF
    while worker.budget != 0 and shared.stop == 0:
        if shared.next >= shared.end:
            return FINISHED
        at = fetch_add(shared, "next", REFILL)
        if at >= shared.end:
            return FINISHED
        end = at + REFILL
        if end > shared.end:
            end = shared.end
        ahead = at
        while at < end:
            while ahead < end and ahead < at + BATCH:
                unpack(shared.log + ahead * RECORD, state)
                hashed = hash_words(state)
                store64(hashes + 8 * (ahead % BATCH), hashed)
                ask_for_line(shared, hashed)
                ahead += 1
            hashed = load64(hashes + 8 * (at % BATCH))
            wanted = (hashed & upper) | (at + 1)
            slot = seek(shared, hashed, multiply_high(hashed, shared.lines), 0, 0xFFFFFFFF)
            if shared.workers == 1:
                store32(table + 4 * slot, wanted)
            else:
                while swap32(table + 4 * slot, 0, wanted) != 0:
                    slot = next_slot(shared, hashed, slot)
            at += 1
        worker.budget -= 1
    return PAUSED


def relocate(shared: Shared, worker: Worker, source: u64, target: u64) -> None:
    """Move a log entry to a free place and let its slot follow; no worker may be running."""
    unpack(shared.log + source * RECORD, worker.state)
    write_record(worker.state, shared.log + target * RECORD)
    hashed = hash_words(worker.state)
    upper = hashed & (shared.index_mask ^ 0xFFFFFFFF)
    slot = first_slot(shared, hashed)
    while load32(shared.table + 4 * slot) != (upper | (source + 1)):
        slot = next_slot(shared, hashed, slot)
    store32(shared.table + 4 * slot, upper | (target + 1))
