"""Expressions in the notation that Promela and Murphi share; what differs is left to the two languages."""

from __future__ import annotations

import attrs

from thpverify.export.names import Vocabulary
from thpverify.export.natures import Nature, Natures
from thpverify.export.simplify import is_trivial
from thpverify.ir.expressions import Binary, Const, Expr, Ite, Load, Not, Param, Temp, Variable, const
from thpverify.ir.types import BoolType

# `!` is put weakest of all that can stand within a comparison: Murphi reads `!a = b` as `!(a = b)`, C as `(!a) == b`.
_ITE, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _ATOM = range(8)
_STRENGTH = {"or": _OR, "and": _AND, "==": _COMPARISON, "!=": _COMPARISON, "<": _COMPARISON, "<=": _COMPARISON,
             "+": _SUM, "-": _SUM, "*": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT}


@attrs.frozen
class Language:
    """How a target spells what both have. With `strict_booleans` a truth value is no number and needs converting."""

    operators: dict[str, str]
    choice: str
    strict_booleans: bool
    flat_arrays: bool


@attrs.frozen
class Writer:
    """Writes expressions; `temps` and `params` have the names that are in scope."""

    language: Language
    words: Vocabulary
    natures: Natures
    temps: dict[int, str]
    params: dict[int, str]

    def number(self, expr: Expr, nature: Nature = None) -> str:
        """`expr` where a number is wanted; constants in the words of `nature`."""
        return self._show(expr, _ITE, False, nature)

    def truth(self, expr: Expr, within: bool = False) -> str:
        """`expr` where a truth value is wanted; `within` a conjunction, parentheses are put where that needs them."""
        return self._show(expr, _AND if within else _ITE, True, None)

    def value(self, expr: Expr, nature: Nature) -> str:
        """`expr` where something of `nature` is wanted."""
        return self.truth(expr) if isinstance(nature, BoolType) else self.number(expr, nature)

    def place(self, variable: Variable, index: tuple[Expr, ...]) -> str:
        """One element of `variable`."""
        name, shown = self.words.variables[variable], [self.number(i) for i in index]
        if not shown:
            return name
        if len(shown) > 1 and self.language.flat_arrays:
            return f"{name}({', '.join(shown)})"
        return name + "".join(f"[{i}]" for i in shown)

    def _show(self, expr: Expr, least: int, boolean: bool, nature: Nature) -> str:
        text, strength = self._convert(expr, boolean, nature)
        return text if strength >= least else f"({text})"

    def _convert(self, expr: Expr, boolean: bool, nature: Nature) -> tuple[str, int]:
        if isinstance(expr, Load) and is_trivial(expr.variable):
            expr = const(expr.variable.type.lo)
        if isinstance(expr, Const):
            text = ("true" if expr.lo else "false") if boolean else self.words.constant(expr.lo, nature)
            return text, _ATOM if not text.startswith("-") else _SUM
        if isinstance(expr, Ite):
            return self._ite(expr, boolean, nature)
        if not self.language.strict_booleans or boolean == self.natures.is_boolean(expr):
            return self._plain(expr)
        if boolean:
            return f"{self._show(expr, _SUM, False, None)} {self.language.operators['!=']} 0", _COMPARISON
        return f"({self._show(expr, _OR, True, None)} ? 1 : 0)", _ATOM

    def _ite(self, expr: Ite, boolean: bool, nature: Nature) -> tuple[str, int]:
        condition = self._show(expr.condition, _OR, True, None)
        arms = [self._show(arm, _OR, boolean, nature) for arm in (expr.then, expr.orelse)]
        return f"({condition} {self.language.choice} {arms[0]} : {arms[1]})", _ATOM

    def _plain(self, expr: Expr) -> tuple[str, int]:
        match expr:
            case Load(variable=variable, index=index):
                return self.place(variable, index), _ATOM
            case Temp(number=number):
                return self.temps[number], _ATOM
            case Param(number=number):
                return self.params[number], _ATOM
            case Not(operand=Binary(op="==", left=left, right=right)):
                return self._binary(Binary(0, 1, "!=", left, right))
            case Not(operand=Binary(op="<" | "<=" as op, left=left, right=right)):
                return self._binary(Binary(0, 1, "<=" if op == "<" else "<", right, left))
            case Not(operand=operand):
                return f"!{self._show(operand, _ATOM, True, None)}", _NOT
            case Binary():
                return self._binary(expr)
        raise TypeError(f"not an expression: {expr!r}")

    def _binary(self, expr: Binary) -> tuple[str, int]:
        op, left, right = expr.op, expr.left, expr.right
        strength, sign = _STRENGTH[op], self.language.operators[op]
        if op in ("and", "or"):
            # `a && b || c` gets parentheses although it needs none: people misread it.
            least = [strength if isinstance(s, Binary) and s.op == op else _NOT for s in (left, right)]
            one, other = self._show(left, least[0], True, None), self._show(right, least[1], True, None)
            return f"{one} {sign} {other}", strength
        if op in ("==", "!="):
            return self._equality(op, left, right)
        if op in ("//", "%") and (left.lo < 0 or right.lo < 0):
            return f"{'floor_div' if op == '//' else 'floor_mod'}({self.number(left)}, {self.number(right)})", _ATOM
        if isinstance(right, Const) and op == "+" and right.lo < 0:
            op, sign, right = "-", self.language.operators["-"], const(-right.lo)
        if isinstance(left, Const) and op in ("<", "<="):
            left, right, sign = right, left, ">" if op == "<" else ">="
        loose = op in ("+", "*")
        one = self._show(left, strength if strength != _COMPARISON else _SUM, False, None)
        return f"{one} {sign} {self._show(right, strength if loose else strength + 1, False, None)}", strength

    def _equality(self, op: str, left: Expr, right: Expr) -> tuple[str, int]:
        if isinstance(left, Const):
            left, right = right, left
        sign = self.language.operators[op]
        fits = self.natures.is_boolean(right) or (right.lo >= 0 and right.hi <= 1)
        boolean = self.natures.is_boolean(left) and fits
        if boolean and isinstance(right, Const):
            if bool(right.lo) == (op == "=="):
                return self._convert(left, True, None)
            return f"!{self._show(left, _ATOM, True, None)}", _NOT
        if boolean and (self.natures.is_boolean(right) or not self.language.strict_booleans):
            return f"{self._show(left, _SUM, True, None)} {sign} {self._show(right, _SUM, True, None)}", _COMPARISON
        hint = self.natures.of_expr(left) or self.natures.of_expr(right)
        hint = None if isinstance(hint, BoolType) else hint
        return f"{self._show(left, _SUM, False, hint)} {sign} {self._show(right, _SUM, False, hint)}", _COMPARISON


def uses_floor_division(exprs: list[Expr]) -> bool:
    """Whether a division's operand may be negative, so that the targets' own rounding would be wrong."""
    return any(isinstance(e, Binary) and e.op in ("//", "%") and (e.left.lo < 0 or e.right.lo < 0) for e in exprs)
