"""The whole space of a small scenario, found by running its generators only: no code is shared with the engines."""

from __future__ import annotations

import attrs

from thpverify.ir.explore import Space, TooManyStates
from thpverify.ir.system import State
from thpverify.lang.properties import Property
from thpverify.traces.machine import Failure, Machine, Reading
from thpverify.traces.schedules import Schedule, run, starts, steps


@attrs.define
class _Search:
    reading: Reading
    max_states: int
    max_steps: int
    seen: set[State] = attrs.field(factory=set)
    transitions: int = 0
    executed: int = 0
    lengths: dict[str, int] = attrs.field(factory=dict)

    def report(self, name: str, length: int) -> None:
        self.lengths[name] = min(length, self.lengths.get(name, length))

    def arrive(self, machine: Machine, depth: int) -> bool:
        """Whether the machine's state is new; if so, judge it."""
        state = machine.snapshot()
        if state in self.seen:
            return False
        self.seen.add(state)
        if len(self.seen) > self.max_states:
            raise TooManyStates(f"more than {self.max_states}")
        for prop in self.reading.scenario.properties:
            if prop.name not in self.lengths and self.decides(prop, machine):
                self.report(prop.name, depth)
        return True

    @staticmethod
    def decides(prop: Property, machine: Machine) -> bool:
        value = machine.judge(prop)
        return isinstance(value, Failure) or value == (prop.kind == "reachable")

    def expand(self, schedule: Schedule) -> list[Schedule]:
        """Take every step after `schedule`; the schedules to new states."""
        new: list[Schedule] = []
        length = len(schedule.steps)
        possible, waiting = 0, 0
        for thread in self.unfinished(schedule):
            waiting += 1
            for chooser, machine, ran in steps(self.reading, schedule, thread):
                self.count(length + 1)
                possible += 1
                if ran.failure is not None:
                    self.report(ran.failure.kind, length + 1)
                    continue
                self.transitions += 1
                if self.arrive(machine, length + 1):
                    new.append(schedule.then(thread, chooser.taken()))
        if waiting and not possible and self.reading.scenario.deadlock_free:
            self.report("deadlock", length)
        return new

    def unfinished(self, schedule: Schedule) -> list[int]:
        machine = run(self.reading, schedule)
        self.count(len(schedule.steps))
        return [t.number for t in self.reading.system.threads if not machine.finished(t.number)]

    def count(self, executed: int) -> None:
        self.executed += executed
        if self.executed > self.max_steps:
            raise TooManyStates(f"more than {self.max_steps} steps to run")


def explore(reading: Reading, max_states: int = 2_000, max_steps: int = 200_000) -> Space:
    """Visit every reachable state by re-running the schedule to each.

    Raises:
        TooManyStates: there are more than `max_states`, or all runs together take more than `max_steps`.
    """
    search = _Search(reading, max_states, max_steps)
    level = [schedule for schedule, machine in starts(reading) if search.arrive(machine, 0)]
    depth = 0
    while following := [new for schedule in level for new in search.expand(schedule)]:
        level, depth = following, depth + 1
    return Space(frozenset(search.seen), search.transitions, depth, search.lengths)
