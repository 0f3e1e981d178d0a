"""Induction over the moves of a counter system, in linear integer arithmetic, for N symbolic or a number."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import attrs
import z3

from thpverify.counting.lemmas import Lemma
from thpverify.counting.linear import Atom, Linear, total
from thpverify.counting.moves import Move
from thpverify.counting.system import CounterSystem
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.solving import Clock, ask

SMALLEST = 2
"""N is this or more, unless it is a number."""


@attrs.define(eq=False)
class Terms:
    """Counters as z3 constants. `n` is None for every N >= 2."""

    n: int | None
    constants: dict[str, z3.ArithRef] = attrs.field(factory=dict)
    atoms: dict[Atom, z3.BoolRef] = attrs.field(factory=dict)

    def counter(self, name: str) -> z3.ArithRef:
        """The constant for a counter or param."""
        if name not in self.constants:
            self.constants[name] = z3.Int(name)
        return self.constants[name]

    @property
    def size(self) -> z3.ArithRef:
        """N."""
        return z3.Int("N")

    def bounds(self) -> z3.BoolRef:
        """What N is."""
        return self.size >= SMALLEST if self.n is None else self.size == self.n

    def form(self, form: Linear, after: Mapping[str, Linear] | None = None) -> z3.ArithRef:
        """`form`, of the state before; with `after`, of the state after these changes."""
        moved = form
        if after:
            for name, (a, b) in form.terms.items():
                if name in after:
                    assert not b
                    moved = moved + after[name] * a
        parts: list[z3.ArithRef] = []
        for name, (a, b) in sorted(moved.terms.items()):
            counter = self.counter(name)
            assert not b, "a product of N and a counter is a counter of its own"
            parts.append(counter if a == 1 else z3.IntVal(a) * counter)
        a, b = moved.constant
        if b:
            parts.append(self.size if b == 1 else z3.IntVal(b) * self.size)
        if a or not parts:
            parts.append(z3.IntVal(a))
        return parts[0] if len(parts) == 1 else z3.Sum(parts)

    def atom(self, atom: Atom, after: Mapping[str, Linear] | None = None) -> z3.BoolRef:
        """`atom` as a term."""
        if after and not atom.form.terms.keys().isdisjoint(after):
            form = self.form(atom.form, after)
            return form == 0 if atom.equal else form >= 0
        if atom not in self.atoms:
            form = self.form(atom.form)
            self.atoms[atom] = form == 0 if atom.equal else form >= 0
        return self.atoms[atom]

    def lemma(self, lemma: Lemma, after: Mapping[str, Linear] | None = None) -> z3.BoolRef:
        """`lemma` as a term."""
        return any_of([self.atom(atom, after) for atom in lemma.clause])

    def products(
        self, system: CounterSystem, move: Move | None = None, spoken: Collection[str] | None = None
    ) -> list[z3.BoolRef]:
        """What the counters that are N * x are, before, or after `move`, which adds N times as much to them as to x.

        That they are N * x is true at first and kept by every move (`product_obligations`). For a symbolic N these are
        linear consequences of it. Of one that is not `spoken` of nothing need be said, as every x has an N * x.
        """
        found: list[z3.BoolRef] = []
        for name, product in system.scaled.items():
            if (move is not None and name not in move.change) or (spoken is not None and product not in spoken):
                continue
            after = None if move is None else move.change
            x, scaled = self.form(Linear.of(name), after), self.form(Linear.of(product), after)
            found += self.product(x, scaled)
        return found

    def product(self, x: z3.ArithRef, scaled: z3.ArithRef) -> list[z3.BoolRef]:
        """Linear consequences of ``scaled == N * x``; for a number N, that itself."""
        if self.n is not None:
            return [scaled == self.n * x]
        n = self.size
        return [
            z3.Or(x < 0, scaled >= 2 * x),
            z3.Or(z3.Not(x == 0), scaled == 0),
            z3.Or(z3.Not(x == 1), scaled == n),
            z3.Or(x < 1, scaled >= n),
            z3.Or(x < 1, scaled - n >= 2 * (x - 1)),
        ]

    def guard(self, move: Move) -> z3.BoolRef:
        """Whether `move` can be made."""
        return all_of([self.atom(atom) for atom in move.guard])

    def initial(self, system: CounterSystem) -> z3.BoolRef:
        """Whether the state before is the first one."""
        return all_of(
            [
                self.form(Linear.of(name) - Linear({}, system.initial.get(name, (0, 0)))) == 0
                for name in system.counters
            ]
        )

    def read(self, model: z3.ModelRef) -> tuple[int, dict[str, int]]:
        """N, and all counters and params, in `model`."""
        values = {
            name: model.eval(constant, model_completion=True).as_long() for name, constant in self.constants.items()
        }
        return model.eval(self.size, model_completion=True).as_long(), values


@attrs.frozen(eq=False)
class Induction:
    """What Houdini left: `lemmas` hold at first and no move breaks them. `queries` were asked in `rounds`."""

    n: int | None
    lemmas: tuple[Lemma, ...]
    dropped: Mapping[Lemma, str]
    queries: int
    rounds: int


@attrs.define(eq=False)
class Houdini:
    """A greatest inductive subset of candidates in the making, of moves that keep `given`."""

    system: CounterSystem
    terms: Terms
    clock: Clock
    tick: Callable[[str], None]
    given: Sequence[Lemma] = ()
    dropped: dict[Lemma, str] = attrs.field(factory=dict)
    queries: int = 0
    uses: dict[Lemma, z3.BoolRef] = attrs.field(factory=dict)
    used_as: dict[str, Lemma] = attrs.field(factory=dict)

    def run(self, candidates: Sequence[Lemma]) -> Induction:
        """Drop what is broken from `candidates` until nothing is.

        Raises:
            NoAnswer, OutOfTime: the solver gives none, or time is up.
        """
        # In order, and quick to ask.
        live = dict.fromkeys(self.initially(candidates))
        solver = z3.SolverFor("QF_LIA")
        solver.add(self.terms.bounds(), *self.terms.products(self.system), *map(self.terms.lemma, self.given))
        for number, lemma in enumerate(live):
            self.uses[lemma], self.used_as[f"use {number}"] = z3.Bool(f"use {number}"), lemma
            solver.add(z3.Implies(self.uses[lemma], self.terms.lemma(lemma)))
        rounds, changed = 0, True
        # By move: the lemmas because of which it breaks none. As long as they are left, it still breaks none.
        because: dict[int, frozenset[Lemma]] = {}
        while changed:
            changed = False
            rounds += 1
            for number, move in enumerate(self.system.moves):
                if move.fails is not None or (number in because and because[number] <= live.keys()):
                    continue
                before = len(live)
                because[number] = self.kept_by(move, live, solver)
                changed = changed or len(live) != before
                self.tick(f"round {rounds}, move {number}: {len(live)} lemmas left")
        return Induction(self.terms.n, tuple(live), dict(self.dropped), self.queries, rounds)

    def initially(self, candidates: Sequence[Lemma]) -> list[Lemma]:
        """Those that hold at first."""
        live: list[Lemma] = []
        solver = z3.SolverFor("QF_LIA")
        solver.add(self.terms.bounds(), self.terms.initial(self.system))
        for lemma in candidates:
            solver.push()
            solver.add(z3.Not(self.terms.lemma(lemma)))
            model = ask(solver, f"the initial state has: {lemma}", self.clock)
            solver.pop()
            self.queries += 1
            if model is None:
                live.append(lemma)
            else:
                self.dropped[lemma] = "the initial state"
        return live

    def kept_by(self, move: Move, live: dict[Lemma, None], solver: z3.Solver) -> frozenset[Lemma]:
        """Drop from `live` what `move` breaks, given all that are left; those because of which it breaks no more."""
        touched = [lemma for lemma in live if not is_plainly_kept(lemma, move)]
        after = {lemma: self.terms.lemma(lemma, move.change) for lemma in touched}
        solver.push()
        solver.add(self.terms.guard(move), *self.terms.products(self.system, move))
        # Whatever is plainly kept is given already.
        kept = [lemma for lemma in self.given if not is_plainly_kept(lemma, move)]
        solver.add(*(self.terms.lemma(lemma, move.change) for lemma in kept))
        try:
            while touched:
                solver.push()
                solver.add(z3.Not(all_of([after[lemma] for lemma in touched])))
                model = ask(solver, f"{move.name} keeps the lemmas", self.clock, [self.uses[lemma] for lemma in live])
                core = solver.unsat_core() if model is None else ()
                solver.pop()
                self.queries += 1
                if model is None:
                    return frozenset(self.used_as[str(use)] for use in core)
                broken = {lemma for lemma in touched if z3.is_false(model.eval(after[lemma], model_completion=True))}
                assert broken, "the solver's model breaks nothing"
                for lemma in broken:
                    self.dropped[lemma] = move.name
                    del live[lemma]
                touched = [lemma for lemma in touched if lemma not in broken]
            return frozenset()
        finally:
            solver.pop()


def is_plainly_kept(lemma: Lemma, move: Move) -> bool:
    """Whether each part of `lemma` that is true before `move` is true after it, whatever N and the params are."""
    if lemma.names.isdisjoint(move.change):
        return True
    for atom in lemma.clause:
        more = total(move.change[name] * a for name, (a, _) in atom.form.terms.items() if name in move.change)
        a, b = more.constant
        if more.terms or (a or b if atom.equal else b < 0 or a + SMALLEST * b < 0):
            return False
    return True
