"""Induction proves only what holds, and with enough lemmas all of it; k-induction adds what lemmas do not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.explicit.build import Builder, at, op
from tests.export.random_systems import random_system
from thpverify.ir.explore import TooManyStates, explore
from thpverify.ir.run import Limits
from thpverify.ir.system import System
from thpverify.symbolic.engine import prove
from thpverify.symbolic.induction import DEADLOCK, Induction, Inductive
from thpverify.symbolic.kinduction import strengthen
from thpverify.symbolic.lemmas import learn
from thpverify.symbolic.relation import Relation, relation_of
from thpverify.symbolic.solving import Clock
from thpverify.symbolic.states import Sample, sample, sample_of
from thpverify.symbolic.unrolling import check_kinds

NOTHING = Sample(0, False, ())


def locked(tries: int = 3, *, broken: bool = False) -> System:
    """Two threads that count each other in the section that a lock guards, or, if `broken`, does not."""
    b = Builder("locked")
    lock, inside = b.variable("lock", 0, 1), b.variable("inside", 0, 2)
    for number in range(2):
        thread = b.thread(f"t{number}", tries, None)
        b.command(thread, 0, 1 if broken else op("==", at(lock), 0), (b.put(lock, 1),), 1)
        b.command(thread, 1, 1, (b.check("range", op("<", at(inside), 2)), b.bump(inside, 1)), 2)
        leave = (b.check("range", op("<", 0, at(inside))), b.bump(inside, -1), b.put(lock, 0))
        b.command(thread, 2, 1, leave, 0)
    b.invariant("exclusive", op("<=", at(inside), 1))
    return b.system()


def names(relation: Relation) -> list[str]:
    return [
        *(p.prop.name for p in relation.properties),
        *check_kinds(relation),
        *([DEADLOCK] if relation.system.check_deadlock else []),
    ]


def induct(system: System, screened: Sample) -> Inductive:
    relation = relation_of(system)
    # From a part of the states only, there may be no end of lemmas to learn.
    learning = Clock(60.0 if screened.complete else 0.3)
    return Induction(relation, screened, names(relation)).run(Clock(60.0), learning)


def test_lemmas_are_learnt_from_the_explicit_states() -> None:
    system = locked()
    proof = induct(system, sample(system, Limits()))
    assert set(proof.proved) == {"exclusive", "range"}
    assert proof.lemmas
    states = explore(system).space.states
    assert all(lemma.holds(state) for lemma in proof.lemmas for state in states)


def test_without_states_there_are_no_lemmas_and_houdini_drops_what_is_not_inductive() -> None:
    proof = induct(locked(), NOTHING)
    assert (proof.proved, proof.lemmas) == ((), ())
    assert proof.open["exclusive"].startswith("is not inductive: may be broken by step ")


def test_what_is_false_is_not_proved() -> None:
    system = locked(broken=True)
    proof = induct(system, sample(system, Limits()))
    assert "exclusive" not in proof.proved
    assert "is broken in a reachable state by step " in proof.open["exclusive"]


def test_lemmas_from_part_of_the_states_are_dropped_where_they_are_wrong() -> None:
    system = locked()
    few = sample_of(system, [system.initial[0].state], complete=False)
    proof = induct(system, few)
    states = explore(system).space.states
    assert all(lemma.holds(state) for lemma in proof.lemmas for state in states)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.sampled_from([20, 3000]))
def test_only_and_all_that_holds_is_proved(seed: int, states: int) -> None:
    system = random_system(seed)
    try:
        exploration = explore(system, 3000)
    except TooManyStates:
        return
    known = sorted(exploration.space.states)[:states] if states < 3000 else exploration.space.states
    proof = induct(system, sample_of(system, known, complete=states == 3000))
    refuted = {f.property for f in exploration.findings}
    assert not refuted & set(proof.proved)
    if states == 3000:
        assert set(proof.proved) == set(names(relation_of(system))) - refuted


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000))
def test_a_learnt_lemma_holds_in_the_sample_and_excludes_the_state(seed: int) -> None:
    system = random_system(seed)
    state, *others = sorted(explore(system, 100_000).space.states)[:50]
    screened = sample_of(system, others, complete=False)
    if not others:
        return
    lemma = learn(system, state, screened)
    assert lemma is not None
    assert not lemma.holds(state)
    assert all(map(lemma.holds, others))
    assert learn(system, others[0], screened) is None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000))
def test_the_log_of_a_search_reads_as_its_states(seed: int) -> None:
    system = random_system(seed)
    states = sorted(explore(system, 100_000).space.states)
    found = sample(system, Limits())
    assert (found.count, found.complete) == (len(states), True)
    for element, having in enumerate(found.having):
        counts = {value: where.bit_count() for value, where in having.items()}
        column = [state[element] for state in states]
        assert counts == {value: column.count(value) for value in set(column)}
    assert all(found.meets(enumerate(state)) for state in states)


def stepwise() -> System:
    """x is raised at 0 and, a step later, y follows; y < 3 needs to know what was before."""
    b = Builder("stepwise")
    x, y, z = b.variable("x", 0, 3), b.variable("y", 0, 3), b.variable("z", 0, 3)
    thread = b.thread("t", 1, None)
    b.command(thread, 0, 1, (b.put(z, at(y)), b.put(y, at(x)), b.put(x, 0)), 0)
    b.invariant("z_low", op("<", at(z), 3))
    return b.system()


def test_k_induction() -> None:
    relation = relation_of(stepwise())
    proof = strengthen(relation, (), ["z_low"], 5, Clock(60.0))
    assert proof is not None
    assert (proof.proved, proof.k) == (("z_low",), 3)
    assert strengthen(relation, (), ["z_low"], 1, Clock(60.0)) is None


def test_prove_says_what_is_proved_and_of_what() -> None:
    outcome = prove(locked(), limits=Limits(), depth=3).outcome
    assert {proof.property for proof in outcome.proofs} == {"exclusive", "range"}
    assert all("at any depth, for the sizes of this scenario" in proof.scope for proof in outcome.proofs)
    assert (outcome.complete, outcome.depth, outcome.stopped) == (False, 3, "depth limit of 3")


def test_without_time_nothing_is_proved() -> None:
    outcome = prove(locked(), limits=Limits(seconds=0.04), depth=3).outcome
    assert outcome.proofs == ()
    assert outcome.stopped == "time limit of 0.04 s"
    assert set(outcome.obstacles) == {"exclusive", "range"}


def test_a_violation_beyond_the_depth_is_found_by_the_screening_search() -> None:
    outcome = prove(locked(broken=True), limits=Limits(), depth=1).outcome
    assert [f.property for f in outcome.findings] == ["exclusive"]
    assert outcome.stopped == "violation"
    assert "exclusive" not in {proof.property for proof in outcome.proofs}
