"""Statements: what a command does, in order, when it fires."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.ir.expressions import Expr, Temp, Variable
from thpverify.ir.types import Type


@attrs.frozen
class Span:
    """A place in a model's source: lines count from 1, columns from 0 as in `ast`."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column + 1}"

    @property
    def short(self) -> str:
        """File name and line, for a sentence."""
        return f"{self.file.rsplit('/', 1)[-1]}:{self.line}"


@attrs.frozen(eq=False)
class Statement:
    """Something a step does; `span` is the source it comes from."""

    span: Span


Block = tuple[Statement, ...]


@attrs.frozen(eq=False)
class Let(Statement):
    """``temp := value``. Both arms of an `If` may set the same temp."""

    temp: Temp
    value: Expr


@attrs.frozen(eq=False)
class Assign(Statement):
    """``variable[index] := value``; value is within the variable's type (a `Check` stands before it where need be)."""

    variable: Variable
    index: tuple[Expr, ...]
    value: Expr


@attrs.frozen(eq=False)
class If(Statement):
    """`then` or `orelse`, by `condition`."""

    condition: Expr
    then: Block
    orelse: Block


@attrs.frozen(eq=False)
class Check(Statement):
    """A violation unless `condition` holds: the step ends here, without a successor.

    `kind` is "assertion", "range", "index" or "division" and is also the name of the built-in property it belongs to.
    """

    kind: str
    condition: Expr
    message: str


@attrs.frozen(eq=False)
class Note(Statement):
    """Does nothing; somebody who reads the model wants to know."""


@attrs.frozen(eq=False)
class Chosen(Note):
    """For traces and replay: here the model's `choose` returned `values` (more than one for a tuple)."""

    values: tuple[Expr, ...]
    types: tuple[Type, ...]


@attrs.frozen(eq=False)
class Atomic(Note):
    """For the linter: a path that comes by here is one step because of `reason`."""

    reason: str


@attrs.frozen(eq=False)
class Cut(Statement):
    """The step ends, at a yield labelled `label`, and the command's thread then stands at point number `pc`.

    Every path through a command's body ends in exactly one Cut, as its last statement, or in a failed Check.
    """

    pc: int
    label: str


def walk(block: Block) -> Iterator[Statement]:
    """Every statement of `block`, an `If` before its arms."""
    for statement in block:
        yield statement
        if isinstance(statement, If):
            yield from walk(statement.then)
            yield from walk(statement.orelse)


def expressions_of(statement: Statement) -> tuple[Expr, ...]:
    """The expressions that stand directly in `statement`, not those in the arms of an `If`."""
    match statement:
        case Let(value=value):
            return (value,)
        case Assign(index=index, value=value):
            return (*index, value)
        case If(condition=condition) | Check(condition=condition):
            return (condition,)
        case Chosen(values=values):
            return values
    return ()
