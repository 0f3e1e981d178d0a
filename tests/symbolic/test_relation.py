"""The relation's terms and the evaluator agree on random states and steps, of made-up systems and shipped scenarios."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.explicit.bench_system import bench_system
from tests.export.random_systems import random_system
from tests.symbolic.comparing import compare_state, random_states
from thpverify.compiler import compile_scenario
from thpverify.lang.scenarios import Scenario
from thpverify.loader.select import named, select
from thpverify.symbolic.relation import relation_of

SHIPPED = select(()).scenarios


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_random_systems(seed: int) -> None:
    system = random_system(seed)
    relation = relation_of(system)
    for state in random_states(system, seed, walks=3, share=0.3):
        compare_state(relation, state)


@settings(deadline=None, max_examples=3)
@given(st.integers(0, 10_000))
def test_a_system_written_by_hand(seed: int) -> None:
    system = bench_system()
    relation = relation_of(system)
    # It has no Checks, so only states that it reaches are within what the IR promises.
    assert sum(compare_state(relation, state) for state in random_states(system, seed, walks=3, share=0)) > 0


@pytest.mark.parametrize("scenario", SHIPPED, ids=[named(s.name, s.variant) for s in SHIPPED])
def test_shipped_scenarios(scenario: Scenario) -> None:
    system = compile_scenario(scenario)
    relation = relation_of(system)
    seed = crc32(named(scenario.name, scenario.variant).encode())
    assert sum(compare_state(relation, state) for state in random_states(system, seed, walks=1)) > 0


def test_initial_states_are_those_of_the_system() -> None:
    import z3

    system = random_system(5)
    relation = relation_of(system)
    solver, seen = z3.Solver(), set()
    solver.add(relation.typed, relation.initial())
    while solver.check() == z3.sat:
        state = relation.read(solver.model())
        seen.add(state)
        solver.add(z3.Not(relation.is_state(state)))
    assert seen == {initial.state for initial in system.initial}
