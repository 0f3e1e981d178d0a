"""k-induction: what held for k states in a row holds in the next one, and it does hold in the first k of every path."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import z3

from thpverify.symbolic.induction import AnyLemma, Candidate
from thpverify.symbolic.logic import all_of
from thpverify.symbolic.relation import Relation
from thpverify.symbolic.solving import Clock, NoAnswer, OutOfTime, ask, path_solver
from thpverify.symbolic.unrolling import Unrolling

MOST_STEPS = 3
"""Raising k further is the wrong knob; a lemma is the right one."""


@attrs.frozen
class Strengthened:
    """`proved` hold always, together, by `k`-induction from `candidates`, which are inductive themselves."""

    proved: tuple[str, ...]
    k: int
    candidates: tuple[Candidate, ...]

    @property
    def lemmas(self) -> tuple[AnyLemma, ...]:
        """Those of the candidates that no model states."""
        return tuple(c.lemma for c in self.candidates if c.lemma is not None)


def strengthen(
    relation: Relation, candidates: Sequence[Candidate], wanted: Sequence[str], depth: int, clock: Clock
) -> Strengthened | None:
    """Try k = 2, 3 on the invariants among `wanted`, all at once and then without those that fail.

    `depth` is how far all paths are known to keep them. None if nothing is proved.
    """
    terms = {p.prop.name: p.always for p in relation.properties if p.prop.name in wanted}
    try:
        for k in range(2, min(MOST_STEPS, depth + 1) + 1):
            left = _greatest(relation, candidates, terms, k, clock)
            if left:
                return Strengthened(tuple(left), k, tuple(candidates))
    except (NoAnswer, OutOfTime):
        return None
    return None


def _greatest(
    relation: Relation, candidates: Sequence[Candidate], terms: dict[str, z3.BoolRef], k: int, clock: Clock
) -> dict[str, z3.BoolRef]:
    """The most of `terms` that are k-inductive together."""
    left = dict(terms)
    while left:
        hypotheses, goals = step_case(relation, candidates, left, k)
        solver = path_solver(relation.system)
        solver.add(*hypotheses, z3.Not(all_of(goals.values())))
        model = ask(solver, f"the step of {k}-induction", clock)
        if model is None:
            return left
        left = {name: left[name] for name, goal in goals.items() if z3.is_true(model.eval(goal, model_completion=True))}
    return left


def step_case(
    relation: Relation, candidates: Sequence[Candidate], terms: dict[str, z3.BoolRef], k: int
) -> tuple[list[z3.BoolRef], dict[str, z3.BoolRef]]:
    """A path of `k` steps on whose states before the last all of `terms` hold; and that they hold in the last one."""
    unrolling = Unrolling.of(relation)
    hypotheses = []
    for number in range(k):
        here = all_of([relation.typed, *(c.term for c in candidates), *terms.values(), unrolling.step.done])
        hypotheses += [unrolling.at(number, here), unrolling.params_in_range(number), *unrolling.extend()]
    return hypotheses, {name: unrolling.at(k, term) for name, term in terms.items()}
