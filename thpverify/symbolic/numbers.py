"""Integers of a known interval as z3 terms.

A value whose interval lies within 0..1 is a z3 Bool. Any other is a bit-vector that is just wide enough for its
interval: unsigned if the interval has no negative number, else two's complement. Every operation widens its operands to
what holds them and the result, so that nothing ever wraps.
"""

from __future__ import annotations

import attrs
import z3

from thpverify.ir.expressions import Const, Expr
from thpverify.symbolic.logic import all_of


@attrs.frozen(eq=False)
class Number:
    """A value in `lo`..`hi`; `term` is a Bool or a bit-vector, as the module says."""

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
    return z3.BoolSort() if is_boolean(lo, hi) else z3.BitVecSort(width(lo, hi))


def unknown(name: str, lo: int, hi: int) -> Number:
    """A free constant; that it lies within `lo`..`hi` must be asserted where the sort has more values (`in_range`).

    If there is only one value, it is that and not free.
    """
    return number(lo) if lo == hi else Number(lo, hi, z3.Const(name, sort_of(lo, hi)))


def number(value: int) -> Number:
    """The integer `value`."""
    if is_boolean(value, value):
        return Number(value, value, z3.BoolVal(bool(value)))
    return Number(value, value, z3.BitVecVal(value, width(value, value)))


def fit(value: Number, lo: int, hi: int) -> Number:
    """The same value as a number in `lo`..`hi`. Outside of that, it becomes some number of that sort."""
    if (value.lo, value.hi) == (lo, hi):
        return value
    if value.lo == value.hi and lo <= value.lo <= hi:
        term = z3.BoolVal(bool(value.lo)) if is_boolean(lo, hi) else z3.BitVecVal(value.lo, width(lo, hi))
        return Number(lo, hi, term)
    if is_boolean(lo, hi):
        if is_boolean(value.lo, value.hi):
            return Number(lo, hi, value.term)
        return Number(lo, hi, value.term == z3.BitVecVal(1, _size(value)))
    if is_boolean(value.lo, value.hi):
        return Number(lo, hi, z3.If(value.boolean, _bits(1, lo, hi), _bits(0, lo, hi)))
    more = width(lo, hi) - _size(value)
    if more < 0:
        return Number(lo, hi, z3.Extract(width(lo, hi) - 1, 0, value.term))
    if more == 0:
        return Number(lo, hi, value.term)
    return Number(lo, hi, (z3.SignExt if value.lo < 0 else z3.ZeroExt)(more, value.term))


def _bits(value: int, lo: int, hi: int) -> z3.BitVecNumRef:
    return z3.BitVecVal(value, width(lo, hi))


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
    return value.term == z3.BitVecVal(wanted, _size(value))


def _together(left: Number, right: Number, *also: int) -> tuple[z3.BitVecRef, z3.BitVecRef, bool]:
    """Both as bit-vectors of one sort, which also holds the integers `also`; and whether it is signed."""
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


def _calculate(expr: Expr, op: str, left: Number, right: Number) -> Number:
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
