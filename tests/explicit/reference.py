"""A breadth-first search in plain Python over the IR evaluator: what the native search must agree with."""

from __future__ import annotations

import attrs

from thpverify.ir.evaluator import CheckFailed, finished, holds, steps
from thpverify.ir.run import Finding, Outcome
from thpverify.ir.system import State, System


@attrs.define
class Expected:
    """Counts of the whole state space, and for each (property, kind, has check) the length of a shortest path."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    fired: list[int] = attrs.field(factory=list)
    reached: set[tuple[str, int]] = attrs.field(factory=set)
    shortest: dict[tuple[str, str, bool], int] = attrs.field(factory=dict)

    def note(self, name: str, kind: str, check: bool, moves: int) -> None:
        key = (name, kind, check)
        self.shortest[key] = min(moves, self.shortest.get(key, moves))


def explore(system: System) -> Expected:
    """Visit everything, violating states as well."""
    expected = Expected(fired=[0] * len(system.commands))
    seen: set[State] = set()
    level: list[State] = []

    def visit(state: State, depth: int) -> None:
        if state in seen:
            return
        seen.add(state)
        level.append(state)
        for prop in system.properties:
            try:
                value = holds(system, prop, state)
            except CheckFailed:
                expected.note(prop.name, prop.kind, True, depth)
                continue
            if value == (prop.kind == "reachable"):
                expected.note(prop.name, prop.kind, False, depth)

    for initial in system.initial:
        visit(initial.state, 0)
    depth = 0
    while level:
        expected.depth = depth
        now, level = level, []
        for state in now:
            stuck = True
            for step in steps(system, state):
                stuck = False
                expected.reached |= {(span.file, span.line) for span in step.spans}
                if step.state is None:
                    assert step.failed is not None
                    expected.note(step.failed.kind, step.failed.kind, True, depth + 1)
                else:
                    expected.transitions += 1
                    expected.fired[step.move.command] += 1
                    visit(step.state, depth + 1)
            if stuck and system.check_deadlock and not finished(system, state):
                expected.note("deadlock", "deadlock", False, depth)
        depth += 1
    expected.states = len(seen)
    return expected


def replay(system: System, finding: Finding) -> None:
    """Assert that a finding's path is one, and that it ends where the finding says."""
    from thpverify.ir.evaluator import step

    path = finding.path
    state = system.initial[path.initial].state
    assert path.states[0] == state
    for number, move in enumerate(path.moves):
        done = step(system, state, move)
        if number == len(path.moves) - 1 and done.state is None:
            assert done.failed is finding.check
            assert len(path.states) == len(path.moves)
            return
        assert done.state == path.states[number + 1]
        state = done.state
    assert len(path.states) == len(path.moves) + 1
    if finding.kind == "deadlock":
        assert not list(steps(system, state)) and not finished(system, state)
        return
    prop = next(p for p in system.properties if p.name == finding.property)
    try:
        value = holds(system, prop, state)
    except CheckFailed as failure:
        assert failure.check is finding.check
        return
    assert finding.check is None
    assert value == (finding.kind == "reachable")


def agree(system: System, outcome: Outcome, expected: Expected) -> None:
    """Assert that a complete search with `collect_all` found exactly what is expected."""
    assert outcome.complete and outcome.stopped is None
    assert (outcome.states, outcome.transitions) == (expected.states, expected.transitions)
    assert outcome.depth == expected.depth
    assert list(outcome.fired) == expected.fired
    assert outcome.reached == expected.reached
    for finding in outcome.findings:
        replay(system, finding)
    found = {(f.property, f.kind, f.check is not None): len(f.path.moves) for f in outcome.findings}
    merged: dict[tuple[str, str], int] = {}
    for (name, kind, check), moves in expected.shortest.items():
        key = (name, f"{kind} check" if kind == "reachable" and check else kind)
        merged[key] = min(moves, merged.get(key, moves))
    told = {(n, f"{k} check" if k == "reachable" and c else k): m for (n, k, c), m in found.items()}
    assert told == merged
