"""Which elements of the state decide an expression: what a reader must look at to see why it is true or false."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.ir.evaluator import CheckFailed, Frame, evaluate, execute
from thpverify.ir.expressions import Binary, Expr, Ite, Load, Temp
from thpverify.ir.statements import Block, If, Let
from thpverify.ir.system import Property, State, System

MOST_VALUES = 16
"""More values than this are counted, not listed."""

Values = tuple[tuple[str, str], ...]


@attrs.define
class _Reader:
    """Walks an expression along the operands that decide its value; `lets` has what each temp was last set from."""

    frame: Frame
    lets: dict[int, tuple[Expr, ...]] = attrs.field(factory=dict)
    conditions: tuple[Expr, ...] = ()
    _walked: set[int] = attrs.field(factory=set)

    def run(self, block: Block) -> None:
        """Execute `block` and remember what its temps come from."""
        for statement in block:
            if isinstance(statement, If):
                outer, self.conditions = self.conditions, (*self.conditions, statement.condition)
                self.run(statement.then if evaluate(statement.condition, self.frame) else statement.orelse)
                self.conditions = outer
                continue
            execute((statement,), self.frame)
            if isinstance(statement, Let):
                self.lets[statement.temp.number] = (*self.conditions, statement.value)

    def decisive(self, expr: Expr) -> Iterator[tuple[str, str]]:
        """(name, value) of each element that decides `expr`, in the order of evaluation."""
        match expr:
            case Temp(number=number):
                if number not in self._walked:
                    self._walked.add(number)
                    for source in self.lets.get(number, ()):
                        yield from self.decisive(source)
            case Binary(op="and" | "or" as op, left=left, right=right):
                decided = 0 if op == "and" else 1
                if evaluate(left, self.frame) == decided:
                    yield from self.decisive(left)
                elif evaluate(right, self.frame) == decided:
                    yield from self.decisive(right)
                else:
                    yield from self.decisive(left)
                    yield from self.decisive(right)
            case Ite(condition=condition, then=then, orelse=orelse):
                yield from self.decisive(condition)
                yield from self.decisive(then if evaluate(condition, self.frame) else orelse)
            case _:
                for child in expr.children:
                    yield from self.decisive(child)
                if isinstance(expr, Load):
                    yield self.element(expr)

    def element(self, load: Load) -> tuple[str, str]:
        flat = 0
        for position, size in zip(load.index, load.variable.shape, strict=True):
            flat = flat * size + evaluate(position, self.frame)
        return load.variable.element_name(flat), load.variable.type.show(evaluate(load, self.frame))


def values_of_property(system: System, prop: Property, state: State) -> Values:
    """The elements that make `prop` true or false in `state`, or make one of its checks fail."""
    reader = _Reader(Frame(system, list(state)))
    try:
        reader.run(prop.body)
        return _listed(reader.decisive(prop.result))
    except CheckFailed as failure:
        return _listed(reader.decisive(failure.check.condition))


def values_of_check(system: System, command: int, params: tuple[int, ...], state: State) -> Values:
    """The elements that make a check fail when `command` fires in `state`, with their values at that moment."""
    frame = Frame(system, list(state), params)
    try:
        execute(system.commands[command].body, frame, system.commands[command].thread)
    except CheckFailed as failure:
        return _listed(_Reader(frame).decisive(failure.check.condition))
    return ()


def _listed(values: Iterator[tuple[str, str]]) -> Values:
    distinct = dict(values)
    listed = tuple(distinct.items())[:MOST_VALUES]
    rest = len(distinct) - len(listed)
    return (*listed, ("...", f"{rest} more")) if rest else listed
