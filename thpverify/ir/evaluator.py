"""The one evaluator: what the IR means, in plain Python. Engines are compared with it, traces are explained by it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import attrs

from thpverify.ir.expressions import BINARY_OPERATORS, Binary, Const, Expr, Ite, Load, Not, Param, Temp
from thpverify.ir.run import Move
from thpverify.ir.statements import Assign, Block, Check, Chosen, Cut, If, Let, Span
from thpverify.ir.system import Command, Property, State, System


class CheckFailed(Exception):
    """A Check did not hold; `check` is the statement."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.message)
        self.check = check


@attrs.define
class Frame:
    """What an evaluation works on: elements of the state, temps and params by number; and what it met on its way.

    `choices` collects the values of `Chosen`, `spans` the places of the statements that ran, `label` the Cut's label.
    """

    system: System
    elements: list[int]
    params: tuple[int, ...] = ()
    temps: dict[int, int] = attrs.field(factory=dict)
    choices: list[tuple[int, ...]] = attrs.field(factory=list)
    spans: list[Span] = attrs.field(factory=list)
    label: str = ""


@attrs.frozen
class Step:
    """A firing: the state after it (None if a Check failed, which is then in `failed`), and what to tell about it."""

    move: Move
    state: State | None
    failed: Check | None
    label: str
    choices: tuple[tuple[int, ...], ...]
    spans: tuple[Span, ...]


def evaluate(expr: Expr, frame: Frame) -> int:
    """The value of `expr`; booleans are 0 and 1."""
    match expr:
        case Const(lo=value):
            return value
        case Load():
            return frame.elements[_element(expr, frame)]
        case Temp(number=number):
            return frame.temps[number]
        case Param(number=number):
            return frame.params[number]
        case Not(operand=operand):
            return 1 - evaluate(operand, frame)
        case Binary(op="and", left=left, right=right):
            return evaluate(right, frame) if evaluate(left, frame) else 0
        case Binary(op="or", left=left, right=right):
            return 1 if evaluate(left, frame) else evaluate(right, frame)
        case Binary(op=op, left=left, right=right):
            return BINARY_OPERATORS[op](evaluate(left, frame), evaluate(right, frame))
        case Ite(condition=condition, then=then, orelse=orelse):
            return evaluate(then if evaluate(condition, frame) else orelse, frame)
    raise TypeError(f"not an expression: {expr!r}")


def _element(place: Load | Assign, frame: Frame) -> int:
    flat = 0
    for position, dimension in zip(place.index, place.variable.shape, strict=True):
        value = evaluate(position, frame)
        if not 0 <= value < dimension:
            raise IndexError(f"{place.variable.name}: {value} is not below {dimension}; a Check is missing in the IR")
        flat = flat * dimension + value
    return frame.system.offsets[place.variable] + flat


def execute(block: Block, frame: Frame, thread: int | None = None) -> None:
    """Run `block` on `frame`, for thread number `thread`.

    Raises:
        CheckFailed: a Check did not hold.
    """
    for statement in block:
        frame.spans.append(statement.span)
        match statement:
            case Let(temp=temp, value=value):
                frame.temps[temp.number] = evaluate(value, frame)
            case Assign(variable=variable, value=value):
                at, new = _element(statement, frame), evaluate(value, frame)
                if not variable.type.lo <= new <= variable.type.hi:
                    raise ValueError(f"{variable.name} := {new} leaves {variable.type}; a Check is missing in the IR")
                frame.elements[at] = new
            case If(condition=condition, then=then, orelse=orelse):
                execute(then if evaluate(condition, frame) else orelse, frame, thread)
            case Check(condition=condition):
                if not evaluate(condition, frame):
                    raise CheckFailed(statement)
            case Chosen(values=values):
                frame.choices.append(tuple(evaluate(v, frame) for v in values))
            case Cut(pc=pc, label=label):
                assert thread is not None
                frame.elements[frame.system.offsets[frame.system.threads[thread].pc]] = pc
                frame.label = label


def enabled(system: System, command: Command, state: State, params: tuple[int, ...]) -> bool:
    """Whether `command` can fire in `state` with `params`."""
    pc = system.threads[command.thread].pc
    if state[system.offsets[pc]] != command.pc:
        return False
    return bool(evaluate(command.guard, Frame(system, list(state), params)))


def fire(system: System, command: Command, state: State, params: tuple[int, ...]) -> Step:
    """Execute `command`, which must be enabled."""
    frame = Frame(system, list(state), params)
    failed: Check | None = None
    spans: tuple[Span, ...] = ()
    try:
        execute(command.body, frame, command.thread)
        spans = tuple(frame.spans)
        execute(system.after_step, frame)
    except CheckFailed as failure:
        failed, spans = failure.check, tuple(frame.spans)
    after = None if failed else tuple(frame.elements)
    return Step(Move(command.number, params), after, failed, frame.label, tuple(frame.choices), spans)


def step(system: System, state: State, move: Move) -> Step:
    """Make `move` in `state`.

    Raises:
        ValueError: the move is not enabled there.
    """
    command = system.commands[move.command]
    if not enabled(system, command, state, move.params):
        raise ValueError(f"command {move.command} with {move.params} is not enabled")
    return fire(system, command, state, move.params)


def steps(system: System, state: State) -> Iterator[Step]:
    """Every firing that is possible in `state`, by command number, then params."""
    for command in system.commands:
        if state[system.offsets[system.threads[command.thread].pc]] != command.pc:
            continue
        for params in product(*(range(p.lo, p.hi + 1) for p in command.params)):
            if evaluate(command.guard, Frame(system, list(state), params)):
                yield fire(system, command, state, params)


def holds(system: System, prop: Property, state: State) -> bool:
    """Whether the property's condition is true in `state`.

    Raises:
        CheckFailed: the condition itself divides by zero, indexes out of range, or asserts something false.
    """
    frame = Frame(system, list(state))
    execute(prop.body, frame)
    return bool(evaluate(prop.result, frame))


def finished(system: System, state: State) -> bool:
    """Whether every thread has returned."""
    return all(state[system.offsets[thread.pc]] == thread.done for thread in system.threads)
