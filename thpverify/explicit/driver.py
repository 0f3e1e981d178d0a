"""The driver: level by level until nothing is new, something is found, or a limit strikes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from time import perf_counter

import attrs

from thpverify.explicit.memory import resident_bytes
from thpverify.explicit.paths import PathFinder, Words
from thpverify.explicit.program import Program, Task
from thpverify.explicit.steps import Event
from thpverify.explicit.store import SLICE_SECONDS, Stopped, Store
from thpverify.explicit.table import BATCH, FINISHED, FULL
from thpverify.ir.run import Finding, Limits, Path, Progress

THREADS_PAY_OFF = 4096
"""A level with fewer states is expanded by one worker."""
PROGRESS_SECONDS = 0.1


@attrs.frozen
class Decided:
    """An event with the level of the state that it reports."""

    event: Event
    label: int
    words: Words
    level: int

    @property
    def moves(self) -> int:
        """The length of the path that shows it."""
        return self.level + int(self.event.in_step)


@attrs.define
class Search:
    """A search under way. `starts[d]` is the log index where level d begins."""

    program: Program
    store: Store
    limits: Limits
    threads: int
    collect_all: bool
    progress: Callable[[Progress], None] | None
    begun: float
    starts: list[int] = attrs.field(factory=lambda: [0])
    decided: list[Decided] = attrs.field(factory=list)
    depth: int = 0
    frontier: int = 0
    told: float = 0.0

    def run(self) -> str | None:
        """Search; None if every reachable state was visited, else what stopped it."""
        try:
            stopped = self._levels()
        except Stopped as reason:
            stopped = str(reason)
        except MemoryError:
            stopped = "out of memory"
        except KeyboardInterrupt:
            stopped = "interrupted"
        self._collect_events()
        return "violation" if self._violations() and not self.collect_all else stopped

    def _levels(self) -> str | None:
        self._insert_initial()
        while True:
            self.depth = len(self.starts) - 1
            self._collect_events()
            if self._violations() and not self.collect_all:
                return "violation"
            start, end = self.starts[-1], self.store.states
            if start == end:
                self.depth = max(0, self.depth - 1)
                return None
            if self.limits.depth is not None and self.depth >= self.limits.depth:
                return f"depth limit of {self.limits.depth}"
            self.starts.append(end)
            self.store.shared.next, self.store.shared.end = start, end
            self._finish_level(self.threads if end - start >= THREADS_PAY_OFF else 1)

    def _insert_initial(self) -> None:
        """Level 0: hand the initial states to worker 0 as if they were successors."""
        layout = self.program.model.layout
        worker = self.store.crews[0].worker
        states = [layout.pack(initial.state) for initial in self.program.model.system.initial]
        for crew in self.store.crews:
            crew.remember(states[0], layout)
        for first in range(0, len(states), BATCH):
            batch = states[first : first + BATCH]
            flat = [word for words in batch for word in words]
            ctypes.memmove(worker.successors, (ctypes.c_uint64 * len(flat))(*flat), 8 * len(flat))
            worker.made = len(batch)
            self.program.admit(ctypes.addressof(worker))
            self._finish_level(1)

    def _finish_level(self, workers: int) -> None:
        """Expand ``shared.next``..``shared.end`` to the end, growing on the way; leaves the log dense."""
        while True:
            outcomes = self._slice(self.program.work, workers)
            if all(outcome == FINISHED for outcome in outcomes):
                break
            if FULL in outcomes:
                self._grow()
        self.store.seal()

    def _grow(self) -> None:
        """More room; the table is filled again from the log."""
        shared = self.store.shared
        lines, position, end = shared.lines, shared.next, shared.end
        self.store.grow()
        if shared.lines == lines:
            return
        shared.next, shared.end = 0, self.store.states
        workers = self.threads if shared.end >= THREADS_PAY_OFF else 1
        while any(outcome != FINISHED for outcome in self._slice(self.program.refill, workers)):
            pass
        shared.next, shared.end = position, end
        for crew in self.store.crews:
            self.program.look_again(ctypes.addressof(shared), ctypes.addressof(crew.worker))

    def _slice(self, task: Task, workers: int) -> list[int]:
        """Some 50 ms of native work, then limits and progress."""
        seconds = SLICE_SECONDS
        if self.limits.seconds is not None:
            left = self.begun + self.limits.seconds - perf_counter()
            if left <= 0:
                raise Stopped(f"time limit of {self.limits.seconds:g} s")
            seconds = min(seconds, left)
        outcomes = self.store.run(task, workers, seconds)
        if task is self.program.work:
            self.frontier = self.store.states - min(self.store.shared.next, self.store.shared.end)
        if self.store.interrupted:
            raise Stopped("interrupted")
        now = perf_counter()
        if self.progress is not None and now - self.told >= PROGRESS_SECONDS:
            self.told = now
            self._tell(now - self.begun)
        return outcomes

    def _tell(self, seconds: float) -> None:
        assert self.progress is not None
        states = self.store.states
        self.progress(
            Progress(states, self.store.transitions, len(self.starts) - 1, self.frontier, states / seconds,
                     resident_bytes(), seconds)
        )  # fmt: skip

    def _collect_events(self) -> None:
        """Take what workers reported; of several reports of one thing, by different workers, keep the first."""
        known = {decided.event.slot for decided in self.decided}
        made = len(self.starts) - 1
        new: list[Decided] = []
        for crew in self.store.crews:
            for code, label, words in crew.take_events(self.program.model.layout):
                event = self.program.model.events[code]
                before = event.in_step or event.kind == "deadlock"
                new.append(Decided(event, label, words, made - 1 if before else made))
        for decided in sorted(new, key=lambda d: (d.moves, d.event.slot)):
            if decided.event.slot not in known:
                known.add(decided.event.slot)
                self.decided.append(decided)

    def _violations(self) -> list[Decided]:
        return [decided for decided in self.decided if decided.event.is_violation]

    def findings(self) -> tuple[Finding, ...]:
        """What was decided, shortest first; without `collect_all` only one violation."""
        wanted = sorted(self.decided, key=lambda d: (d.moves, d.event.slot))
        if not self.collect_all:
            first = next((d for d in wanted if d.event.is_violation), None)
            wanted = [d for d in wanted if not d.event.is_violation or d is first]
        finder = PathFinder(self.program, self.store.log.address, self.starts)
        paths = finder.find([(d.words, d.level) for d in wanted])
        return tuple(
            Finding(d.event.property, d.event.kind, self._with_last_step(path, d), d.event.check)
            for d, path in zip(wanted, paths, strict=True)
        )

    def _with_last_step(self, path: Path, decided: Decided) -> Path:
        if not decided.event.in_step:
            return path
        return attrs.evolve(path, moves=(*path.moves, self.program.model.move(decided.label)))
