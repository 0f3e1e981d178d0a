"""Bounded model checking finds what a search finds, on paths as short."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.explicit.build import Builder, at, op, param
from tests.explicit.reference import replay
from tests.export.random_systems import random_system
from thpverify.ir.explore import TooManyStates, explore
from thpverify.ir.system import System
from thpverify.symbolic.bounded import Bounded, BoundedSearch
from thpverify.symbolic.relation import relation_of
from thpverify.symbolic.solving import Clock

DEPTH = 5


def search(system: System, depth: int, *, collect_all: bool = True, seconds: float | None = None) -> Bounded:
    return BoundedSearch(relation_of(system), collect_all, Clock(seconds), lambda _: None).run(depth)


def counter(limit: int, bound: int = 9) -> System:
    """A counter that a thread raises by 1 or 2 and that must stay below `limit`; leaving its range is a violation."""
    b = Builder()
    n = b.variable("n", 0, bound)
    thread = b.thread("t", 2, None)
    by = param(0, 1, 2)
    total = op("+", at(n), by)
    b.command(thread, 0, 1, (b.check("range", op("<=", total, bound)), b.put(n, total)), 1, (by,))
    b.command(thread, 1, 1, (), 0)
    b.invariant("low", op("<", at(n), limit))
    b.invariant("six", op("==", at(n), 6), kind="reachable")
    return b.system()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000))
def test_finds_what_a_search_finds(seed: int) -> None:
    system = random_system(seed)
    try:
        expected = explore(system, 3000).space.lengths
    except TooManyStates:
        return
    found = search(system, DEPTH)
    assert found.depth == DEPTH
    for finding in found.findings:
        replay(system, finding)
    lengths = {finding.property: len(finding.path.moves) for finding in found.findings}
    assert lengths == {name: length for name, length in expected.items() if length <= DEPTH}


def test_the_first_violation_ends_it() -> None:
    found = search(counter(4), 20, collect_all=False)
    assert (found.depth, found.stopped) == (2, "violation")
    assert [(f.property, len(f.path.moves)) for f in found.findings] == [("low", 3)]


def test_a_failed_check_ends_a_path() -> None:
    found = search(counter(99), 20, collect_all=False)
    lengths = {f.property: len(f.path.moves) for f in found.findings}
    assert lengths == {"six": 5, "range": 9}
    assert found.depth == 8


def test_depth_is_how_far_all_paths_were_looked_at() -> None:
    found = search(counter(9), 5)
    assert (found.depth, found.stopped) == (5, "depth limit of 5")
    assert [f.property for f in found.findings] == ["six"]


def test_no_time_is_said() -> None:
    found = search(counter(9), 5, seconds=0.0)
    assert found.depth == -1
    assert found.stopped.startswith("time limit")
