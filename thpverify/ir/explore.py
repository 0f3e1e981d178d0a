"""The reference search: breadth first over the evaluator, obviously right and far too slow for real use."""

from __future__ import annotations

import attrs

from thpverify.ir.evaluator import CheckFailed, finished, holds, steps
from thpverify.ir.run import Finding, Move, Path
from thpverify.ir.statements import Check
from thpverify.ir.system import Property, State, System


class TooManyStates(Exception):
    """The space is larger than the caller wants to look at."""


@attrs.frozen
class Space:
    """A whole reachable space, in terms in which all readings of a model can be compared.

    `transitions` counts firings with a successor, `depth` is the number of the deepest level (initial states are
    level 0). `lengths` has the number of moves of a shortest path per property that is violated or, for reachables,
    witnessed; a failed Check in a step goes by its kind, a deadlock as "deadlock".
    """

    states: frozenset[State]
    transitions: int
    depth: int
    lengths: dict[str, int]


@attrs.frozen
class Exploration:
    """A space with one shortest path per property."""

    space: Space
    findings: tuple[Finding, ...]


@attrs.define
class _Search:
    system: System
    max_states: int
    parents: dict[State, tuple[State, Move] | None] = attrs.field(factory=dict)
    transitions: int = 0
    found: dict[str, tuple[int, Finding]] = attrs.field(factory=dict)

    def path(self, state: State, last: Move | None = None) -> Path:
        moves: list[Move] = [] if last is None else [last]
        states = [state]
        while (parent := self.parents[states[-1]]) is not None:
            states.append(parent[0])
            moves.append(parent[1])
        initial = next(n for n, i in enumerate(self.system.initial) if i.state == states[-1])
        backwards = moves[1:][::-1] + moves[:1] if last is not None else moves[::-1]
        return Path(initial, tuple(backwards), tuple(states[::-1]))

    def report(self, name: str, kind: str, path: Path, check: Check | None = None) -> None:
        """Keep a finding unless its property has one that is as short."""
        if name not in self.found or len(path.moves) < self.found[name][0]:
            self.found[name] = (len(path.moves), Finding(name, kind, path, check))

    def visit(self, state: State, parent: tuple[State, Move] | None) -> None:
        """Judge every property in a new state."""
        self.parents[state] = parent
        if len(self.parents) > self.max_states:
            raise TooManyStates(f"more than {self.max_states}")
        for prop in self.system.properties:
            if prop.name not in self.found:
                self.judge(prop, state)

    def judge(self, prop: Property, state: State) -> None:
        try:
            if holds(self.system, prop, state) == (prop.kind == "reachable"):
                self.report(prop.name, prop.kind, self.path(state))
        except CheckFailed as failure:
            self.report(prop.name, prop.kind, self.path(state), failure.check)

    def expand(self, state: State) -> list[State]:
        """Fire everything in `state`; the new states."""
        new: list[State] = []
        firings = 0
        for step in steps(self.system, state):
            firings += 1
            if step.failed is not None:
                self.report(step.failed.kind, step.failed.kind, self.path(state, step.move), step.failed)
                continue
            assert step.state is not None
            self.transitions += 1
            if step.state not in self.parents:
                new.append(step.state)
                self.visit(step.state, (state, step.move))
        if self.system.check_deadlock and not firings and not finished(self.system, state):
            self.report("deadlock", "deadlock", self.path(state))
        return new


def explore(system: System, max_states: int = 1_000_000) -> Exploration:
    """Visit every reachable state, those that violate a property included.

    Raises:
        TooManyStates: there are more than `max_states`.
    """
    search = _Search(system, max_states)
    level: list[State] = []
    for initial in system.initial:
        if initial.state not in search.parents:
            level.append(initial.state)
            search.visit(initial.state, None)
    depth = 0
    while True:
        following = [new for state in level for new in search.expand(state)]
        if not following:
            break
        level, depth = following, depth + 1
    lengths = {name: length for name, (length, _) in search.found.items()}
    space = Space(frozenset(search.parents), search.transitions, depth, lengths)
    return Exploration(space, tuple(finding for _, finding in search.found.values()))
