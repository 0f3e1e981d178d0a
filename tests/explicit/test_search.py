"""Whole searches over small systems, against known counts and the IR evaluator."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.explicit.bench_system import SIZES, bench_system
from tests.explicit.build import Builder, at, expr, op, param
from tests.explicit.reference import agree, explore, replay
from thpverify.explicit import search
from thpverify.ir.expressions import Binary, Expr, Ite, Variable, both, const, equal, ite, negate, within
from thpverify.ir.run import Limits, Outcome
from thpverify.ir.statements import Block
from thpverify.ir.system import System


def check(system: System) -> Outcome:
    """Search all and compare with the evaluator."""
    outcome = search(system, collect_all=True, cache=None)
    agree(system, outcome, explore(system))
    return outcome


def counter(limit: int, threads: int = 1) -> Builder:
    b = Builder()
    for number in range(threads):
        value = b.variable(f"n{number}", 0, limit)
        t = b.thread(f"count{number}", 1)
        b.command(t, 0, op("<", at(value), limit), (b.bump(value, 1),), 0)
    return b


def test_counter() -> None:
    outcome = check(counter(9).system())
    assert (outcome.states, outcome.transitions, outcome.depth) == (10, 9, 9)


def test_two_processes_with_a_lock() -> None:
    b = Builder(check_deadlock=True)
    lock = b.variable("lock", 0, 1)
    for number in range(2):
        t = b.thread(f"p{number}", 3, done=2)
        b.command(t, 0, negate(at(lock)), (b.put(lock, 1),), 1)
        b.command(t, 1, 1, (b.put(lock, 0),), 2)
    inside = [equal(at(thread.pc), const(1)) for thread in b.threads]
    b.invariant("exclusion", negate(both(*inside)))
    outcome = check(b.system())
    assert (outcome.states, outcome.transitions) == (8, 8)
    assert not outcome.findings


@pytest.mark.parametrize("size", [3, 30])
def test_params(size: int) -> None:
    """Small products are unrolled, large ones are loops."""
    b = Builder()
    seen = b.variable("seen[]", 0, 1, (size,))
    last = b.variable("last", -1, size - 1, start=-1)
    t = b.thread("t", 2)
    i, j = param(0, 0, size - 1), param(1, -2, 2)
    b.command(t, 0, both(op("<", at(last), i), both(negate(at(seen, i)), op("!=", j, 0))), (b.put(last, i),), 1, (i, j))
    b.command(t, 1, op("<", at(last), 4), (b.put(seen, 1, at(last)),), 0)
    check(b.system())


def test_empty_param_range_never_fires() -> None:
    b = Builder()
    t = b.thread("t", 2)
    b.command(t, 0, 1, (), 1, (param(0, 1, 0),))
    b.command(t, 0, 1, (), 1)
    outcome = check(b.system())
    assert outcome.fired == (0, 1)


def test_wide_arrays_with_dynamic_index() -> None:
    b = Builder()
    ring = b.variable("ring[][]", -3, 9, (3, 7), -3)
    small = b.variable("small", 0, 1)
    row, column = b.variable("row", 0, 2), b.variable("column", 0, 6)
    t = b.thread("t", 2)
    current = at(ring, at(row), at(column))
    b.command(t, 0, op("<", current, 2), (b.put(ring, op("+", current, 5), at(row), at(column)),), 1)
    b.command(t, 0, op("<", at(small), 1), (b.bump(small, 1),), 1)
    down = b.put(row, op("%", op("+", at(row), 1), 3))
    b.command(t, 1, 1, (down, b.put(column, op("%", op("+", at(column), 3), 7))), 0)
    b.invariant("small", op("<", current, 9))
    check(b.system())


def test_floor_division_of_negatives() -> None:
    b = Builder()
    x, y = b.variable("x", -4, 4), b.variable("y", -4, 4)
    q, r = b.variable("q", -9, 9), b.variable("r", -9, 9)
    t = b.thread("t", 2)
    i, j = param(0, -4, 4), param(1, -4, 4)
    division = (b.put(q, op("//", i, j)), b.put(r, op("%", i, j)))
    b.command(t, 0, op("!=", j, 0), (b.put(x, i), b.put(y, j), *division), 1, (i, j))
    b.command(t, 1, 1, (b.put(q, op("//", at(x), 3)), b.put(r, op("%", at(x), -3))), 1)
    b.invariant("python", equal(op("+", op("*", at(q), ite(equal(at(y), const(0)), const(1), at(y))), at(r)), at(x)))
    check(b.system())


def test_the_side_that_is_not_evaluated_does_no_harm() -> None:
    b = Builder()
    ref = b.variable("ref", -1, 99, start=-1)
    zero = b.variable("zero", -1, 1)
    wide = b.variable("wide[]", 0, 1, (100,), 1)
    t = b.thread("t", 2)
    i = param(0, -1, 99)
    b.command(t, 0, both(op(">=", i, 0), at(wide, i)), (b.put(ref, i),), 1, (i,))
    safe = ite(equal(at(zero), const(0)), const(7), Binary(-7, 7, "//", const(7), at(zero)))
    b.command(t, 1, both(op("!=", at(ref), -1), at(wide, at(ref))), (b.put(zero, op("-", op("%", safe, 3), 1)),), 0)
    remainder = op("<=", Binary(-5, 5, "%", const(5), at(zero)), 4)
    b.invariant("division", Ite(0, 1, equal(at(zero), const(0)), const(1), remainder))
    check(b.system())


def test_nothing_to_do() -> None:
    outcome = search(Builder().system(), cache=None)
    assert (outcome.states, outcome.transitions, outcome.depth, outcome.complete) == (1, 0, 0, True)


def test_hundreds_of_threads() -> None:
    b = Builder()
    turn = b.variable("turn", 0, 299)
    for number in range(300):
        t = b.thread(f"t{number}", 2)
        b.command(t, 0, equal(at(turn), const(number)), (b.put(turn, (number + 1) % 300),), 1)
    outcome = search(b.system(), cache=None)
    assert (outcome.states, outcome.transitions) == (301, 300)


def test_many_initial_states() -> None:
    b = Builder()
    value = b.variable("value", 0, 300)
    t = b.thread("t", 1)
    b.command(t, 0, op(">", at(value), 0), (b.bump(value, -1),), 0)
    b.invariant("not 299", op("!=", at(value), 299))
    system = b.system(*[(n % 301, 0) for n in range(100, 400)])
    outcome = check(system)
    assert outcome.states == 301
    assert outcome.findings[0].path.initial == 199


def numbers(draw: st.DrawFn, variables: list[Variable], depth: int) -> Expr:
    """A random integer expression over the variables."""
    if depth == 0 or draw(st.booleans()):
        pick = draw(st.integers(-1, len(variables) - 1))
        if pick < 0:
            return const(draw(st.integers(-3, 3)))
        variable = variables[pick]
        if variable.shape:
            return at(variable, op("%", numbers(draw, variables, 0), variable.size))
        return at(variable)
    left, right = numbers(draw, variables, depth - 1), numbers(draw, variables, depth - 1)
    kind = draw(st.sampled_from(["+", "-", "*", "%", "//", "ite"]))
    if kind == "ite":
        return ite(op("<", left, right), right, numbers(draw, variables, depth - 1))
    if kind in ("%", "//"):
        right = const(draw(st.sampled_from([-3, -1, 1, 2, 5])))
    return op(kind, left, right)


@st.composite
def random_systems(draw: st.DrawFn) -> System:
    b = Builder(check_deadlock=draw(st.booleans()))
    variables = [b.variable("x", -2, 3), b.variable("y", 0, 1), b.variable("a[]", -1, 1, (3,))]
    if draw(st.booleans()):
        variables.append(b.variable("long[]", -5, 20, (14,)))

    def body(points: int, depth: int) -> Block:
        done: list[object] = []
        for _ in range(draw(st.integers(0, 2))):
            variable = draw(st.sampled_from(variables))
            temp, let = b.let(numbers(draw, variables, 1))
            value: Expr = const(variable.type.lo)
            if not temp.is_constant:
                done += [let, b.check("range", within(temp, variable.type.lo, variable.type.hi))]
                value = temp
            index = [op("%", numbers(draw, variables, 1), variable.size)] if variable.shape else []
            done.append(b.put(variable, value, *index))
        if depth and draw(st.booleans()):
            arms = [body(points, depth - 1), body(points, depth - 1)]
            done.append(b.when(op("<=", numbers(draw, variables, 1), numbers(draw, variables, 1)), *arms))
        else:
            done.append(b.cut(draw(st.integers(0, points - 1))))
        return tuple(done)  # type: ignore[arg-type]  # statements only

    for number in range(draw(st.integers(1, 3))):
        points = draw(st.integers(1, 3))
        t = b.thread(f"t{number}", points, done=points - 1)
        for _ in range(draw(st.integers(0, 3))):
            guard = op("<", numbers(draw, variables, 2), numbers(draw, variables, 2))
            b.command(t, draw(st.integers(0, points - 1)), guard, body(points, 1))
    for name, kind in (("holds", "invariant"), ("happens", "reachable")):
        b.invariant(name, op("<", numbers(draw, variables, 2), expr(draw(st.integers(0, 4)))), kind=kind)
    return b.system()


@settings(max_examples=20, deadline=None)
@given(random_systems())
def test_random_systems_agree_with_the_evaluator(system: System) -> None:
    outcome = search(system, limits=Limits(states=2000), collect_all=True, cache=None)
    if outcome.complete:
        agree(system, outcome, explore(system))
    else:
        assert outcome.states == 2000


@pytest.mark.parametrize("threads", [1, 2])
def test_benchmark_counts(threads: int) -> None:
    _, states, transitions, depth = SIZES["S"]
    outcome = search(bench_system("S"), threads=threads, cache=None)
    assert (outcome.states, outcome.transitions, outcome.depth) == (states, transitions, depth)
    assert outcome.complete and not outcome.findings
    assert sum(outcome.fired) == transitions


def test_known_bug_takes_18_steps() -> None:
    system = bench_system("M", retry=False)
    outcome = search(system, cache=None)
    assert (outcome.stopped, outcome.complete) == ("violation", False)
    (finding,) = outcome.findings
    assert (finding.property, finding.kind, len(finding.path.moves)) == ("secondary_mmu", "invariant", 18)
    replay(system, finding)
    again = search(system, cache=None, threads=2)
    assert (again.states, again.transitions) == (outcome.states, outcome.transitions)
    assert len(again.findings[0].path.moves) == 18
