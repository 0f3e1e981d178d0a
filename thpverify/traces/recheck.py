"""Whether a trace from a file still holds against today's model."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from thpverify.ir.evaluator import CheckFailed, Step, finished, holds, steps
from thpverify.ir.run import Finding, Move, Path
from thpverify.ir.starting import chosen
from thpverify.ir.statements import Check
from thpverify.ir.system import State, System
from thpverify.lang.scenarios import Scenario
from thpverify.traces.errors import TraceFileError
from thpverify.traces.replay import replay
from thpverify.traces.trace import Trace, TraceStep


@attrs.frozen
class Recheck:
    """`trace` is the trace of today if it still holds; otherwise None, and `reason` says why it departs at `step`.
    `finding` is what `trace` tells of in the words of the IR.

    Steps count from 1; 0 is the initial state, and the last one's number stands for the judgement at the end too.
    """

    trace: Trace | None
    step: int
    reason: str
    finding: Finding | None = None

    @property
    def holds(self) -> bool:
        """Whether the schedule still leads to what the trace tells of."""
        return self.trace is not None


class _Departs(Exception):
    def __init__(self, step: int, reason: str) -> None:
        super().__init__(reason)
        self.step = step
        self.reason = reason


def scenario_of(trace: Trace, scenarios: Iterable[Scenario]) -> Scenario:
    """The scenario among `scenarios` that `trace` belongs to.

    Raises:
        TraceFileError: there is none.
    """
    for scenario in scenarios:
        if (scenario.name, scenario.variant) == (trace.scenario, trace.variant):
            return scenario
    title = f"{trace.scenario} [{trace.variant}]" if trace.variant else trace.scenario
    raise TraceFileError(f"its scenario {title} is not among the models")


def recheck(trace: Trace, scenario: Scenario, system: System) -> Recheck:
    """Take the steps of `trace` in today's model, in the evaluator and in CPython.

    Raises:
        ReplayMismatch: evaluator and CPython disagree, which is a bug of thpverify.
    """
    if system.start is not None:
        made = chosen(system, trace.initial_choices)
        system = attrs.evolve(system, initial=() if made is None else (made,))
    try:
        finding = _follow(trace, system)
    except _Departs as departure:
        return Recheck(None, departure.step, departure.reason)
    return Recheck(replay(scenario, system, finding), len(trace.steps), "", finding)


def _follow(trace: Trace, system: System) -> Finding:
    initial = next((n for n, i in enumerate(system.initial) if i.choices == trace.initial_choices), None)
    if initial is None:
        raise _Departs(0, "no initial state is chosen like this any more")
    states, moves = [system.initial[initial].state], list[Move]()
    failed: Check | None = None
    for number, told in enumerate(trace.steps, start=1):
        made = _take(system, states[-1], told, number)
        moves.append(made.move)
        if made.state is not None:
            states.append(made.state)
        elif number < len(trace.steps):
            assert made.failed is not None
            raise _Departs(number, f"{made.failed.kind} fails already here: {made.failed.message}")
        failed = made.failed
    path = Path(initial, tuple(moves), tuple(states))
    return Finding(trace.property, trace.kind, path, _judge(trace, system, states[-1], failed))


def _take(system: System, state: State, told: TraceStep, number: int) -> Step:
    if told.number >= len(system.threads):
        raise _Departs(number, f"there is no thread number {told.number} any more")
    name = system.threads[told.number].name
    mine = [s for s in steps(system, state) if system.commands[s.move.command].thread == told.number]
    if not mine:
        raise _Departs(number, f"thread {name} cannot step here any more")
    for step in mine:
        if step.choices == told.chosen:
            return step
    raise _Departs(number, f"thread {name} cannot choose {', '.join(told.choices) or 'nothing'} here any more")


def _judge(trace: Trace, system: System, state: State, failed: Check | None) -> Check | None:
    """Whether the end is what `trace` tells of; the Check that failed, if one did."""
    end = len(trace.steps)
    if failed is not None:
        if failed.kind != trace.kind:
            raise _Departs(end, f"{failed.kind} fails now, not {trace.kind}: {failed.message}")
        return failed
    if trace.kind == "deadlock":
        if finished(system, state):
            raise _Departs(end, "every thread has returned")
        if next(steps(system, state), None) is not None:
            raise _Departs(end, "some thread can step")
        return None
    prop = next((p for p in system.properties if p.name == trace.property and p.kind == trace.kind), None)
    if prop is None:
        raise _Departs(end, f"nothing fails there, and no property {trace.property} is checked")
    try:
        if holds(system, prop, state) != (prop.kind == "reachable"):
            raise _Departs(end, f"property {prop.name} is {'false' if prop.kind == 'reachable' else 'true'} there")
    except CheckFailed as failure:
        return failure.check
    return None
