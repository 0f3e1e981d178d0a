"""The states found so far: the log, the table over it, and the workers that fill both.

The driver (search.py) decides when to grow and when to give up; this module knows how.
"""

from __future__ import annotations

import ctypes
import threading
from time import perf_counter

import attrs

from thpverify.explicit.jit import compiler_library
from thpverify.explicit.memory import HUGE_PAGE_BYTES, Region, drop_code_pages, reserve, resident_bytes
from thpverify.explicit.program import Crew, Program, Task, make_crew
from thpverify.explicit.table import CHUNK, FINISHED, LINE, LINE_BYTES, PAUSED, Shared
from thpverify.ir.run import Limits

FIRST_LINES = 1 << 14
MAX_LOAD = 0.9
LARGE_LINES = 1 << 18
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


def room(lines: int) -> int:
    """How many states a table of so many lines takes before it grows."""
    return int(LINE * lines * MAX_LOAD)


@attrs.define
class Store:
    """Log, table and workers of one search. `base_bytes` is what the process took before the first state."""

    program: Program
    limits: Limits
    shared: Shared
    crews: list[Crew]
    log: Region
    table: Region
    active: Region
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
        return self.states * self.record_bytes + LINE_BYTES * self.shared.lines

    def set_table(self, lines: int) -> None:
        """Empty the table, give it this size and derive the capacity. It grows in place, so no two tables coexist."""
        ctypes.memset(self.table.address, 0, LINE_BYTES * self.shared.lines)
        capacity = min(room(lines), self.log.size // self.record_bytes, MAX_STATES)
        if self.limits.states is not None:
            capacity = min(capacity, self.limits.states)
        self.shared.lines = lines
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
            self.program.relocate(shared, worker, source, target)
        for crew in self.crews:
            crew.worker.cursor = crew.worker.limit = states
        self.shared.claimed = states
        return states

    def next_lines(self) -> int:
        """The size to grow to if memory allows.

        Each growth fills the table anew, a size too large wastes memory: small tables grow by much, large ones by less.
        """
        lines = self.shared.lines
        if lines < LARGE_LINES:
            return 16 * lines
        if lines < 2 * LARGE_LINES:
            return 3 * lines
        return 2 * lines if lines < 16 * LARGE_LINES else lines + lines // 2

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
        lines = min(self.next_lines(), self.table.size // LINE_BYTES)
        if room(lines) <= states:
            raise MemoryError("the table cannot grow")
        if self.limits.memory is not None:
            lines = min(lines, self.lines_within(self.limits.memory))
            if room(lines) <= states:
                raise Stopped(f"memory limit of {show_bytes(self.limits.memory)}")
        if self.shared.lines < LARGE_LINES <= lines:
            drop_code_pages(compiler_library())
        self.set_table(lines)

    def lines_within(self, memory: int) -> int:
        """The largest table that, full, keeps the process within `memory` bytes together with its log."""
        left = memory - self.base_bytes - HUGE_PAGE_BYTES
        return max(0, int(left / (LINE_BYTES + LINE * MAX_LOAD * self.record_bytes)))

    def release(self) -> None:
        """Give all memory back."""
        for region in (self.log, self.table, self.active, *(crew.memory for crew in self.crews)):
            region.release()


def reserve_space(record_bytes: int) -> tuple[Region, Region]:
    """Address space for the log and the table of as many states as the system allows.

    Raises:
        MemoryError: there is not even room for the smallest search.
    """
    states = MAX_STATES
    while True:
        try:
            log = reserve(record_bytes * states)
            try:
                return log, reserve(LINE_BYTES * (int(states / MAX_LOAD) // LINE + 1))
            except MemoryError:
                log.release()
                raise
        except MemoryError:
            if states <= CHUNK:
                raise
            states //= 2


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
    log, table = reserve_space(model.layout.record_bytes)
    shared = Shared(log=log.address, table=table.address)
    store = Store(program, limits, shared, crews, log, table, active, base_bytes=resident_bytes())
    lines = FIRST_LINES
    if limits.memory is not None:
        drop_code_pages(compiler_library())
        store.base_bytes = resident_bytes()
        lines = min(lines, store.lines_within(limits.memory))
        if room(lines) < CHUNK:
            store.release()
            raise Stopped(f"memory limit of {show_bytes(limits.memory)}")
    store.set_table(lines)
    return store
