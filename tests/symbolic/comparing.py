"""A relation's terms against the evaluator, on given states and steps."""

from __future__ import annotations

import random
from collections.abc import Iterator

import z3

from thpverify.ir.evaluator import CheckFailed, Step, finished, holds, steps
from thpverify.ir.system import State, System
from thpverify.symbolic.numbers import Number, fit, number, sorts_for
from thpverify.symbolic.relation import CommandTerms, Relation

Pairs = list[tuple[z3.ExprRef, z3.ExprRef]]


def random_states(system: System, seed: int, walks: int, share: float = 0.15) -> Iterator[State]:
    """The ends of random walks, each of them also with some elements replaced by any value of their types.

    A walk that comes to rest gives the state before that too, which has a step.
    """
    rnd = random.Random(seed)
    types = [variable.type for variable, _, _ in system.elements()]
    for _ in range(walks):
        state = before = rnd.choice(system.initial).state
        left = rnd.randint(0, 12)
        while following := [made.state for made in steps(system, state) if made.state is not None]:
            if not left:
                break
            left, before, state = left - 1, state, rnd.choice(following)
        else:
            yield before
        yield state
        if share:
            mixed = zip(types, state, strict=True)
            yield tuple(rnd.randint(t.lo, t.hi) if rnd.random() < share else value for t, value in mixed)


def values(terms: list[z3.ExprRef], pairs: Pairs) -> list[z3.ExprRef]:
    """What `terms` come to, in one go."""
    pack = z3.Function("pack", *(term.sort() for term in terms), z3.BoolSort())
    found = z3.simplify(z3.substitute(pack(*terms), *pairs)).children()
    assert all(z3.is_true(v) or z3.is_false(v) or z3.is_bv_value(v) or z3.is_int_value(v) for v in found)
    return list(found)


def integer(value: z3.ExprRef, like: Number) -> int:
    """The integer that `value`, of the sort of `like`, stands for."""
    if z3.is_int_value(value):
        return int(value.as_long())
    if z3.is_bv_value(value):
        return int(value.as_signed_long() if like.lo < 0 else value.as_long())
    return int(z3.is_true(value))


def here(relation: Relation, state: State) -> Pairs:
    """The substitution of `state` for the state before."""
    with sorts_for(relation.system):
        return [
            (own.term, fit(number(value), own.lo, own.hi).term)
            for own, value in zip(relation.state, state, strict=True)
            if own.lo != own.hi
        ]


def compare_state(relation: Relation, state: State) -> int:
    """Assert that properties, enabledness, deadlock and every step from `state` agree; how many steps there are."""
    system, pairs = relation.system, here(relation, state)
    made = list(steps(system, state))
    for step in made:
        compare_step(relation, step, state)
    enabled = [relation.can_fire(terms) for terms in relation.commands]
    judged = [term for p in relation.properties for term in (p.holds, p.failed)]
    *found, stuck, typed = values([*enabled, *judged, relation.stuck(), relation.typed], pairs)
    assert z3.is_true(typed)
    assert z3.is_true(stuck) == (not made and not finished(system, state))
    firing = {step.move.command for step in made}
    for terms, value in zip(relation.commands, found[: len(enabled)], strict=True):
        assert z3.is_true(value) == (terms.command.number in firing)
    for at, prop in enumerate(relation.properties):
        is_true, failed = found[len(enabled) + 2 * at : len(enabled) + 2 * at + 2]
        try:
            assert z3.is_true(is_true) == holds(system, prop.prop, state)
            assert z3.is_false(failed)
        except CheckFailed:
            assert z3.is_true(failed)
            assert z3.is_false(is_true)
    return len(made)


def compare_step(relation: Relation, step: Step, state: State) -> None:
    """Assert that `step`, taken in `state` by the evaluator, is what the command's terms say."""
    terms = relation.commands[step.move.command]
    pairs = here(relation, state) + relation.choosing(terms.command, step.move.params)
    changed = [at for at in terms.after if relation.state[at].lo != relation.state[at].hi]
    asked = [terms.enabled, terms.done, *(f.condition for f in terms.failures), *(terms.after[at] for at in changed)]
    enabled, done, *others = values(asked, pairs)
    assert z3.is_true(enabled)
    assert z3.is_true(done) == (step.failed is None)
    failed = [f.check for f, value in zip(terms.failures, others, strict=False) if z3.is_true(value)]
    assert failed == ([] if step.failed is None else [step.failed])
    if step.state is not None:
        after = dict(zip(changed, others[len(terms.failures) :], strict=True))
        _compare_after(relation, terms, step.state, state, after)


def _compare_after(
    relation: Relation, terms: CommandTerms, after: State, before: State, changed: dict[int, z3.ExprRef]
) -> None:
    seen = tuple(
        integer(changed[at], own) if at in changed else value
        for at, (own, value) in enumerate(zip(relation.state, before, strict=True))
    )
    assert seen == after, f"command {terms.command.number}"
