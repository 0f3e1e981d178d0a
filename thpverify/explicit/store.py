"""The states found so far: the log, the table over it, and the workers that fill both.

The driver (search.py) decides when to grow and when to give up; this module knows how.
"""

from __future__ import annotations

import ctypes
import threading
from time import perf_counter

import attrs

from thpverify.explicit.core import CHUNK, FINISHED, PAUSED, Shared
from thpverify.explicit.jit import compiler_library
from thpverify.explicit.memory import HUGE_PAGE_BYTES, Region, drop_code_pages, reserve, reserve_up_to, resident_bytes
from thpverify.explicit.program import Crew, Program, Task, make_crew
from thpverify.ir.run import Limits

FIRST_SLOTS = 1 << 18
MAX_LOAD = 0.8
LARGE_SLOTS = 1 << 22
MAX_STATES = (1 << 32) - 2
SLICE_SECONDS = 0.05
FIRST_BUDGET = 10_000
MAX_BUDGET = 1 << 40


class Stopped(Exception):
    """The search ends early; the text says why."""


def show_bytes(size: int) -> str:
    """`size` in the largest binary unit that it is at least one of."""
    for unit, name in ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")):
        if size >= unit:
            return f"{size / unit:.4g} {name}"
    return f"{size} bytes"


@attrs.define
class Store:
    """Log, table and workers of one search. `base_bytes` is what the process took before the first state."""

    program: Program
    limits: Limits
    shared: Shared
    crews: list[Crew]
    log: Region
    active: Region
    table: Region | None = None
    base_bytes: int = 0
    peak_bytes: int = 0
    budget: int = FIRST_BUDGET
    interrupted: bool = False

    @property
    def record_bytes(self) -> int:
        """Bytes of a state in the log."""
        return self.program.model.layout.record_bytes

    @property
    def states(self) -> int:
        """How many states there are."""
        handed_out = min(self.shared.claimed, self.shared.capacity)
        return handed_out - sum(crew.worker.limit - crew.worker.cursor for crew in self.crews)

    @property
    def transitions(self) -> int:
        """Firings with a successor."""
        return sum(crew.worker.transitions for crew in self.crews)

    @property
    def bytes(self) -> int:
        """What log and table take now."""
        return self.states * self.record_bytes + 4 * self.shared.slots

    def set_table(self, slots: int) -> None:
        """Replace the table by an empty one and derive the capacity; the old one goes first, so both never coexist."""
        if self.table is not None:
            self.table.release()
        self.table = None
        self.table = reserve(4 * slots)
        capacity = min(int(slots * MAX_LOAD), self.log.size // self.record_bytes, MAX_STATES)
        if self.limits.states is not None:
            capacity = min(capacity, self.limits.states)
        self.shared.table = self.table.address
        self.shared.slots = slots
        self.shared.capacity = capacity
        self.shared.index_mask = (1 << max(1, capacity.bit_length())) - 1

    def run(self, task: Task, workers: int, seconds: float = SLICE_SECONDS) -> list[int]:
        """One slice of `task` on the first `workers` workers: what each returned. Takes about `seconds`."""
        self.shared.stop = int(self.interrupted)
        self.shared.workers = workers
        for crew in self.crews:
            crew.worker.budget = self.budget
        outcomes = [FINISHED] * workers
        shared = ctypes.addressof(self.shared)

        def one(number: int) -> None:
            outcomes[number] = task(shared, ctypes.addressof(self.crews[number].worker))

        begun = perf_counter()
        helpers = [threading.Thread(target=one, args=(number,)) for number in range(1, workers)]
        try:
            for helper in helpers:
                helper.start()
            one(0)
        except BaseException:
            self.shared.stop = 1
            raise
        finally:
            # No native code may be running when the caller gives the memory back.
            for helper in helpers:
                if helper.ident is not None:
                    helper.join()
        took = perf_counter() - begun
        if all(outcome == PAUSED for outcome in outcomes):
            self.budget = min(MAX_BUDGET, max(256, int(self.budget * min(8.0, seconds / max(took, 1e-6)))))
        self.peak_bytes = max(self.peak_bytes, self.bytes)
        return outcomes

    def interrupt(self) -> None:
        """Make running workers return soon; safe in a signal handler."""
        self.interrupted = True
        self.shared.stop = 1

    def seal(self) -> int:
        """Make the log dense: move the last states into what workers left of their chunks. How many states there are.

        Only while the table is whole and no worker runs.
        """
        states = self.states
        end = min(self.shared.claimed, self.shared.capacity)
        holes = sorted((crew.worker.cursor, crew.worker.limit) for crew in self.crews)
        free = [index for first, limit in holes for index in range(first, min(limit, states))]
        unused = {index for first, limit in holes for index in range(max(first, states), limit)}
        moving = [index for index in range(states, end) if index not in unused]
        shared, worker = ctypes.addressof(self.shared), ctypes.addressof(self.crews[0].worker)
        for source, target in zip(moving, free, strict=True):
            self.program.relocate(shared, worker, source, target, 1)
        for crew in self.crews:
            crew.worker.cursor = crew.worker.limit = states
        self.shared.claimed = states
        return states

    def next_slots(self) -> int:
        """The size to grow to if memory allows: refilling small tables costs little, since they are in the cache."""
        slots = self.shared.slots
        if slots < LARGE_SLOTS:
            return 4 * slots
        return 2 * slots if slots < 4 * LARGE_SLOTS else slots + slots // 2

    def grow(self) -> None:
        """Make room for more states. The caller must refill the table if its size changed.

        Raises:
            Stopped: a limit does not allow any.
            MemoryError: the system does not.
        """
        states = self.seal()
        if states < self.shared.capacity:
            return
        if self.limits.states is not None and states >= self.limits.states:
            raise Stopped(f"state limit of {self.limits.states}")
        if states >= MAX_STATES:
            raise Stopped(f"state limit of {MAX_STATES}")
        if states >= self.log.size // self.record_bytes:
            raise MemoryError("the log cannot grow")
        slots = self.next_slots()
        if self.limits.memory is not None:
            slots = min(slots, self.slots_within(self.limits.memory))
            if int(slots * MAX_LOAD) <= states:
                raise Stopped(f"memory limit of {show_bytes(self.limits.memory)}")
        if self.shared.slots < LARGE_SLOTS <= slots:
            drop_code_pages(compiler_library())
        self.set_table(slots)

    def slots_within(self, memory: int) -> int:
        """The largest table that, full, keeps the process within `memory` bytes together with its log."""
        room = memory - self.base_bytes - HUGE_PAGE_BYTES
        return max(0, int(room / (4 + MAX_LOAD * self.record_bytes)))

    def release(self) -> None:
        """Give all memory back."""
        for region in (self.log, self.active, self.table, *(crew.memory for crew in self.crews)):
            if region is not None:
                region.release()


def make_store(program: Program, limits: Limits, threads: int) -> Store:
    """An empty store for `threads` workers.

    Raises:
        Stopped: the memory limit is below what the process takes already.
        MemoryError: the system gives no memory.
    """
    model = program.model
    active = reserve(max(1, model.slots), huge=False)
    ctypes.memset(active.address, 1, model.slots)
    crews = [make_crew(model, active.address) for _ in range(threads)]
    record = model.layout.record_bytes
    log = reserve_up_to(record * MAX_STATES, record * CHUNK)
    shared = Shared(log=log.address)
    store = Store(program, limits, shared, crews, log, active, base_bytes=resident_bytes())
    slots = FIRST_SLOTS
    if limits.memory is not None:
        drop_code_pages(compiler_library())
        store.base_bytes = resident_bytes()
        slots = min(slots, store.slots_within(limits.memory))
        if slots < CHUNK:
            store.release()
            raise Stopped(f"memory limit of {show_bytes(limits.memory)}")
    store.set_table(slots)
    return store
