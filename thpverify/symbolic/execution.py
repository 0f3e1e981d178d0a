"""Symbolic execution of IR blocks: the arms of an `If` are run side by side and merged, Checks become flags."""

from __future__ import annotations

from collections.abc import Mapping

import attrs
import z3

from thpverify.ir.expressions import Binary, Const, Expr, Ite, Load, Not, Param, Temp, Variable
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Note
from thpverify.ir.system import System
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.numbers import Number, apply, choose, equals, fit, number


@attrs.frozen(eq=False)
class Failure:
    """`check` is reached and does not hold. Of the failures of one run, at most one is true."""

    check: Check
    condition: z3.BoolRef


@attrs.define
class Run:
    """A run under way. `elements` are the values by their place in the state, `path` is what was assumed so far: the
    conditions of the arms around and all Checks passed."""

    system: System
    elements: dict[int, Number]
    params: Mapping[int, Number] = attrs.field(factory=dict)
    thread: int | None = None
    temps: dict[int, Number] = attrs.field(factory=dict)
    path: z3.BoolRef = attrs.field(factory=lambda: z3.BoolVal(True))
    failures: list[Failure] = attrs.field(factory=list)

    def execute(self, block: Block) -> None:
        """Run `block` to its end."""
        for statement in block:
            match statement:
                case Let(temp=temp, value=value):
                    self.temps[temp.number] = fit(self.value(value), temp.lo, temp.hi)
                case Assign(variable=variable, index=index, value=value):
                    self.assign(variable, index, self.value(value))
                case If(condition=condition, then=then, orelse=orelse):
                    self.branch(self.value(condition).boolean, then, orelse)
                case Check():
                    self.check(statement)
                case Cut(pc=pc):
                    assert self.thread is not None
                    at = self.system.threads[self.thread].pc
                    self.elements[self.system.offsets[at]] = fit(number(pc), at.type.lo, at.type.hi)
                case Note():
                    pass
                case _:
                    raise TypeError(f"not a statement: {statement!r}")

    def branch(self, condition: z3.BoolRef, then: Block, orelse: Block) -> None:
        before = self.path
        first, second = self.arm(condition), self.arm(z3.Not(condition))
        starts = first.path, second.path
        first.execute(then)
        second.execute(orelse)
        self.elements = _merge(condition, self.elements, first.elements, second.elements)
        self.temps = _merge(condition, self.temps, first.temps, second.temps)
        unchecked = first.path is starts[0] and second.path is starts[1]
        self.path = before if unchecked else any_of([first.path, second.path])

    def arm(self, condition: z3.BoolRef) -> Run:
        """A run from here that assumes `condition` as well; it reports its failures here."""
        return attrs.evolve(
            self, elements=dict(self.elements), temps=dict(self.temps), path=all_of([self.path, condition])
        )

    def check(self, check: Check) -> None:
        if check.condition.is_constant and check.condition.lo:
            return
        holds = self.value(check.condition).boolean
        self.failures.append(Failure(check, all_of([self.path, z3.Not(holds)])))
        self.path = all_of([self.path, holds])

    def assign(self, variable: Variable, index: tuple[Expr, ...], value: Number) -> None:
        kind = variable.type
        positions = [self.value(i) for i in index]
        for flat, here in _places(variable, positions):
            at = self.system.offsets[variable] + flat
            if here is None:
                self.elements[at] = fit(value, kind.lo, kind.hi)
            else:
                self.elements[at] = choose(here, value, self.elements[at], kind.lo, kind.hi)

    def value(self, expr: Expr) -> Number:
        """The value of `expr` here."""
        match expr:
            case Const(lo=constant):
                return number(constant)
            case Load(variable=variable, index=index):
                return self.load(variable, [self.value(i) for i in index])
            case Temp(lo=lo, hi=hi, number=temp):
                return fit(self.temps[temp], lo, hi)
            case Param(number=param):
                return self.params[param]
            case Not(operand=operand):
                return Number(0, 1, z3.Not(self.value(operand).boolean))
            case Binary(op=op, left=left, right=right):
                return apply(expr, op, self.value(left), self.value(right))
            case Ite(condition=condition, then=then, orelse=orelse):
                decided = self.value(condition).boolean
                return choose(decided, self.value(then), self.value(orelse), expr.lo, expr.hi)
        raise TypeError(f"not an expression: {expr!r}")

    def load(self, variable: Variable, positions: list[Number]) -> Number:
        found: Number | None = None
        kind = variable.type
        for flat, here in reversed(_places(variable, positions)):
            element = self.elements[self.system.offsets[variable] + flat]
            found = element if found is None or here is None else choose(here, element, found, kind.lo, kind.hi)
        return found if found is not None else number(kind.lo)


def _places(variable: Variable, positions: list[Number]) -> list[tuple[int, z3.BoolRef | None]]:
    """The elements that an index may name and when it does; None stands for always."""
    places: list[tuple[int, z3.BoolRef | None]] = [(0, None)]
    for position, dimension in zip(positions, variable.shape, strict=True):
        possible = range(max(0, position.lo), min(dimension - 1, position.hi) + 1)
        sure = position.lo == position.hi
        conditions = {value: None if sure else equals(position, value) for value in possible}
        places = [
            (flat * dimension + value, _and(here, condition))
            for flat, here in places
            for value, condition in conditions.items()
        ]
    return places


def _and(left: z3.BoolRef | None, right: z3.BoolRef | None) -> z3.BoolRef | None:
    if left is None or right is None:
        return right if left is None else left
    return all_of([left, right])


def _merge(
    condition: z3.BoolRef, before: dict[int, Number], then: dict[int, Number], orelse: dict[int, Number]
) -> dict[int, Number]:
    """What is known behind both arms. A temp that only one arm set is nobody's business behind them, unless that arm is
    the one that was taken, so its value may stand for both."""
    merged = dict(before)
    for key in then.keys() | orelse.keys():
        first, second = then.get(key, orelse.get(key)), orelse.get(key, then.get(key))
        assert first is not None and second is not None
        if first is second:
            merged[key] = first
        else:
            merged[key] = choose(condition, first, second, min(first.lo, second.lo), max(first.hi, second.hi))
    return merged
