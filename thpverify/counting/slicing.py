"""The lemmas that a proof needs: from the goals backwards, by unsatisfiable cores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import z3

from thpverify.counting.lemmas import Lemma
from thpverify.counting.linear import Atom
from thpverify.counting.proving import Terms
from thpverify.counting.system import CounterSystem
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.solving import Clock, NoAnswer, OutOfTime


def needed(
    system: CounterSystem,
    terms: Terms,
    lemmas: Sequence[Lemma],
    goals: Mapping[str, Sequence[Sequence[Atom]]],
    clock: Clock,
    tick: Callable[[str], None],
) -> list[Lemma]:
    """Some of `lemmas`, which are inductive together, that are inductive by themselves and imply the goals.

    Raises:
        NoAnswer, OutOfTime: the solver gives no core.
    """
    uses = {z3.Bool(f"use {number}"): lemma for number, lemma in enumerate(lemmas)}
    by_name = {str(use): lemma for use, lemma in uses.items()}
    solver = z3.SolverFor("QF_LIA")
    solver.add(terms.bounds(), *terms.products(system))
    for use, lemma in uses.items():
        solver.add(z3.Implies(use, terms.lemma(lemma)))

    def core(about: str, *asserted: z3.BoolRef) -> set[Lemma]:
        solver.push()
        solver.add(*asserted)
        solver.set("timeout", clock.for_query())
        try:
            answer = solver.check(*uses)
            if answer != z3.unsat:
                raise NoAnswer(about, solver.reason_unknown() if answer == z3.unknown else "what was refuted is not")
            return {by_name[str(use)] for use in solver.unsat_core()}
        except z3.Z3Exception as error:
            if clock.over:
                raise OutOfTime from error
            raise NoAnswer(about, str(error)) from error
        finally:
            solver.pop()

    kept: set[Lemma] = set()
    for name, ways in goals.items():
        wrong = any_of([all_of([terms.atom(atom) for atom in way]) for way in ways])
        kept |= core(f"the invariant implies {name}", wrong)
    done: set[tuple[int, Lemma]] = set()
    while True:
        before = len(kept)
        for number, move in enumerate(system.moves):
            touched = [
                lemma for lemma in kept if (number, lemma) not in done and not lemma.names.isdisjoint(move.change)
            ]
            if move.fails is None and touched:
                after = z3.Not(all_of([terms.lemma(lemma, move.change) for lemma in touched]))
                kept |= core(f"{move.name} keeps the lemmas", terms.guard(move), *terms.products(system, move), after)
                done |= {(number, lemma) for lemma in touched}
        tick(f"{len(kept)} lemmas needed")
        if len(kept) == before:
            return [lemma for lemma in lemmas if lemma in kept]
