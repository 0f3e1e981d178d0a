"""Integers as bit-vectors: every operator on values of any intervals is what Python says."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

import z3

from thpverify.ir.expressions import BINARY_OPERATORS, Temp, binary
from thpverify.symbolic.numbers import apply, fit, in_range, number, unknown

BOUND = st.integers(-40, 40)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[int, int, int]:
    """An interval and a value in it."""
    lo, hi = sorted((draw(BOUND), draw(BOUND)))
    return lo, hi, draw(st.integers(lo, hi))


def integer(term: z3.ExprRef, lo: int) -> int:
    value = z3.simplify(term)
    if z3.is_bool(value):
        return int(z3.is_true(value))
    return int(value.as_signed_long() if lo < 0 else value.as_long())


@given(intervals(), intervals(), st.sampled_from(["+", "-", "*", "//", "%", "==", "!=", "<", "<="]))
def test_operators(left: tuple[int, int, int], right: tuple[int, int, int], op: str) -> None:
    assume(op not in ("//", "%") or right[2] != 0)
    a, b = Temp(left[0], left[1], 0, "a"), Temp(right[0], right[1], 1, "b")
    expr = binary(op, a, b)
    assume(expr.children == (a, b))  # not folded
    x, y = unknown("x", a.lo, a.hi), unknown("y", b.lo, b.hi)
    result = apply(expr, op, x, y)
    given_values = ((x, left[2]), (y, right[2]))
    pairs = [(v.term, fit(number(value), v.lo, v.hi).term) for v, value in given_values if v.lo != v.hi]
    assert integer(z3.substitute(result.term, *pairs), result.lo) == BINARY_OPERATORS[op](left[2], right[2])


@given(intervals(), intervals())
def test_fit_keeps_values_that_fit(narrow: tuple[int, int, int], wide: tuple[int, int, int]) -> None:
    lo, hi, value = narrow
    assume(wide[0] <= value <= wide[1])
    fitted = fit(fit(number(value), lo, hi), wide[0], wide[1])
    assert integer(fitted.term, wide[0]) == value


@given(intervals())
def test_in_range_has_exactly_the_values_of_the_interval(interval: tuple[int, int, int]) -> None:
    lo, hi, _ = interval
    assume(lo < hi)
    x = unknown("x", lo, hi)
    models = 0
    solver = z3.Solver()
    solver.add(in_range(x))
    while solver.check() == z3.sat:
        value = solver.model().eval(x.term, model_completion=True)
        assert lo <= integer(value, lo) <= hi
        models += 1
        solver.add(x.term != value)
    assert models == hi - lo + 1
