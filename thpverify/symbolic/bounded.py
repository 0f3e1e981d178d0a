"""Bounded model checking: is there a path of k steps that decides a property, for k = 0, 1, 2 ..."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs
import z3

from thpverify.ir.evaluator import CheckFailed, finished, holds, step, steps
from thpverify.ir.run import Finding, Move, Path
from thpverify.ir.statements import Check
from thpverify.ir.system import InitialState, System
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.relation import Relation
from thpverify.symbolic.solving import Clock, NoAnswer, OutOfTime, ask, path_solver
from thpverify.symbolic.starting import starting
from thpverify.symbolic.unrolling import Unrolling


@attrs.frozen
class Bounded:
    """All paths of up to `depth` moves were looked at (-1: not even the initial states); `stopped` says why no more.

    The paths of `findings` begin in `initial` states, by their numbers."""

    depth: int
    stopped: str
    findings: tuple[Finding, ...]
    initial: tuple[InitialState, ...]


@attrs.define
class BoundedSearch:
    """A search under way."""

    relation: Relation
    collect_all: bool
    clock: Clock
    on_depth: Callable[[int], None]
    unrolling: Unrolling = attrs.field(init=False)
    solver: z3.Solver = attrs.field(init=False)
    found: dict[str, Finding] = attrs.field(factory=dict)
    starts: list[InitialState] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.solver = path_solver(self.relation.system)
        self.starts = list(self.relation.system.initial)
        self.unrolling = Unrolling.of(self.relation)

    def run(self, depth: int) -> Bounded:
        """Look at all paths of up to `depth` moves."""
        reached = -1
        try:
            self.solver.add(self.unrolling.at(0, all_of([self.relation.typed, self.relation.initial()])))
            for k in range(depth + 1):
                if k:
                    self.decide(k - 1, self.failing(k - 1), k)
                    self.solver.add(self.unrolling.params_in_range(k - 1))
                    self.solver.add(self.unrolling.at(k - 1, self.unrolling.step.done), *self.unrolling.extend())
                self.decide(k, self.events(k), k)
                if self.violated() and not self.collect_all:
                    return self.end(reached, "violation")
                reached = k
                self.on_depth(k)
        except OutOfTime:
            return self.end(reached, f"time limit of {self.clock.seconds:g} s" if self.clock.seconds else "time limit")
        except NoAnswer as reason:
            return self.end(reached, str(reason))
        return self.end(reached, f"depth limit of {depth}")

    def end(self, reached: int, stopped: str) -> Bounded:
        return Bounded(reached, stopped, tuple(self.found.values()), tuple(self.starts))

    def violated(self) -> bool:
        return any(f.kind != "reachable" or f.check is not None for f in self.found.values())

    def events(self, k: int) -> dict[str, z3.BoolRef]:
        """What state number `k` can decide, by the property's name."""
        decided = {p.prop.name: p.decided for p in self.relation.properties}
        if self.relation.system.check_deadlock:
            decided["deadlock"] = self.relation.stuck()
        return {name: self.unrolling.at(k, term) for name, term in decided.items() if name not in self.found}

    def failing(self, k: int) -> dict[str, z3.BoolRef]:
        """The Checks that step number `k` can fail, by their kind."""
        failing = self.unrolling.step.failing
        return {kind: self.unrolling.at(k, term) for kind, term in failing.items() if kind not in self.found}

    def decide(self, k: int, events: dict[str, z3.BoolRef], moves: int) -> None:
        """Find a path to each of `events`, which speak of frame `k`, that has one."""
        while events:
            self.solver.push()
            if moves > k:
                self.solver.add(self.unrolling.params_in_range(k))
            self.solver.add(any_of(events.values()))
            model = ask(self.solver, f"paths of {moves} steps", self.clock)
            self.solver.pop()
            if model is None:
                return
            found = {finding.property: finding for finding in self.told(model, moves)}
            new = [name for name in found if name in events]
            assert new, "z3's path decides nothing that the evaluator would see"
            for name in new:
                self.found[name] = found[name]
                del events[name]
            if self.violated() and not self.collect_all:
                return

    def told(self, model: z3.ModelRef, moves: int) -> Iterator[Finding]:
        """What the evaluator sees at the end of the path in `model`."""
        state = self.relation.read(model, self.unrolling.frames[0].state)
        if self.relation.system.start is not None:
            self.starts.append(starting(self.relation.system).read(model, self.relation.system))
        initial = next(n for n, given in enumerate(self.starts) if given.state == state)
        made = [self.unrolling.move(model, k) for k in range(moves)]
        return findings_of(attrs.evolve(self.relation.system, initial=tuple(self.starts)), initial, made)


def findings_of(system: System, initial: int, moves: list[Move]) -> Iterator[Finding]:
    """Everything that the last state, or the last step, of a path decides; the evaluator takes the steps."""
    states = [system.initial[initial].state]
    failed: Check | None = None
    for move in moves:
        made = step(system, states[-1], move)
        if made.state is None:
            failed = made.failed
            break
        states.append(made.state)
    path = Path(initial, tuple(moves), tuple(states))
    if failed is not None:
        yield Finding(failed.kind, failed.kind, path, failed)
        return
    for prop in system.properties:
        try:
            if holds(system, prop, states[-1]) == (prop.kind == "reachable"):
                yield Finding(prop.name, prop.kind, path)
        except CheckFailed as failure:
            yield Finding(prop.name, prop.kind, path, failure.check)
    if system.check_deadlock and not finished(system, states[-1]) and next(steps(system, states[-1]), None) is None:
        yield Finding("deadlock", "deadlock", path)
