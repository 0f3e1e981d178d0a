"""A thread by itself: where it can stand with which locks, and every way through its steps."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.ir.expressions import Expr, Load, Temp, Variable, subexpressions
from thpverify.ir.statements import Assign, Block, Cut, If, Let, expressions_of, walk
from thpverify.ir.system import Command, System, Thread
from thpverify.lint.events import Event, Lock, is_lock
from thpverify.lint.paths import Walker


@attrs.frozen(eq=False)
class StepPath:
    """A way through `command` to `cut`, with the locks that the thread holds `before` and `after`.

    `reasons` are those that the model gives on this way for its being one step.
    """

    thread: Thread
    command: Command
    cut: Cut
    events: tuple[Event, ...]
    before: frozenset[Lock]
    after: frozenset[Lock]
    reasons: tuple[str, ...]


@attrs.frozen
class Standing:
    """The thread stands at point `pc` and holds the locks `held`; `values` are those of the locals that matter."""

    pc: int
    values: tuple[tuple[Variable, int], ...]
    held: frozenset[Lock]


@attrs.frozen(eq=False)
class ThreadPaths:
    """All that a thread can do whatever the others do; `stuck` are where it waits for ever, for a lock of its own."""

    thread: Thread
    paths: tuple[StepPath, ...]
    stuck: tuple[tuple[Command, Standing], ...]
    standings: tuple[Standing, ...]


def explore(system: System, thread: Thread) -> ThreadPaths:
    """Follow `thread` through all its points; what it reads from shared state may be anything."""
    commands = [c for c in system.commands if c.thread == thread.number]
    waits = {
        c.pc: frozenset(e.variable for e in subexpressions(c.guard) if isinstance(e, Load) and is_lock(e.variable))
        for c in commands
    }
    walkers = [Walker(c, waits) for c in commands]
    matters = locals_that_matter(commands)
    first = Standing(0, tuple((v, v.initial[0]) for v in sorted(matters, key=lambda v: v.name)), frozenset())
    seen, waiting = {first: True}, [first]
    paths: list[StepPath] = []
    stuck: list[tuple[Command, Standing]] = []
    while waiting:
        standing = waiting.pop()
        for walker in walkers:
            if walker.command.pc != standing.pc:
                continue
            found = walker.paths(dict(standing.values), standing.held)
            if not found and waits[standing.pc] & {variable for variable, _ in standing.held}:
                stuck.append((walker.command, standing))
            for path in found:
                assert path.cut is not None
                events = tuple(path.events)
                paths.append(
                    StepPath(thread, walker.command, path.cut, events, standing.held, path.held, path.reasons)
                )
                values = tuple((v, path.stores.get(v, old)) for v, old in standing.values)
                following = Standing(path.cut.pc, values, path.held)
                if following not in seen:
                    seen[following] = True
                    waiting.append(following)
    return ThreadPaths(thread, tuple(paths), tuple(stuck), tuple(seen))


def locals_that_matter(commands: list[Command]) -> frozenset[Variable]:
    """The locals that say which lock is meant, which record with a lock in it, or whether a lock is taken or dropped.

    Those that these are made from matter as well.
    """
    bodies = [(command, _definitions(command.body)) for command in commands]
    records = _records_with_locks(commands)
    found: set[Variable] = set()
    for command, temps in bodies:
        for place in _places(command):
            deep = max((d for prefix, d in records.items() if place.variable.name.startswith(prefix)), default=0)
            found |= {v for i in place.index[:deep] for v in _locals(i, temps)}
        for statement in walk(command.body):
            if isinstance(statement, If) and _lock_changes(statement.then) != _lock_changes(statement.orelse):
                flags = _locals(statement.condition, temps, indices=False)
                found |= {flag for flag in flags if flag.type.bits <= 1}
    while True:
        more = {
            v
            for command, temps in bodies
            for s in walk(command.body)
            if isinstance(s, Assign) and s.variable in found
            for v in _locals(s.value, temps)
        }
        if more <= found:
            return frozenset(found)
        found |= more


def _places(command: Command) -> Iterator[Load | Assign]:
    """All reads and assignments of a command."""
    for expr in [command.guard, *(e for s in walk(command.body) for e in expressions_of(s))]:
        yield from (e for e in subexpressions(expr) if isinstance(e, Load))
    yield from (s for s in walk(command.body) if isinstance(s, Assign))


def _records_with_locks(commands: list[Command]) -> dict[str, int]:
    """``mm[].`` for a lock ``mm[].ptl``, with the number of indices that select the record."""
    locks = {place.variable.name for c in commands for place in _places(c) if is_lock(place.variable)}
    prefixes = {name[: name.rindex("[]") + 2] for name in locks if "[]" in name}
    return {prefix: prefix.count("[]") for prefix in prefixes}


def _definitions(body: Block) -> dict[int, list[Expr]]:
    temps: dict[int, list[Expr]] = {}
    for statement in walk(body):
        if isinstance(statement, Let):
            temps.setdefault(statement.temp.number, []).append(statement.value)
    return temps


def _lock_changes(block: Block) -> frozenset[frozenset[tuple[Variable, int]]]:
    """What each way through `block` does to lock variables."""
    ways: frozenset[frozenset[tuple[Variable, int]]] = frozenset((frozenset(),))
    for statement in block:
        match statement:
            case Assign(variable=variable, value=value) if is_lock(variable):
                ways = frozenset(way | {(variable, value.lo)} for way in ways)
            case If(then=then, orelse=orelse):
                arms = _lock_changes(then) | _lock_changes(orelse)
                ways = frozenset(way | arm for way in ways for arm in arms)
    return ways


def _locals(expr: Expr, temps: dict[int, list[Expr]], *, indices: bool = True) -> Iterator[Variable]:
    match expr:
        case Load(variable=variable) if variable.role == "local":
            yield variable
        case Temp(number=number):
            for value in temps.get(number, ()):
                yield from _locals(value, temps, indices=indices)
    if indices or not isinstance(expr, Load):
        for child in expr.children:
            yield from _locals(child, temps, indices=indices)
