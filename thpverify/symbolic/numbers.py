"""Integers of a known interval as z3 terms.

A value whose interval lies within 0..1 is a z3 Bool. Any other is a bit-vector that is just wide enough for its
interval: unsigned if the interval has no negative number, else two's complement. Every operation widens its operands to
what holds them and the result, so that nothing ever wraps.

Of a system with wide values (`sorts_for`) numbers are z3's unbounded integers instead: what adders do to addresses of
48 bits is easy for linear arithmetic and hopeless bit by bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import attrs
import z3

from thpverify.ir.expressions import Const, Expr
from thpverify.ir.system import System
from thpverify.symbolic.logic import all_of

WIDE = 12
"""Bits from which a value is better an integer."""

_integers: ContextVar[bool] = ContextVar("thpverify_integers", default=False)


def is_wide(system: System) -> bool:
    """Whether `system` is one for integers."""
    return any(variable.type.bits > WIDE for variable in system.variables)


@contextmanager
def sorts_for(system: System) -> Iterator[None]:
    """Within a ``with`` block, numbers are of the sorts that suit `system`: terms of a system must all be made so."""
    token = _integers.set(is_wide(system))
    try:
        yield
    finally:
        _integers.reset(token)


@attrs.frozen(eq=False)
class Number:
    """A value in `lo`..`hi`; `term` is a Bool, or a bit-vector or an integer, as the module says."""

    lo: int
    hi: int
    term: z3.ExprRef

    @property
    def boolean(self) -> z3.BoolRef:
        """The term of a value in 0..1."""
        assert isinstance(self.term, z3.BoolRef)
        return self.term


def is_boolean(lo: int, hi: int) -> bool:
    """Whether values in `lo`..`hi` are Bools."""
    return lo >= 0 and hi <= 1


def width(lo: int, hi: int) -> int:
    """Bits of a bit-vector for `lo`..`hi`."""
    if lo >= 0:
        return max(1, hi.bit_length())
    return max((-lo - 1).bit_length(), max(hi, 0).bit_length()) + 1


def sort_of(lo: int, hi: int) -> z3.SortRef:
    """The sort of values in `lo`..`hi`."""
    if is_boolean(lo, hi):
        return z3.BoolSort()
    return z3.IntSort() if _integers.get() else z3.BitVecSort(width(lo, hi))


def unknown(name: str, lo: int, hi: int) -> Number:
    """A free constant; that it lies within `lo`..`hi` must be asserted where the sort has more values (`in_range`).

    If there is only one value, it is that and not free.
    """
    return number(lo) if lo == hi else Number(lo, hi, z3.Const(name, sort_of(lo, hi)))


def number(value: int) -> Number:
    """The integer `value`."""
    if is_boolean(value, value):
        return Number(value, value, z3.BoolVal(bool(value)))
    return Number(value, value, _literal(value, value, value))


def _literal(value: int, lo: int, hi: int) -> z3.ExprRef:
    return z3.IntVal(value) if _integers.get() else z3.BitVecVal(value, width(lo, hi))


def fit(value: Number, lo: int, hi: int) -> Number:
    """The same value as a number in `lo`..`hi`. Outside of that, it becomes some number of that sort."""
    if (value.lo, value.hi) == (lo, hi):
        return value
    if value.lo == value.hi and lo <= value.lo <= hi:
        term = z3.BoolVal(bool(value.lo)) if is_boolean(lo, hi) else _literal(value.lo, lo, hi)
        return Number(lo, hi, term)
    if is_boolean(lo, hi):
        if is_boolean(value.lo, value.hi):
            return Number(lo, hi, value.term)
        return Number(lo, hi, equals(value, 1))
    if is_boolean(value.lo, value.hi):
        return Number(lo, hi, z3.If(value.boolean, _literal(1, lo, hi), _literal(0, lo, hi)))
    if _integers.get():
        return Number(lo, hi, value.term)
    more = width(lo, hi) - _size(value)
    if more < 0:
        return Number(lo, hi, z3.Extract(width(lo, hi) - 1, 0, value.term))
    if more == 0:
        return Number(lo, hi, value.term)
    return Number(lo, hi, (z3.SignExt if value.lo < 0 else z3.ZeroExt)(more, value.term))


def _size(value: Number) -> int:
    assert isinstance(value.term, z3.BitVecRef)
    return int(value.term.size())


def choose(condition: z3.BoolRef, then: Number, orelse: Number, lo: int, hi: int) -> Number:
    """``then if condition else orelse``, in `lo`..`hi`."""
    return Number(lo, hi, z3.If(condition, fit(then, lo, hi).term, fit(orelse, lo, hi).term))


def in_range(value: Number) -> z3.BoolRef:
    """That a term of `unknown` lies within the interval; True where the sort has no other values."""
    if is_boolean(value.lo, value.hi) or value.lo == value.hi:
        return z3.BoolVal(True)
    if isinstance(value.term, z3.ArithRef):
        return all_of([value.term >= value.lo, value.term <= value.hi])
    bits, parts = width(value.lo, value.hi), []
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if value.lo < 0 else (0, (1 << bits) - 1)
    if value.lo > least:
        parts.append(_at_most(number(value.lo), value))
    if value.hi < most:
        parts.append(_at_most(value, number(value.hi)))
    return all_of(parts) if parts else z3.BoolVal(True)


def _at_most(left: Number, right: Number) -> z3.BoolRef:
    a, b, signed = _together(left, right)
    return a <= b if signed else z3.ULE(a, b)


def equals(value: Number, wanted: int) -> z3.BoolRef:
    """Whether `value` is the integer `wanted`."""
    if not value.lo <= wanted <= value.hi:
        return z3.BoolVal(False)
    if is_boolean(value.lo, value.hi):
        return value.boolean if wanted else z3.Not(value.boolean)
    if isinstance(value.term, z3.ArithRef):
        return value.term == wanted
    return value.term == z3.BitVecVal(wanted, _size(value))


def _as_integer(value: Number) -> z3.ArithRef:
    return z3.If(value.boolean, z3.IntVal(1), z3.IntVal(0)) if is_boolean(value.lo, value.hi) else value.term


def _together(left: Number, right: Number, *also: int) -> tuple[z3.ExprRef, z3.ExprRef, bool]:
    """Both of one sort, which also holds the integers `also`; and whether it is signed."""
    if _integers.get():
        return _as_integer(left), _as_integer(right), True
    lo, hi = min(left.lo, right.lo, *also), max(left.hi, right.hi, 2, *also)
    return fit(left, lo, hi).term, fit(right, lo, hi).term, lo < 0


def apply(expr: Expr, op: str, left: Number, right: Number) -> Number:
    """``left op right``, where `expr` has the interval of the result."""
    if isinstance(expr, Const):
        return number(expr.lo)
    if op in ("and", "or"):
        return Number(0, 1, (z3.And if op == "and" else z3.Or)(left.boolean, right.boolean))
    if op in ("==", "!=", "<", "<="):
        return Number(0, 1, _compare(op, left, right))
    return fit(_calculate(expr, op, left, right), expr.lo, expr.hi)


def _compare(op: str, left: Number, right: Number) -> z3.BoolRef:
    if op in ("==", "!="):
        if is_boolean(left.lo, left.hi) and is_boolean(right.lo, right.hi):
            same = left.term == right.term
        else:
            a, b, _ = _together(left, right)
            same = a == b
        return same if op == "==" else z3.Not(same)
    a, b, signed = _together(left, right)
    if op == "<":
        return a < b if signed else z3.ULT(a, b)
    return a <= b if signed else z3.ULE(a, b)


def _integer(op: str, a: z3.ArithRef, b: z3.ArithRef, right: Number) -> z3.ArithRef:
    match op:
        case "+":
            return a + b
        case "-":
            return a - b
        case "*":
            return a * b
    # z3 rounds towards what leaves a remainder of 0 or more: down, as Python does, if the divisor is positive.
    quotient = a / b if right.lo > 0 else z3.If(b > 0, a / b, -a / -b)
    return quotient if op == "//" else a - b * quotient


def _calculate(expr: Expr, op: str, left: Number, right: Number) -> Number:
    if _integers.get():
        return Number(expr.lo, expr.hi, _integer(op, _as_integer(left), _as_integer(right), right))
    # A multiple of the divisor below the dividend may lie one divisor further out than all three intervals.
    reach = max(abs(right.lo), abs(right.hi)) if op in ("//", "%") else 0
    bounds = (expr.lo, expr.hi, left.lo - reach, left.hi + reach) if min(left.lo, right.lo) < 0 else (expr.lo, expr.hi)
    a, b, signed = _together(left, right, *bounds)
    lo, hi = min(left.lo, right.lo, *bounds), max(left.hi, right.hi, 2, *bounds)
    match op:
        case "+":
            term = a + b
        case "-":
            term = a - b
        case "*":
            term = a * b
        case "//":
            # bvsdiv rounds towards zero; an exact division does not round.
            term = (a - a % b) / b if signed else z3.UDiv(a, b)
        case "%":
            term = a % b if signed else z3.URem(a, b)
        case _:
            raise ValueError(f"not an operator: {op}")
    return Number(lo, hi, term)


def value_in(model: z3.ModelRef, value: Number) -> int:
    """What `value` is in `model`."""
    term = model.eval(value.term, model_completion=True)
    if isinstance(term, z3.IntNumRef):
        return int(term.as_long())
    if isinstance(term, z3.BitVecNumRef):
        return int(term.as_signed_long() if value.lo < 0 else term.as_long())
    return int(z3.is_true(term))
