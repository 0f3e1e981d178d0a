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
    """Executes blocks and remembers, for each temp, the elements that decided the value it got, as they were then."""

    frame: Frame
    thread: int | None = None
    lets: dict[int, Values] = attrs.field(factory=dict)
    conditions: Values = ()

    def run(self, block: Block) -> None:
        """Execute `block`.

        Raises:
            CheckFailed: a Check did not hold.
        """
        for statement in block:
            if isinstance(statement, If):
                outer = self.conditions
                self.conditions = (*outer, *self.decisive(statement.condition))
                self.run(statement.then if evaluate(statement.condition, self.frame) else statement.orelse)
                self.conditions = outer
                continue
            if isinstance(statement, Let):
                decided = dict([*self.conditions, *self.decisive(statement.value)])
                self.lets[statement.temp.number] = tuple(decided.items())
            execute((statement,), self.frame, self.thread)

    def decisive(self, expr: Expr) -> Iterator[tuple[str, str]]:
        """(name, value) of each element that decides `expr`, in the order of evaluation."""
        match expr:
            case Temp(number=number):
                yield from self.lets.get(number, ())
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
        value = evaluate(load, self.frame)
        if load.variable.role == "pc" and load.variable.thread is not None:
            thread = self.frame.system.threads[load.variable.thread]
            labels = " or ".join(f'"{label}"' for label in thread.points[value].labels)
            return thread.name, f"at {labels}" if labels else "at its start"
        return load.variable.element_name(flat), load.variable.type.show(value)


def values_of_property(system: System, prop: Property, state: State) -> Values:
    """The elements that make `prop` true or false in `state`, or make one of its checks fail."""
    reader = _Reader(Frame(system, list(state)))
    try:
        reader.run(prop.body)
        return _listed(reader.decisive(prop.result))
    except CheckFailed as failure:
        return _listed(reader.decisive(failure.check.condition))


def values_of_check(system: System, command: int, params: tuple[int, ...], state: State) -> Values:
    """The elements that make a check fail when `command` fires in `state`, with the values that the check saw."""
    made = system.commands[command]
    reader = _Reader(Frame(system, list(state), params), made.thread)
    try:
        reader.run(made.body)
        reader.run(system.after_step)
    except CheckFailed as failure:
        return _listed(reader.decisive(failure.check.condition))
    return ()


def _listed(values: Iterator[tuple[str, str]]) -> Values:
    distinct = dict(values)
    listed = tuple(distinct.items())[:MOST_VALUES]
    rest = len(distinct) - len(listed)
    return (*listed, ("...", f"{rest} more")) if rest else listed
