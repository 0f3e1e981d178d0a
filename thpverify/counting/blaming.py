"""Which move a proof fails at: one that breaks a property from a state of which all is true that can be proved of what
comes before a violation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import z3

from thpverify.counting.goals import Ways, negations
from thpverify.counting.lemmas import Lemma
from thpverify.counting.moves import Move
from thpverify.counting.proving import Terms, is_plainly_kept
from thpverify.counting.system import CounterSystem
from thpverify.symbolic.logic import all_of
from thpverify.symbolic.solving import Clock, ask

SHOWN = 8
"""Counters of a state that are told."""
CULPRITS = 3
"""Moves that are told."""


@attrs.frozen(eq=False)
class Culprit:
    """`move` may break a property at N = `n`, from counts `before` to counts `after`, which has those it changes."""

    move: Move
    n: int
    before: Mapping[str, int]
    after: Mapping[str, int]

    def __str__(self) -> str:
        return f"{self.move.name}: {self.changes}; with {self.surroundings}"

    @property
    def changes(self) -> str:
        """Which counts are others after than before: those that the model stores, or else of tasks at places."""
        names = [name for name, value in self.after.items() if self.before[name] != value]
        names = [name for name in names if not name.startswith("N * ")]
        stored = [name for name in names if " " not in name]
        return ", ".join(f"{name} {self.before[name]} -> {self.after[name]}" for name in stored or names)

    @property
    def surroundings(self) -> str:
        """N, and what else is not 0."""
        others = [
            f"{name} = {value}"
            for name, value in self.before.items()
            if value and self.after.get(name, value) == value and not name.startswith("N * ")
        ]
        return ", ".join([f"N = {self.n}", *others[:SHOWN]]) + (" ..." if len(others) > SHOWN else "")


@attrs.define(eq=False)
class Blaming:
    """Says who is to blame. `lemmas` are kept by every move as long as all of `goals` hold, which are given, too."""

    system: CounterSystem
    terms: Terms
    goals: Mapping[str, Ways]
    lemmas: Sequence[Lemma]
    clock: Clock
    solver: z3.Solver = attrs.field(factory=lambda: z3.SolverFor("QF_LIA"))

    def __attrs_post_init__(self) -> None:
        given = (*own_lemmas(self.goals), *self.lemmas)
        self.solver.add(self.terms.bounds(), *self.terms.products(self.system), *map(self.terms.lemma, given))

    def culprits(self, name: str) -> list[Culprit]:
        """The moves that may break property `name`, one for each step of the model.

        Raises:
            NoAnswer, OutOfTime: the solver gives none, or time is up.
        """
        clauses = [Lemma(clause) for clause in negations(self.goals[name])]
        found: dict[tuple[str, int, str], Culprit] = {}
        for move in self.system.moves:
            touched = [clause for clause in clauses if not is_plainly_kept(clause, move)]
            step = move.role, move.pc, move.label
            if move.fails is None and touched and step not in found:
                culprit = self.breaking(move, touched)
                if culprit is not None:
                    found[step] = culprit
        return list(found.values())

    def breaking(self, move: Move, clauses: Sequence[Lemma]) -> Culprit | None:
        """How `move` may break one of `clauses`."""
        small = [self.terms.counter(name) <= 2 for name in self.system.counters]
        self.solver.push()
        self.solver.add(self.terms.guard(move), *self.terms.products(self.system, move))
        self.solver.add(z3.Not(all_of([self.terms.lemma(clause, move.change) for clause in clauses])))
        try:
            model = ask(self.solver, f"{move.name} keeps it", self.clock)
            if model is None:
                return None
            # Small numbers read better.
            return self.told(move, ask(self.solver, f"{move.name} keeps it", self.clock, small) or model)
        finally:
            self.solver.pop()

    def told(self, move: Move, model: z3.ModelRef) -> Culprit:
        """What `model` says."""
        n, values = self.terms.read(model)
        before = {name: values.get(name, 0) for name in self.system.counters}
        after = {name: before[name] + form.evaluate(values, n) for name, form in move.change.items() if name in before}
        return Culprit(move, n, before, after)


def own_lemmas(goals: Mapping[str, Ways]) -> list[Lemma]:
    """That no goal is violated."""
    return [Lemma(clause) for ways in goals.values() for clause in negations(ways)]


def told_obstacles(culprits: Mapping[str, Sequence[Culprit]]) -> dict[str, str]:
    """Why properties are not proved, in words, by the moves that may break them.

    Some move breaks one of them, or one is not even initially true: else what holds as long as no property is violated
    would be inductive. One that no move breaks is proved as far as the others hold.
    """
    guilty = [name for name, moves in culprits.items() if moves]
    given = f"{' and '.join(guilty)} {'holds' if len(guilty) == 1 else 'hold'}"
    innocent = f"no move breaks it as long as {given}" if guilty else "some property is not even initially true"
    return {name: _broken_by(moves) if moves else innocent for name, moves in culprits.items()}


def _broken_by(culprits: Sequence[Culprit]) -> str:
    rest = len(culprits) - CULPRITS
    told = "; or by ".join(map(str, culprits[:CULPRITS]))
    return f"may be broken by {told}" + (f"; or by {rest} more" if rest > 0 else "")
