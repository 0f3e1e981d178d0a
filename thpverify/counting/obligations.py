"""All that has to be refuted for a proof by counting: for each move and property, from the lemmas that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs
import z3

from thpverify.counting.goals import Ways
from thpverify.counting.lemmas import Lemma
from thpverify.counting.linear import Atom, Linear
from thpverify.counting.moves import Move
from thpverify.counting.proving import Terms, is_plainly_kept
from thpverify.counting.system import CounterSystem
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.solving import Clock

SECONDS = 30.0
"""Time to find out which lemmas an obligation takes; it has all of them if that is over."""


@attrs.frozen(eq=False)
class Obligation:
    """What must not be possible: `given` and `wrong`, which speak of counters `names`, in a state of the invariant.

    Unless it is not possible `anywhere`. `wrong` is of the state after `move` if there is one; `about` tells of it.
    """

    about: str
    given: tuple[z3.BoolRef, ...]
    wrong: z3.BoolRef
    names: frozenset[str] = frozenset()
    move: Move | None = None
    anywhere: bool = False

    def assertions(self, system: CounterSystem, terms: Terms, lemmas: Sequence[Lemma]) -> tuple[z3.BoolRef, ...]:
        """What is unsatisfiable if it is one already with these of the invariant's lemmas."""
        if self.anywhere:
            return *self.given, self.wrong
        spoken = self.names.union(*(lemma.names for lemma in lemmas))
        products = terms.products(system, None, spoken)
        if self.move is not None:
            products += terms.products(system, self.move, spoken)
        return terms.bounds(), *products, *map(terms.lemma, lemmas), *self.given, self.wrong

    def needed(self, system: CounterSystem, terms: Terms, lemmas: Sequence[Lemma]) -> list[int]:
        """The numbers of those of `lemmas` that it takes; of all if the solver cannot say."""
        if self.anywhere:
            return []
        clock, solver = Clock(SECONDS), z3.SolverFor("QF_LIA")
        solver.set("timeout", clock.for_query())
        solver.set("core.minimize", True)
        products = terms.products(system)
        if self.move is not None:
            products += terms.products(system, self.move)
        solver.add(terms.bounds(), *products, *self.given, self.wrong)
        uses = {f"use {number}": number for number in range(len(lemmas))}
        for name, number in uses.items():
            solver.add(z3.Implies(z3.Bool(name), terms.lemma(lemmas[number])))
        try:
            if solver.check(*map(z3.Bool, uses)) == z3.unsat:
                return sorted(uses[str(use)] for use in solver.unsat_core())
        except z3.Z3Exception:
            pass
        return list(uses.values())


def obligations(
    system: CounterSystem, terms: Terms, lemmas: Sequence[Lemma], goals: Mapping[str, Ways]
) -> Iterator[Obligation]:
    """All that has to be refuted for the goals to hold always: the lemmas at first, after each move, and the goals.

    Of a move, nothing is said of lemmas that it plainly keeps.
    """
    initial = (terms.bounds(), terms.initial(system))
    wrong = z3.Not(all_of(list(map(terms.lemma, lemmas))))
    yield Obligation("the initial state has the invariant", initial, wrong, anywhere=True)
    for move in system.moves:
        guard, asked = terms.guard(move), _names(move.guard)
        if move.fails is not None:
            yield Obligation(f"{move.name} does not fail: {move.fails}", (), guard, asked)
            continue
        touched = [lemma for lemma in lemmas if not is_plainly_kept(lemma, move)]
        broken = z3.Not(all_of([terms.lemma(lemma, move.change) for lemma in touched]))
        names = asked.union(*(lemma.names for lemma in touched))
        yield Obligation(f"{move.name} keeps the invariant", (guard,), broken, names, move)
    yield from product_obligations(system, terms)
    for name, ways in goals.items():
        violated = any_of([all_of([terms.atom(atom) for atom in way]) for way in ways])
        names = _names(atom for way in ways for atom in way)
        yield Obligation(f"the invariant implies {name}", (), violated, names)


def product_obligations(system: CounterSystem, terms: Terms) -> Iterator[Obligation]:
    """That the counters that are N * x stay so, and that what is taken of them for granted follows from that."""
    x, n = z3.Int("x"), terms.size
    product = n * x
    adds = {move.change[name].value for move in system.moves for name in system.scaled if name in move.change}
    for move in system.moves:
        for name, scaled in system.scaled.items():
            added, much = move.change.get(name, Linear()), move.change.get(scaled, Linear())
            assert added.is_constant and much.constant == (0, added.value), "N times as much is added to N * x as to x"
    kept = [z3.Int("product") + z3.IntVal(add) * n == n * (x + add) for add in sorted(adds)]
    is_product = (terms.bounds(), z3.Int("product") == product)
    follows = z3.Not(all_of(terms.product(x, z3.Int("product"))))
    yield Obligation("N * x stays N * x", is_product, z3.Not(all_of(kept)), anywhere=True)
    yield Obligation("what N * x is", (*is_product, x >= 0), follows, anywhere=True)


def _names(atoms: Iterable[Atom]) -> frozenset[str]:
    return frozenset(name for atom in atoms for name in atom.form.terms)
