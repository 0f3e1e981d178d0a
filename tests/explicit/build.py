"""Systems written by hand, for tests of engines: a few words for variables, threads and commands."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from thpverify.ir.expressions import Expr, Param, Temp, Variable, add, binary, const, load
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Span, Statement
from thpverify.ir.system import Command, InitialState, Point, Property, System, Thread
from thpverify.ir.types import BoolType, IntType

Operand = Expr | int


def expr(value: Operand) -> Expr:
    """`value` as an expression."""
    return value if isinstance(value, Expr) else const(value)


def op(operator: str, left: Operand, right: Operand) -> Expr:
    """``left operator right``."""
    return binary(operator, expr(left), expr(right))


def at(variable: Variable, *index: Operand) -> Expr:
    """An element."""
    return load(variable, tuple(map(expr, index)))


@attrs.define
class Builder:
    """A system under construction; each statement gets a line of its own."""

    name: str = "built"
    check_deadlock: bool = False
    variables: list[Variable] = attrs.field(factory=list)
    threads: list[Thread] = attrs.field(factory=list)
    commands: list[Command] = attrs.field(factory=list)
    properties: list[Property] = attrs.field(factory=list)
    line: int = 0
    temps: int = 0

    def span(self) -> Span:
        self.line += 1
        return Span("model.py", self.line, 0, self.line, 1)

    def variable(
        self, name: str, lo: int, hi: int, shape: tuple[int, ...] = (), start: int | Sequence[int] = 0
    ) -> Variable:
        kind = BoolType() if (lo, hi) == (0, 1) else IntType(lo, hi)
        variable = Variable(name, kind, shape)
        given = (start,) * variable.size if isinstance(start, int) else tuple(start)
        variable.initial = given
        self.variables.append(variable)
        return variable

    def thread(self, name: str, points: int, done: int | None = None) -> Thread:
        number = len(self.threads)
        pc = Variable(f"{name}.pc", IntType(0, points - 1), role="pc", thread=number)
        self.variables.append(pc)
        own = tuple(Point(n, self.span(), (), frozenset(), (), ()) for n in range(points))
        thread = Thread(number, name, name, (), pc, own, done)
        self.threads.append(thread)
        return thread

    def command(
        self, thread: Thread, pc: int, guard: Operand, body: Block, to: int | None = None, params: Sequence[Param] = ()
    ) -> Command:
        """A command; with `to` a Cut is appended."""
        if to is not None:
            body = (*body, self.cut(to))
        number, span = len(self.commands), self.span()
        made = Command(number, thread.number, pc, thread.name, tuple(params), expr(guard), body, span)
        self.commands.append(made)
        return made

    def cut(self, to: int) -> Cut:
        return Cut(self.span(), to, f"to {to}")

    def put(self, variable: Variable, value: Operand, *index: Operand) -> Assign:
        return Assign(self.span(), variable, tuple(map(expr, index)), expr(value))

    def bump(self, variable: Variable, by: int, *index: Operand) -> Assign:
        return self.put(variable, add(at(variable, *index), const(by)), *index)

    def when(self, condition: Operand, then: Sequence[Statement], orelse: Sequence[Statement] = ()) -> If:
        return If(self.span(), expr(condition), tuple(then), tuple(orelse))

    def check(self, kind: str, condition: Operand) -> Check:
        return Check(self.span(), kind, expr(condition), kind)

    def let(self, value: Operand) -> tuple[Temp, Let]:
        self.temps += 1
        given = expr(value)
        temp = Temp(given.lo, given.hi, self.temps, f"t{self.temps}")
        return temp, Let(self.span(), temp, given)

    def invariant(self, name: str, result: Operand, body: Block = (), kind: str = "invariant") -> None:
        self.properties.append(Property(name, kind, name, body, expr(result), self.span()))

    def system(self, *initial: Sequence[int]) -> System:
        start = tuple(value for variable in self.variables for value in variable.initial)
        states = tuple(InitialState(tuple(state)) for state in initial) or (InitialState(start),)
        return System(
            self.name, tuple(self.variables), tuple(self.threads), tuple(self.commands), tuple(self.properties),
            states, self.check_deadlock,
        )  # fmt: skip


def param(number: int, lo: int, hi: int) -> Param:
    return Param(lo, hi, number, f"p{number}")
