"""What a number means to a reader: a truth value, a member of an enum, a slot, a place in a thread, or just that."""

from __future__ import annotations

import attrs

from thpverify.ir.expressions import Binary, Const, Expr, Ite, Load, Not, Temp, Variable
from thpverify.ir.statements import Block, Let, walk
from thpverify.ir.system import System, Thread
from thpverify.ir.types import BOOL, BoolType, EnumType, IntType, RefType, Type

Nature = Type | Thread | None
"""A type with words of its own, the thread whose places are counted, or None for a plain number."""


@attrs.frozen
class Natures:
    """The natures of expressions, given those of the pcs and of the temps in sight."""

    pcs: dict[Variable, Thread]
    temps: dict[int, Nature]

    @classmethod
    def of(cls, system: System) -> Natures:
        """With no temps in sight."""
        return cls({thread.pc: thread for thread in system.threads}, {})

    def within(self, block: Block) -> Natures:
        """The same with the temps that `block` sets, each of the nature on which all its values agree."""
        inner = Natures(self.pcs, {})
        refused: set[int] = set()
        for statement in walk(block):
            if isinstance(statement, Let):
                number, nature = statement.temp.number, inner.of_expr(statement.value)
                if isinstance(statement.value, Const):
                    continue
                if number in inner.temps and not _same(inner.temps[number], nature):
                    refused.add(number)
                inner.temps[number] = nature
        constants = [s for s in walk(block) if isinstance(s, Let) and isinstance(s.value, Const)]
        for let in constants:
            if isinstance(inner.temps.get(let.temp.number), BoolType) and let.value.lo not in (0, 1):
                refused.add(let.temp.number)
        for number in refused:
            inner.temps[number] = None
        return inner

    def of_variable(self, variable: Variable) -> Nature:
        """The nature of a variable's elements."""
        if variable in self.pcs:
            return self.pcs[variable]
        return None if isinstance(variable.type, IntType) else variable.type

    def of_expr(self, expr: Expr) -> Nature:
        """The nature of `expr`; a constant has none of its own."""
        match expr:
            case Load(variable=variable):
                return self.of_variable(variable)
            case Temp(number=number):
                return self.temps.get(number)
            case Not() | Binary(op="==" | "!=" | "<" | "<=" | "and" | "or"):
                return BOOL
            case Ite(then=then, orelse=orelse):
                one, other = self.of_expr(then), self.of_expr(orelse)
                if isinstance(then, Const):
                    return _if_fits(other, then.lo)
                if isinstance(orelse, Const):
                    return _if_fits(one, orelse.lo)
                return one if _same(one, other) else None
        return None

    def is_boolean(self, expr: Expr) -> bool:
        """Whether `expr` is a truth value rather than a number."""
        return isinstance(self.of_expr(expr), BoolType)


def _if_fits(nature: Nature, value: int) -> Nature:
    return None if isinstance(nature, BoolType) and value not in (0, 1) else nature


def _same(one: Nature, other: Nature) -> bool:
    if isinstance(one, BoolType | RefType) and type(one) is type(other):
        return True
    return one is other or (isinstance(one, EnumType) and one == other)
