"""The explorer that runs generators, on spaces that can be counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agreement.readings import imported
from thpverify.compiler import compile_scenario
from thpverify.ir.explore import TooManyStates
from thpverify.traces.explore import explore
from thpverify.traces.machine import Reading

HEAD = """
from thpverify.lang import Array, Bool, Int, Lock, choose, invariant, local, at, record, scenario, thread

@record
class State:
    n: Int[0, 3]
    lock: Lock
"""


def reading(folder: Path, text: str, threads: str) -> Reading:
    with imported(f"{HEAD}\n{text}\nscenario('x', state=State, threads=[{threads}])\n", folder) as (scenario,):
        return Reading(scenario, compile_scenario(scenario))


def test_transitions_are_counted_by_position(tmp_path: Path) -> None:
    text = "@thread\ndef t(s):\n    s.n = choose((1, 1, 2))\n    yield\n"
    space = explore(reading(tmp_path, text, "t()"))
    assert (len(space.states), space.transitions, space.depth) == (3, 3, 1)


def test_choices_that_depend_on_choices(tmp_path: Path) -> None:
    text = "@thread\ndef t(s):\n    a = choose(range(3))\n    s.n = choose(range(a)) if a > 0 else 3\n    yield\n"
    space = explore(reading(tmp_path, text, "t()"))
    assert space.transitions == 1 + 1 + 2
    assert {state[0] for state in space.states} == {0, 1, 3}


def test_waiting_is_no_step(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while True:
        while s.lock:
            yield
        s.lock = True
        yield
"""
    space = explore(reading(tmp_path, text, "t(), t()"))
    assert space.lengths == {"deadlock": 1}
    assert (len(space.states), space.transitions) == (2, 2)


def test_writing_the_same_value_is_a_step(tmp_path: Path) -> None:
    text = "@thread\ndef t(s):\n    while True:\n        s.n = 0\n        yield\n"
    space = explore(reading(tmp_path, text, "t()"))
    assert (len(space.states), space.transitions, space.lengths) == (1, 1, {})


def test_failing_step_has_no_successor(tmp_path: Path) -> None:
    text = "@thread\ndef t(s):\n    while True:\n        s.n += 1\n        yield\n"
    space = explore(reading(tmp_path, text, "t()"))
    assert (len(space.states), space.transitions, space.lengths) == (4, 3, {"range": 4})


@pytest.mark.parametrize("limits", [{"max_states": 3}, {"max_steps": 3}])
def test_limits(tmp_path: Path, limits: dict[str, int]) -> None:
    text = "@thread\ndef t(s):\n    while True:\n        s.n += 1\n        yield\n"
    with pytest.raises(TooManyStates):
        explore(reading(tmp_path, text, "t()"), **limits)
