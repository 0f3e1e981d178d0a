"""Findings of an engine, run again in CPython step by step before anybody sees them."""

from __future__ import annotations

import attrs

from thpverify.ir.evaluator import Step, fire, step
from thpverify.ir.run import Finding
from thpverify.ir.system import Point, State, System
from thpverify.lang.scenarios import Scenario
from thpverify.traces.choices import ByValue, NotAmongCandidates, NothingToChoose
from thpverify.traces.errors import ModelCrashed, ReplayMismatch
from thpverify.traces.explain import Values, values_of_check, values_of_property
from thpverify.traces.machine import Failure, Machine, Reading
from thpverify.traces.schedules import Schedule, steps
from thpverify.traces.trace import Change, Trace, TraceStep

_CAUSES = (NothingToChoose, NotAmongCandidates, ModelCrashed)


def replay(scenario: Scenario, system: System, finding: Finding) -> Trace:
    """Run the path of `finding` in CPython and tell it as a trace.

    Raises:
        ReplayMismatch: CPython lands on another state at some step, or does not see the violation at the end.
    """
    return _Replay(Reading(scenario, system), finding).run()


@attrs.define
class _Replay:
    reading: Reading
    finding: Finding
    number: int = 0
    schedule: Schedule = attrs.field(factory=Schedule)

    def run(self) -> Trace:
        path, system = self.finding.path, self.reading.system
        machine = self.start()
        told = [self.advance(machine, number) for number in range(len(path.moves))]
        self.number = len(path.moves)
        values = self.judge(machine)
        scenario = self.reading.scenario
        return Trace(
            scenario.name,
            scenario.variant,
            self.finding.property,
            self.finding.kind,
            self.message(),
            system.name,
            _shown(system, path.states[0]),
            system.initial[path.initial].choices,
            tuple(told),
            values,
        )

    def start(self) -> Machine:
        path = self.finding.path
        chooser = ByValue(self.reading.system.initial[path.initial].choices)
        try:
            machine = Machine(self.reading, chooser)
        except _CAUSES as error:
            raise self.mismatch(_reason(error)) from error
        if machine.failure is not None:
            raise self.mismatch(f"CPython fails: {machine.failure.kind}: {machine.failure.message}")
        self.schedule = Schedule(tuple(chooser.positions))
        self.compare(machine, path.states[0])
        return machine

    def advance(self, machine: Machine, number: int) -> TraceStep:
        """Make move `number` in the evaluator and in CPython."""
        path, system = self.finding.path, self.reading.system
        self.number = number + 1
        before, move = path.states[number], path.moves[number]
        try:
            expected = step(system, before, move)
        except ValueError as error:
            raise self.mismatch(f"the evaluator refuses the engine's move: {error}") from error
        command = system.commands[move.command]
        chooser = ByValue(expected.choices)
        try:
            ran = machine.step(command.thread, chooser)
        except _CAUSES as error:
            raise self.mismatch(_reason(error)) from error
        self.schedule = self.schedule.then(command.thread, tuple(chooser.positions))
        if expected.failed is None:
            if ran.failure is not None:
                raise self.mismatch(f"CPython fails: {ran.failure.kind}: {ran.failure.message}")
            if ran.waited:
                raise self.mismatch("CPython waits")
            after = path.states[self.number]
            if expected.state != after:
                where = self.differences(expected.state, after)
                raise self.mismatch(f"the evaluator lands elsewhere than the engine: {where}")
            self.compare(machine, after)
        elif ran.failure is None or ran.failure.kind != expected.failed.kind:
            seen = "nothing fails" if ran.failure is None else f"{ran.failure.kind} fails: {ran.failure.message}"
            raise self.mismatch(f"{expected.failed.kind} must fail ({expected.failed.message}); in CPython {seen}")
        return self.tell(expected, before, tuple(map(machine.show, chooser.values)))

    def tell(self, made: Step, before: State, choices: tuple[str, ...]) -> TraceStep:
        system = self.reading.system
        command = system.commands[made.move.command]
        thread = system.threads[command.thread]
        after = before if made.state is None else made.state
        point = thread.points[after[system.offsets[thread.pc]]]
        places = dict.fromkeys((span.file, span.line) for span in made.spans)
        return TraceStep(
            thread.name,
            thread.number,
            command.function,
            made.label,
            choices,
            made.choices,
            _changes(system, before, after, point),
            tuple(places),
        )

    def judge(self, machine: Machine) -> Values:
        """Whether CPython sees what was found, and the values that decide it."""
        path, system = self.finding.path, self.reading.system
        if self.finding.kind == "deadlock":
            return self.deadlock(machine)
        declared = {prop.name: prop for prop in self.reading.scenario.properties}
        if self.finding.kind not in ("invariant", "reachable"):
            last = path.moves[-1]
            if fire(system, system.commands[last.command], path.states[-1], last.params).failed is None:
                raise self.mismatch(f"no {self.finding.kind} fails in the last step")
            return values_of_check(system, last.command, last.params, path.states[-1])
        value = machine.judge(declared[self.finding.property])
        wanted: object = self.finding.check.kind if self.finding.check else self.finding.kind == "reachable"
        if (value.kind if isinstance(value, Failure) else value) != wanted:
            raise self.mismatch(f"property {self.finding.property} must be {wanted}; in CPython it is {value}")
        prop = next(p for p in system.properties if p.name == self.finding.property)
        return values_of_property(system, prop, path.states[-1])

    def deadlock(self, machine: Machine) -> Values:
        waiting = [t for t in self.reading.system.threads if not machine.finished(t.number)]
        if not waiting:
            raise self.mismatch("every thread has returned; that is no deadlock")
        for thread in waiting:
            if next(steps(self.reading, self.schedule, thread.number), None) is not None:
                raise self.mismatch(f"thread {thread.name} can step, so this is no deadlock")
        return tuple((t.name, f"waits at {machine.point(t.number).span}") for t in waiting)

    def message(self) -> str:
        finding = self.finding
        if finding.kind == "deadlock":
            return "no thread can step, and some have not returned"
        if finding.check is not None:
            return f"{finding.check.kind}: {finding.check.message}"
        return next(p.statement for p in self.reading.system.properties if p.name == finding.property)

    def compare(self, machine: Machine, expected: State) -> None:
        landed = machine.snapshot()
        if landed != expected:
            raise self.mismatch(f"CPython lands elsewhere than the engine: {self.differences(landed, expected)}")

    def differences(self, seen: State | None, expected: State) -> str:
        elements = self.reading.system.elements()
        return ", ".join(
            f"{name} is {variable.type.show(a)}, not {variable.type.show(b)}"
            for (variable, _, name), a, b in zip(elements, seen or (), expected, strict=True)
            if a != b
        )

    def mismatch(self, difference: str) -> ReplayMismatch:
        return ReplayMismatch(self.number, difference)


def _reason(error: Exception) -> str:
    return "in CPython nothing can be chosen" if isinstance(error, NothingToChoose) else str(error)


def _shown(system: System, state: State) -> dict[str, str]:
    return {
        name: variable.type.show(value)
        for (variable, _, name), value in zip(system.elements(), state, strict=True)
        if variable.role == "shared"
    }


def _changes(system: System, before: State, after: State, point: Point) -> tuple[Change, ...]:
    return tuple(
        (name, variable.type.show(old), variable.type.show(new))
        for (variable, _, name), old, new in zip(system.elements(), before, after, strict=True)
        if old != new and (variable.role == "shared" or variable in point.live)
    )
