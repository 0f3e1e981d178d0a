"""Expressions: total, free of side effects, over integers, with the interval of their values kept at every node.

Build them with the functions of this module (`add`, `both`, `ite` ...), never with the classes: the functions fold
constants, keep the intervals right and keep trees small. Whatever could fail in Python (an index out of range, a
division by zero) has been turned into a `Check` statement before the expression that needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from thpverify.ir.types import BOOL, Type


@attrs.define(eq=False)
class Variable:
    """A part of the state: a scalar, or an array with one or more dimensions.

    `role` is "shared" (a field of the model's state), "local" (a local of thread number `thread`) or "pc" (where
    thread number `thread` stands). `initial` has one value per element in row-major order. The linter does not count a
    `ghost`, which no step depends on.
    """

    name: str
    type: Type
    shape: tuple[int, ...] = ()
    initial: tuple[int, ...] = (0,)
    role: str = "shared"
    thread: int | None = None
    ghost: bool = False

    @property
    def size(self) -> int:
        """How many elements there are; 1 for a scalar."""
        size = 1
        for dimension in self.shape:
            size *= dimension
        return size

    def element_name(self, flat: int) -> str:
        """The name of element number `flat`, as in ``mm[1].pte[3]``: a ``[]`` in the name takes one index each."""
        indices: list[int] = []
        for dimension in reversed(self.shape):
            indices.append(flat % dimension)
            flat //= dimension
        name = self.name
        for index in reversed(indices):
            name = name.replace("[]", f"[{index}]", 1)
        return name

    def __str__(self) -> str:
        return self.name


@attrs.frozen(eq=False)
class Expr:
    """A value in `lo`..`hi`, inclusive. Booleans are 0 and 1."""

    lo: int
    hi: int

    @property
    def children(self) -> tuple[Expr, ...]:
        """The operands, left to right."""
        return ()

    @property
    def is_constant(self) -> bool:
        """Whether the interval has one value."""
        return self.lo == self.hi

    @property
    def is_boolean(self) -> bool:
        """Whether the interval lies within 0..1."""
        return self.lo >= 0 and self.hi <= 1

    def __str__(self) -> str:
        from thpverify.ir.printer import show_expr

        return show_expr(self)


@attrs.frozen(eq=False)
class Const(Expr):
    """The integer `lo` (which equals `hi`)."""


@attrs.frozen(eq=False)
class Load(Expr):
    """One element of the state; `index` has one expression per dimension, each within its dimension."""

    variable: Variable
    index: tuple[Expr, ...] = ()

    @property
    def children(self) -> tuple[Expr, ...]:
        return self.index


@attrs.frozen(eq=False)
class Temp(Expr):
    """A value that lives within one command or property, set by `Let`. Temps are identified by `number`."""

    number: int
    name: str


@attrs.frozen(eq=False)
class Param(Expr):
    """What a command's choice number `number` took: the command is enabled or not for each value in `lo`..`hi`."""

    number: int
    name: str


@attrs.frozen(eq=False)
class Not(Expr):
    """Boolean negation."""

    operand: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.operand,)


@attrs.frozen(eq=False)
class Binary(Expr):
    """`op` is one of ``+ - * // % == != < <= and or``; // and % round down as in Python, their divisor is not 0.

    ``and`` and ``or`` take booleans and do not evaluate the right side when the left side decides.
    """

    op: str
    left: Expr
    right: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.left, self.right)


@attrs.frozen(eq=False)
class Ite(Expr):
    """`then` if `condition` else `orelse`; only the chosen one is evaluated."""

    condition: Expr
    then: Expr
    orelse: Expr

    @property
    def children(self) -> tuple[Expr, ...]:
        return (self.condition, self.then, self.orelse)


def const(value: int) -> Expr:
    """The integer `value`; booleans become 0 or 1."""
    return Const(int(value), int(value))


TRUE = const(1)
FALSE = const(0)


def load(variable: Variable, index: tuple[Expr, ...] = ()) -> Expr:
    """One element of `variable`; a variable whose type has one value is that value."""
    if variable.type.lo == variable.type.hi:
        return const(variable.type.lo)
    return Load(variable.type.lo, variable.type.hi, variable, index)


def _fold(op: str, left: int, right: int) -> int:
    return int(BINARY_OPERATORS[op](left, right))


def _corners(op: str, left: Expr, right: Expr) -> tuple[int, int]:
    values = [_fold(op, a, b) for a in (left.lo, left.hi) for b in (right.lo, right.hi)]
    return min(values), max(values)


def _division(op: str, left: Expr, right: Expr) -> tuple[int, int]:
    if op == "%":
        if right.lo > 0:
            return (left.lo, left.hi) if left.lo >= 0 and left.hi < right.lo else (0, right.hi - 1)
        return min(right.lo + 1, 0), max(right.hi - 1, 0)
    bound = max(abs(left.lo), abs(left.hi))
    return _corners("//", left, right) if right.lo > 0 or right.hi < 0 else (-bound, bound)


def binary(op: str, left: Expr, right: Expr) -> Expr:
    """`left op right` for the operators of `Binary` and also ``>`` and ``>=``."""
    if op in (">", ">="):
        return binary("<" if op == ">" else "<=", right, left)
    if op == "and":
        return both(left, right)
    if op == "or":
        return either(left, right)
    if left.is_constant and right.is_constant and not (op in ("//", "%") and right.lo == 0):
        return const(_fold(op, left.lo, right.lo))
    if op in ("==", "!=", "<", "<="):
        return _comparison(op, left, right)
    if op in ("+", "-") and right.is_constant and right.lo == 0:
        return left
    if op == "+" and left.is_constant and left.lo == 0:
        return right
    if op in ("//", "%"):
        lo, hi = _division(op, left, right)
    else:
        lo, hi = _corners(op, left, right)
    return Binary(lo, hi, op, left, right)


def _comparison(op: str, left: Expr, right: Expr) -> Expr:
    disjoint = left.hi < right.lo or right.hi < left.lo
    if op in ("==", "!=") and disjoint:
        return const(op == "!=")
    if op == "<" and (left.hi < right.lo or left.lo >= right.hi):
        return const(left.hi < right.lo)
    if op == "<=" and (left.hi <= right.lo or left.lo > right.hi):
        return const(left.hi <= right.lo)
    if op == "==" and _differs_by_constant(left, right):
        return FALSE
    if right.is_constant and isinstance(left, Ite) and left.then.is_constant and left.orelse.is_constant:
        return ite(left.condition, binary(op, left.then, right), binary(op, left.orelse, right))
    return Binary(0, 1, op, left, right)


def _differs_by_constant(left: Expr, right: Expr) -> bool:
    """Whether `left` is a scalar variable plus or minus a constant other than 0, and `right` that variable."""
    match left, right:
        case Binary(op="+" | "-", left=Load(variable=a, index=()), right=Const(lo=offset)), Load(variable=b, index=()):
            return a is b and offset != 0
    return False


def negate(operand: Expr) -> Expr:
    """Boolean not."""
    if operand.is_constant:
        return const(not operand.lo)
    if isinstance(operand, Not):
        return operand.operand
    return Not(0, 1, operand)


def both(left: Expr, right: Expr) -> Expr:
    """``left and right``."""
    if left.is_constant:
        return right if left.lo else FALSE
    if right.is_constant and right.lo:
        return left
    return FALSE if right.is_constant else Binary(0, 1, "and", left, right)


def either(left: Expr, right: Expr) -> Expr:
    """``left or right``."""
    if left.is_constant:
        return TRUE if left.lo else right
    if right.is_constant and not right.lo:
        return left
    return TRUE if right.is_constant else Binary(0, 1, "or", left, right)


def ite(condition: Expr, then: Expr, orelse: Expr) -> Expr:
    """``then if condition else orelse``."""
    if condition.is_constant:
        return then if condition.lo else orelse
    if then.is_constant and orelse.is_constant:
        if then.lo == orelse.lo:
            return const(then.lo)
        if (then.lo, orelse.lo) == (1, 0):
            return condition
        if (then.lo, orelse.lo) == (0, 1):
            return negate(condition)
    if then is orelse:
        return then
    if then.is_boolean and orelse.is_boolean:
        if then.is_constant:
            return either(condition, orelse) if then.lo else both(negate(condition), orelse)
        if orelse.is_constant:
            return either(negate(condition), then) if orelse.lo else both(condition, then)
    return Ite(min(then.lo, orelse.lo), max(then.hi, orelse.hi), condition, then, orelse)


def narrowed(expr: Expr, lo: int, hi: int) -> Expr:
    """`expr`, of which the caller knows that it lies within `lo`..`hi`."""
    lo, hi = max(lo, expr.lo), min(hi, expr.hi)
    return expr if (lo, hi) == (expr.lo, expr.hi) or lo > hi else attrs.evolve(expr, lo=lo, hi=hi)


def add(left: Expr, right: Expr) -> Expr:
    """``left + right``."""
    return binary("+", left, right)


def equal(left: Expr, right: Expr) -> Expr:
    """``left == right``."""
    return binary("==", left, right)


def within(value: Expr, lo: int, hi: int) -> Expr:
    """Whether `value` is in `lo`..`hi`, inclusive."""
    return both(binary("<=", const(lo), value), binary("<=", value, const(hi)))


def subexpressions(expr: Expr) -> Iterator[Expr]:
    """`expr` and everything below it, outermost first."""
    yield expr
    for child in expr.children:
        yield from subexpressions(child)


def rewrite(expr: Expr, replace: Callable[[Expr], Expr | None]) -> Expr:
    """`expr` with each node for which `replace` returns something replaced, and rebuilt around that."""
    replaced = replace(expr)
    if replaced is not None:
        return replaced
    match expr:
        case Load(variable=variable, index=index) if index:
            return load(variable, tuple(rewrite(i, replace) for i in index))
        case Not(operand=operand):
            return negate(rewrite(operand, replace))
        case Binary(op=op, left=left, right=right):
            return binary(op, rewrite(left, replace), rewrite(right, replace))
        case Ite(condition=condition, then=then, orelse=orelse):
            new = ite(rewrite(condition, replace), rewrite(then, replace), rewrite(orelse, replace))
            # What was known besides, of the smaller of two numbers for one, is still so.
            return narrowed(new, expr.lo, expr.hi) if isinstance(new, Ite) else new
    return expr


BINARY_OPERATORS: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    "<=": lambda a, b: int(a <= b),
    "and": lambda a, b: int(bool(a) and bool(b)),
    "or": lambda a, b: int(bool(a) or bool(b)),
}
"""What each operator of `Binary` means on integers."""

__all__ = [
    "BINARY_OPERATORS",
    "BOOL",
    "FALSE",
    "TRUE",
    "Binary",
    "Const",
    "Expr",
    "Ite",
    "Load",
    "Not",
    "Param",
    "Temp",
    "Variable",
    "add",
    "binary",
    "both",
    "const",
    "either",
    "equal",
    "ite",
    "load",
    "negate",
    "rewrite",
    "subexpressions",
    "within",
]
