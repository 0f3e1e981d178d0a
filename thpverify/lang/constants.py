"""Constants that a scenario may set: sizes, above all. Arithmetic on them stays symbolic until a value is needed."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from thpverify.lang.context import active, is_active
from thpverify.lang.errors import ModelError

_OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}


class ConstantExpression:
    """An int whose value depends on the active scenario."""

    def __init__(self, evaluate: Callable[[], int], text: str) -> None:
        self._evaluate = evaluate
        self._text = text

    def __index__(self) -> int:
        return self._evaluate()

    __int__ = __index__

    def __bool__(self) -> bool:
        return self._evaluate() != 0

    def __neg__(self) -> ConstantExpression | int:
        return 0 - self

    def __pos__(self) -> ConstantExpression | int:
        return self

    def __abs__(self) -> int:
        return abs(self._evaluate())

    def __eq__(self, other: object) -> bool:
        return bool(_value(other) == self._evaluate())

    def __lt__(self, other: object) -> bool:
        return self._evaluate() < _number(other)

    def __le__(self, other: object) -> bool:
        return self._evaluate() <= _number(other)

    def __gt__(self, other: object) -> bool:
        return self._evaluate() > _number(other)

    def __ge__(self, other: object) -> bool:
        return self._evaluate() >= _number(other)

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return self._text

    def __add__(self, other: object) -> ConstantExpression | int:
        return _combine("add", "+", self, other)

    def __radd__(self, other: object) -> ConstantExpression | int:
        return _combine("add", "+", other, self)

    def __sub__(self, other: object) -> ConstantExpression | int:
        return _combine("sub", "-", self, other)

    def __rsub__(self, other: object) -> ConstantExpression | int:
        return _combine("sub", "-", other, self)

    def __mul__(self, other: object) -> ConstantExpression | int:
        return _combine("mul", "*", self, other)

    def __rmul__(self, other: object) -> ConstantExpression | int:
        return _combine("mul", "*", other, self)

    def __floordiv__(self, other: object) -> ConstantExpression | int:
        return _combine("floordiv", "//", self, other)

    def __rfloordiv__(self, other: object) -> ConstantExpression | int:
        return _combine("floordiv", "//", other, self)

    def __mod__(self, other: object) -> ConstantExpression | int:
        return _combine("mod", "%", self, other)

    def __rmod__(self, other: object) -> ConstantExpression | int:
        return _combine("mod", "%", other, self)


class Constant(ConstantExpression):
    """A named int with a default that a scenario may replace: ``NR = Constant("HPAGE_PMD_NR", 4)``."""

    def __init__(self, name: str, default: int) -> None:
        self.name = name
        self.default = operator.index(default)
        super().__init__(lambda: active().constants.get(self, self.default), name)


def _value(operand: object) -> Any:
    return operator.index(operand) if hasattr(operand, "__index__") else operand


def _number(operand: object) -> int:
    return operator.index(operand)  # type: ignore[arg-type]  # raises TypeError, as comparing with an int would


def _combine(name: str, symbol: str, left: object, right: object) -> ConstantExpression | int:
    """The expression; within a scenario, where a step computes with constants, plainly its value."""
    for operand in (left, right):
        if not hasattr(operand, "__index__"):
            raise TypeError(f"{operand!r} is no int: a Constant takes part in + - * // % with ints only")
    function = _OPERATIONS[name]
    if is_active():
        return int(function(_value(left), _value(right)))
    text = f"({left!r} {symbol} {right!r})"

    def evaluate() -> int:
        try:
            return int(function(_value(left), _value(right)))
        except ZeroDivisionError:
            hint = "Let the scenario give other constants, or write the expression so that it has a value for these."
            raise ModelError("THP054", f"the constant {text} divides by zero", hint) from None

    return ConstantExpression(evaluate, text)
