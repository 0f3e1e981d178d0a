"""Habits that have led to false alarms before: counters that wrap, ghosts that act, steps without a name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from thpverify.ir.expressions import Binary, Const, Expr, Load, Temp, Variable, subexpressions
from thpverify.ir.statements import Assign, Check, Cut, Let, Span, expressions_of, walk
from thpverify.ir.system import Command, System
from thpverify.lint.events import WRITE
from thpverify.lint.knowledge import mentions
from thpverify.lint.results import INFO, Finding
from thpverify.lint.steps import place_of
from thpverify.lint.threads import StepPath

WRAPS, GHOST, UNLABELLED = "wraps", "ghost-acts", "no-label"


def wrapping_counters(system: System, unexplained: Iterable[StepPath]) -> Iterator[Finding]:
    """Shared counters that start again at the end of their range: whoever compares two readings may be deceived.

    Only what the `unexplained` ways write counts.

    A variable that is used as an index is a position, not a counter, and may go round.
    """
    positions = {v for command in system.commands for v in _positions(command)}
    written = {
        (path.command.number, event.location.variable)
        for path in unexplained
        for event in path.events
        if event.kind == WRITE
    }
    for command in system.commands:
        temps = _definitions(command)
        for statement in walk(command.body):
            if not isinstance(statement, Assign) or (command.number, statement.variable) not in written:
                continue
            variable = statement.variable
            if variable in positions:
                continue
            if any(_goes_round(value, variable, temps) for value in _values(statement.value, temps)):
                message = f"{variable.name} wraps: whoever compares two values of it takes a full turn for no change"
                advice = "keep one bit per reader, set by every change and cleared when the reader looks"
                thread = system.threads[command.thread]
                yield Finding(WRAPS, thread.function, _label(command), place_of(statement.span), message, advice)


def _definitions(command: Command) -> dict[int, list[Expr]]:
    temps: dict[int, list[Expr]] = {}
    for statement in walk(command.body):
        if isinstance(statement, Let):
            temps.setdefault(statement.temp.number, []).append(statement.value)
    return temps


def _values(expr: Expr, temps: dict[int, list[Expr]]) -> Iterator[Expr]:
    """`expr` and all that it is made from."""
    for e in subexpressions(expr):
        yield e
        if isinstance(e, Temp):
            for value in temps.get(e.number, ()):
                yield from _values(value, temps)


def _goes_round(expr: Expr, variable: Variable, temps: dict[int, list[Expr]]) -> bool:
    """Whether `expr` is the variable plus or minus something, modulo a constant."""
    match expr:
        case Binary(op="%", left=left, right=Const()):
            sums = [e for e in _values(left, temps) if isinstance(e, Binary) and e.op in ("+", "-")]
            return any(mentions(e, variable) for s in sums for e in _values(s, temps))
    return False


def _positions(command: Command) -> Iterator[Variable]:
    temps = _definitions(command)
    for expr in [command.guard, *(e for s in walk(command.body) for e in expressions_of(s))]:
        for load in subexpressions(expr):
            if isinstance(load, Load):
                yield from _indices(load.index, temps)
    for statement in walk(command.body):
        if isinstance(statement, Assign):
            yield from _indices(statement.index, temps)


def _indices(index: tuple[Expr, ...], temps: dict[int, list[Expr]]) -> Iterator[Variable]:
    return (e.variable for i in index for e in _values(i, temps) if isinstance(e, Load))


def ghost_reads(system: System) -> Iterator[Finding]:
    """Ghost variables that decide what a step does: then the kernel would have to have them, and they count."""
    for command in system.commands:
        thread = system.threads[command.thread]
        for name, span in _acting_ghosts(command):
            message = f"{name} is a ghost, but the step depends on it"
            advice = "let only properties read it, or make it an ordinary field"
            yield Finding(GHOST, thread.function, _label(command), place_of(span), message, advice)


def _acting_ghosts(command: Command) -> Iterator[tuple[str, Span]]:
    temps = _definitions(command)
    statements = list(walk(command.body))
    # A guard repeats the Checks of its body, and every change of a ghost has one.
    checked = {v for s in statements if isinstance(s, Check) for v in _ghosts(s.condition, temps)}
    yield from ((v.name, command.span) for v in _ghosts(command.guard, temps) if v not in checked)
    for statement in statements:
        if isinstance(statement, Let | Check) or (isinstance(statement, Assign) and statement.variable.ghost):
            continue
        for expr in expressions_of(statement):
            yield from ((v.name, statement.span) for v in _ghosts(expr, temps))


def _ghosts(expr: Expr, temps: dict[int, list[Expr]]) -> list[Variable]:
    return [e.variable for e in _values(expr, temps) if isinstance(e, Load) and e.variable.ghost]


def _label(command: Command) -> str:
    """The label of the first end of a command."""
    return next((s.label for s in walk(command.body) if isinstance(s, Cut)), "")


def unlabelled(system: System, paths: Iterable[StepPath]) -> Iterator[Finding]:
    """Yields without a label, which takes the function's name then, other than those of waiting loops."""
    guarded = {(c.thread, c.pc) for c in system.commands if not c.guard.is_constant}
    for path in paths:
        span, thread = path.cut.span, path.thread
        bare = span.line == span.end_line and span.end_column - span.column == len("yield")
        if bare and (thread.number, path.cut.pc) not in guarded:
            message = "the yield has no label, so that traces and properties cannot tell this step from others"
            yield Finding(
                UNLABELLED, thread.function, path.cut.label, place_of(span), message, 'write yield "..."', severity=INFO
            )
