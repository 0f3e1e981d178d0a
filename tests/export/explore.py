"""A search in plain Python on the IR's evaluator: slow, and independent of every engine."""

from __future__ import annotations

from thpverify.ir.evaluator import CheckFailed, finished, holds, steps
from thpverify.ir.run import Finding, Move, Outcome, Path
from thpverify.ir.statements import Check
from thpverify.ir.system import Property, State, System

Links = dict[State, tuple[State, Move] | None]


def explore(system: System, *, go_on: bool = False) -> Outcome:
    """Breadth first; stops at the first violation unless told to `go_on`, then with the first of each property."""
    links: Links = {}
    findings: dict[str, Finding] = {}
    transitions = depth = 0
    level = [i.state for i in system.initial]
    frontier: list[State] = []
    for state in level:
        if state not in links:
            links[state] = None
            frontier.append(state)
            _judge(system, state, links, findings)
    while frontier and (go_on or not _violated(findings)):
        following: list[State] = []
        for state in frontier:
            fired = list(steps(system, state))
            if not fired and system.check_deadlock and not finished(system, state):
                findings.setdefault("deadlock", Finding("deadlock", "deadlock", _path(system, links, state)))
            for step in fired:
                if step.state is None:
                    assert step.failed is not None
                    path = _path(system, links, state)
                    failing = Path(path.initial, (*path.moves, step.move), path.states)
                    kind = step.failed.kind
                    findings.setdefault(kind, Finding(kind, kind, failing, step.failed))
                    continue
                transitions += 1
                if step.state not in links:
                    links[step.state] = (state, step.move)
                    following.append(step.state)
                    _judge(system, step.state, links, findings)
        frontier = following
        depth += 1
    stopped = None if go_on or not _violated(findings) else "violation"
    return Outcome(
        states=len(links), transitions=transitions, depth=depth, complete=stopped is None, stopped=stopped,
        findings=tuple(findings.values()), fired=(), reached=frozenset(), seconds=0.0, cpu_seconds=0.0,
        compile_seconds=0.0, peak_bytes=0,
    )  # fmt: skip


def _violated(findings: dict[str, Finding]) -> bool:
    return any(f.kind != "reachable" or f.check is not None for f in findings.values())


def _judge(system: System, state: State, links: Links, findings: dict[str, Finding]) -> None:
    for prop in system.properties:
        failed: Check | None = None
        try:
            result = holds(system, prop, state)
        except CheckFailed as error:
            failed, result = error.check, False
        if failed is not None or result == (prop.kind == "reachable"):
            _record(prop, failed, _path(system, links, state), findings)


def _record(prop: Property, failed: Check | None, path: Path, findings: dict[str, Finding]) -> None:
    # A witness does not keep a later failure within the same property from being a violation.
    key = prop.name if failed is None else f"{prop.name}: {failed.kind}"
    findings.setdefault(key, Finding(prop.name, prop.kind, path, failed))


def _path(system: System, links: Links, state: State) -> Path:
    states, moves = [state], []
    while (link := links[state]) is not None:
        state, move = link
        states.insert(0, state)
        moves.insert(0, move)
    return Path([i.state for i in system.initial].index(state), tuple(moves), tuple(states))
