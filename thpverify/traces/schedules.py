"""Schedules: which thread runs, and what it chooses. A generator cannot be copied: a state is reached by a schedule."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.traces.choices import ByPosition, NothingToChoose
from thpverify.traces.machine import Machine, Ran, Reading


@attrs.frozen
class Schedule:
    """How to reach a state: the positions that `initial` takes, then (thread number, positions its step takes)."""

    initial: tuple[int, ...] = ()
    steps: tuple[tuple[int, tuple[int, ...]], ...] = ()

    def then(self, thread: int, positions: tuple[int, ...]) -> Schedule:
        """One step more."""
        return Schedule(self.initial, (*self.steps, (thread, positions)))


def run(reading: Reading, schedule: Schedule) -> Machine:
    """A machine in the state that `schedule`, which must be possible, leads to."""
    machine = Machine(reading, ByPosition(schedule.initial))
    for thread, positions in schedule.steps:
        machine.step(thread, ByPosition(positions))
    return machine


def starts(reading: Reading) -> Iterator[tuple[Schedule, Machine]]:
    """Every way to set up an initial state."""
    positions: tuple[int, ...] | None = ()
    while positions is not None:
        chooser = ByPosition(positions)
        try:
            machine = Machine(reading, chooser)
        except NothingToChoose:
            machine = None
        if machine is not None:
            yield Schedule(chooser.taken()), machine
        positions = chooser.next_positions()


def steps(reading: Reading, schedule: Schedule, thread: int) -> Iterator[tuple[ByPosition, Machine, Ran]]:
    """Every step of `thread` that is possible after `schedule`, one for each vector of positions that choose takes."""
    positions: tuple[int, ...] | None = ()
    while positions is not None:
        machine, chooser = run(reading, schedule), ByPosition(positions)
        try:
            ran = machine.step(thread, chooser)
        except NothingToChoose:
            ran = None
        if ran is not None and not ran.waited:
            yield chooser, machine, ran
        positions = chooser.next_positions()
