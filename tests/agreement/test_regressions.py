"""Models on which the readings once differed, made small. One line each says what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.agreement.readings import Compared, compare, imported
from thpverify.compiler import compile_scenario

_HEAD = """
from enum import Enum
from thpverify.lang import (
    Array, Bool, Constant, Int, Lock, Ref, at, atomic, choose, invariant, local, patch, reachable, record, scenario,
    thread,
)

N = Constant("N", 3)

@record
class State:
    x: Bool
    y: Bool
    n: Int[0, 3]
    m: Int[-3, -2]
    a: Array[2, Int[0, 1]]
"""


def agreed(folder: Path, text: str, scenario: str) -> Compared:
    """What all readings say of a model with the state above."""
    source = f"{_HEAD}\n{text}\nscenario('small', state=State, {scenario})\n"
    with imported(source, folder) as (declared,):
        return compare(declared)


def test_range_below_zero_starts_at_its_lower_bound(tmp_path: Path) -> None:
    compared = agreed(tmp_path, "@thread\ndef t(s):\n    s.n = -s.m\n    yield\n", "threads=[t()]")
    assert compared.space.lengths == {}
    assert {state[3] for state in compared.space.states} == {-3}


def test_abs_of_a_constant(tmp_path: Path) -> None:
    compared = agreed(tmp_path, "@thread\ndef t(s):\n    s.n = abs(N) - abs(-N) + +N\n    yield\n", "threads=[t()]")
    assert len(compared.space.states) == 2


def test_constant_expression_in_a_local_is_taken_under_the_scenario(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    v = N + 1 if s.x else N
    yield
    s.n = v
    yield
"""
    compared = agreed(tmp_path, text, "threads=[t()], constants={N: 2}")
    assert {state[2] for state in compared.space.states} == {0, 2}


def test_equal_functions_in_two_files_are_told_apart(tmp_path: Path) -> None:
    text = (
        _HEAD
        + "\n@thread\ndef t(s):\n    s.x = True\n    yield 'a'\n    s.x = False\n"
        + "\nscenario('{0}', state=State, threads=[t()])\n"
    )
    files = set()
    for name in ("one", "two"):
        with imported(text.format(name), tmp_path) as (declared,):
            compare(declared)
            files |= {
                place[0] for p in compile_scenario(declared).threads[0].points for q in p.positions for place in q
            }
    assert len(files) == 2


def test_return_outside_of_a_loop(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    if s.x:
        return
    s.x = True
    yield 'a'
    s.n = 1
    yield 'b'
"""
    assert len(agreed(tmp_path, text, "threads=[t(), t()]").space.states) == 8


def test_counter_of_a_while_that_does_not_yield(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    w = 0
    while w < 2:
        s.n = w
        w += 1
    yield 'b'
    s.n = 2
"""
    assert len(agreed(tmp_path, text, "threads=[t()]").space.states) == 3


def test_last_yield_is_the_end(tmp_path: Path) -> None:
    assert agreed(tmp_path, "@thread\ndef t(s):\n    yield 'a'\n", "threads=[t()]").space.lengths == {}


def test_asking_for_the_label_of_the_last_yield_makes_no_deadlock(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    if s.x:
        return
    s.n = 1
    yield 'b'

@invariant
def q(s):
    return not at(t[0], 'b')
"""
    compared = agreed(tmp_path, text, "threads=[t()], properties=[q]")
    assert compared.space.lengths == {"q": 1}


def test_label_of_a_bare_yield_that_this_scenario_does_not_reach(tmp_path: Path) -> None:
    text = """
FIX = patch("0123456789ab", "a fix")

@thread
def t(s):
    if not FIX.applied:
        yield
    s.n = 1
    yield 'b'

@reachable
def q(s):
    return at(t[0], 't') or s.n == 1
"""
    assert agreed(tmp_path, text, "threads=[t()], properties=[q], patches=[FIX]").space.lengths == {"q": 1}


def test_local_of_one_thread_is_no_part_of_others(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    c = choose(range(2))
    yield 'a'
    s.n = c
    yield 'b'

@thread
def u(s):
    yield 'a'
    s.x = True
    yield 'b'

@reachable
def q(s):
    return local(t[0], 'c') == 1
"""
    compared = agreed(tmp_path, text, "threads=[t(), u()], properties=[q]")
    assert [v.name for v in compared.system.variables if v.role == "local"] == ["t.c"]


def test_local_that_one_path_does_not_assign(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while True:
        if s.n < 2:
            v = s.n + 1
            s.n = s.n + 1
        else:
            s.n = 0
        yield 'a'
        s.x = not s.x
        yield 'b'

@reachable
def q(s):
    return local(t[0], 'v') == 2 and s.n == 0
"""
    assert agreed(tmp_path, text, "threads=[t()], properties=[q]").space.lengths == {"q": 5}


def test_helper_that_returns_in_one_arm_of_an_arm(tmp_path: Path) -> None:
    text = """
def h(s):
    if s.x:
        pass
    elif s.y:
        return 1
    for k in range(2):
        continue
    return 2

@thread
def t(s):
    s.y = choose((True, False))
    yield 'a'
    s.n = h(s)
    yield 'b'
"""
    assert len(agreed(tmp_path, text, "threads=[t()]").space.states) == 5


def test_chain_of_comparisons_stops_at_the_first_that_is_false(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    s.n = choose(range(4))
    yield
    s.x = s.n < 2 and 0 <= s.n < 1 + s.a[s.n]
    s.y = 3 < s.n < s.a[s.n]
"""
    assert agreed(tmp_path, text, "threads=[t()]").space.lengths == {}


def test_filter_of_choose_that_fails_for_one_candidate(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    i = choose(i for i in range(3) if s.a[i] == 0)
    s.n = i
    yield
"""
    compared = agreed(tmp_path, text, "threads=[t()]")
    assert compared.space.lengths == {"index": 1}
    assert compared.space.transitions == 0


def test_guard_behind_a_loop_that_may_break(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    for k in range(3):
        s.n = 1
        if any(any(s.a[i] == 1 for i in range(2)) for j in range(3)):
            break
        else:
            c = choose(range(k, -1))
    yield 'c'

@thread
def u(s):
    s.a[1] = 1
    yield 'd'
"""
    assert len(agreed(tmp_path, text, "threads=[t(), u()]").space.states) == 3


@pytest.mark.parametrize("label", ["a", "b", "t"])
def test_labels_share_a_place_unless_a_property_asks(tmp_path: Path, label: str) -> None:
    text = f"""
@thread
def t(s):
    while True:
        if s.x:
            s.x = False
            yield 'a'
        elif s.y:
            s.x = True
            yield 'b'
        else:
            s.y = True
            yield

@reachable
def q(s):
    return at(t[0], {label!r})
"""
    assert set(agreed(tmp_path, text, "threads=[t()], properties=[q]").space.lengths) == {"q"}


def test_index_that_is_always_out_of_range(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    yield
    s.a[sum(1 for i in s.a)] = 1

@reachable
def q(s):
    return s.a[len(s.a)] == 1
"""
    assert agreed(tmp_path, text, "threads=[t()], properties=[q]").space.lengths == {"index": 2, "q": 0}


def test_waiting_on_a_condition_that_always_fails(tmp_path: Path) -> None:
    text = """
@thread
def t(s, z):
    while s.n % z == 0:
        yield
"""
    assert agreed(tmp_path, text, "threads=[t(z=0)]").space.lengths == {"division": 1}


def test_waiting_in_an_arm_behind_a_check(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while True:
        if s.x:
            s.n = 1
        else:
            assert s.n == 0
        yield
"""
    agreed(tmp_path, text, "threads=[t()]")


def test_local_with_one_possible_value_that_one_path_does_not_assign(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    if s.x:
        v = min(s.n, 0)
    yield 'a'
    yield 'b'

@invariant
def q(s):
    return local(t[0], 'v') <= s.n
"""
    assert agreed(tmp_path, text, "threads=[t()], properties=[q]").space.lengths == {}


def test_loop_behind_an_early_return_of_a_helper(tmp_path: Path) -> None:
    text = """
def h(s):
    if s.x:
        return 2
    w = 0
    while w < 2:
        s.a[w] = 1
        w += 1
    for k in range(3):
        if s.y:
            break
        s.n = k
    return s.n + 1

@thread
def t(s):
    s.x = choose((True, False))
    s.y = choose((True, False))
    yield 'a'
    s.n = h(s)
    yield 'b'
"""
    compared = agreed(tmp_path, text, "threads=[t()]")
    assert sorted(state[2] for state in compared.space.states) == [0, 0, 0, 0, 0, 1, 2, 2, 3]


def test_constants_that_divide_by_zero_in_a_step(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    s.x = s.y and 2 % (N - 2) == 0
    yield 'a'
    s.y = True
    v = 2 // (N - 2)
    yield 'b'
"""
    assert agreed(tmp_path, text, "threads=[t()], constants={N: 2}").space.lengths == {"division": 2}
