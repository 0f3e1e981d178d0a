"""Every way through a step."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from thpverify.ir.expressions import Expr, Load, Temp, Variable, subexpressions
from thpverify.ir.statements import Assign, Atomic, Block, Check, Cut, If, Let, Span, Statement, expressions_of, walk
from thpverify.ir.system import Command
from thpverify.lint.events import ACQUIRE, PEEK, READ, RELEASE, WRITE, Event, Location, Lock, Path, is_lock
from thpverify.lint.knowledge import Knowledge, Subject, choices, footprint, shared_loads

_MOST_PATHS = 64

Fork = tuple[Path, bool, list[tuple[Location, bool]]]
"""A path behind a condition, what the condition is there, and what that says of which locks: whether they are taken."""


@attrs.define
class Walker:
    """Goes through one command. `waits` has the lock variables that each point of the thread waits for."""

    command: Command
    waits: Mapping[int, frozenset[Variable]]
    counted: frozenset[int] = attrs.field(init=False)
    used: frozenset[Subject] = attrs.field(init=False)
    done: dict[tuple[tuple[int, ...], frozenset[Lock]], list[Path]] = attrs.field(factory=dict)

    @counted.default
    def _count(self) -> frozenset[int]:
        return _counted_temps(self.command.body)

    @used.default
    def _use(self) -> frozenset[Subject]:
        expressions = [e for s in walk(self.command.body) for e in expressions_of(s)]
        return frozenset().union(*map(footprint, [self.command.guard, *expressions]))

    def paths(self, values: Mapping[Variable, int], held: frozenset[Lock]) -> list[Path]:
        """Every path of the command when the thread's `values` are these and it holds these locks.

        There is none if the step would wait for a lock that the thread itself holds.
        """
        key = tuple(value for variable, value in values.items() if variable in self.used), held
        if key not in self.done:
            self.done[key] = self._paths(values, held)
        return self.done[key]

    def _paths(self, values: Mapping[Variable, int], held: frozenset[Lock]) -> list[Path]:
        start = Path(Knowledge(dict(values)), Knowledge(dict(values)), held)
        for lock in held:
            start.know(lock, True)
        guard = start.known.simplify(self.command.guard)
        if guard.is_constant and not guard.lo:
            return []
        start.known.learn(guard, True)
        done = [path for path in self._run(self.command.body, [start]) if path.cut is not None]
        for path in done:
            self._add_guard(path)
        return done

    def _add_guard(self, path: Path) -> None:
        """Put what the step reads to find out whether it can run before the rest, except what only a Check reads."""
        if self.command.guard.is_constant:
            return
        checked = {
            path.locate(place).key
            for statement in walk(self.command.body)
            if isinstance(statement, Check)
            for place in shared_loads(path.known.unfold(statement.condition))
        }
        reader = Path(path.filter, path.filter, frozenset())
        for place in shared_loads(path.filter.simplify(self.command.guard)):
            location = reader.locate(place)
            if not is_lock(place.variable) and location.key not in checked:
                reader.add(READ, location, self.command.span)
        held = path.held_at_start
        path.events[:0] = [attrs.evolve(event, held=held) for event in reader.events]
        for expr, truth in path.filter.copy().learn(self.command.guard, True):
            if isinstance(expr, Load) and is_lock(expr.variable) and not truth:
                location = reader.locate(expr)
                if location.single is not None:
                    path.events = _waited_first(path.events, location, location.single, self.command.span)

    def _run(self, block: Block, paths: list[Path]) -> list[Path]:
        ended: list[Path] = []
        for statement in block:
            following = [after for path in self._forked(statement, paths) for after in self._statement(statement, path)]
            ended.extend(path for path in following if path.cut is not None)
            paths = _merged([path for path in following if path.cut is None])
        return ended + paths

    def _forked(self, statement: Statement, paths: list[Path]) -> list[Path]:
        """Where a conditional expression chooses what to read, each choice is a path of its own."""
        if not isinstance(statement, Let | Assign):
            return paths
        for expr in expressions_of(statement):
            for choice in choices(expr):
                forked = [fork for path in paths for fork in self._fork(path, choice.condition, statement.span)]
                for arm, _, looks in forked:
                    for location, _taken in looks:
                        arm.add(PEEK, location, statement.span)
                paths = [arm for arm, _, _ in forked]
        return paths

    def _fork(self, path: Path, condition: Expr, span: Span) -> list[Fork]:
        """`path` where `condition` is true and where it is false, as far as either is possible."""
        simple = path.known.simplify(condition)
        if simple.is_constant:
            return [(path, bool(simple.lo), [])]
        path.read(simple, span)
        arms = []
        for truth in (True, False):
            arm = path.copy()
            learnt = arm.known.learn(simple, truth)
            if not arm.written:
                arm.filter.learn(simple, truth)
            looks = [
                (arm.locate(expr), taken) for expr, taken in learnt if isinstance(expr, Load) and is_lock(expr.variable)
            ]
            arms.append((arm, truth, looks))
        return arms

    def _statement(self, statement: Statement, path: Path) -> list[Path]:
        match statement:
            case Let(temp=temp, value=value):
                simple = path.known.simplify(value)
                if temp.number in self.counted:
                    path.read(simple, statement.span)
                path.define(temp, simple)
            case Assign():
                return _assign(statement, path)
            case If():
                return self._if(statement, path)
            case Atomic(reason=reason) if reason not in path.reasons:
                path.reasons = (*path.reasons, reason)
            case Cut():
                path.cut = statement
        return [path]

    def _if(self, statement: If, path: Path) -> list[Path]:
        found: list[Path] = []
        for arm, truth, looks in self._fork(path, statement.condition, statement.span):
            here, other = (statement.then, statement.orelse) if truth else (statement.orelse, statement.then)
            for location, taken in looks:
                if not taken and self._is_wait(other, location.variable):
                    arm.wait(location, statement.span)
                elif not (taken and self._is_wait(here, location.variable)):
                    arm.add(PEEK, location, statement.span)
            found.extend(self._run(here, [arm]))
        return found

    def _is_wait(self, block: Block, lock: Variable) -> bool:
        """Whether `block` does nothing but to end the step where the thread waits for `lock`."""
        end = block[-1] if block else None
        if not isinstance(end, Cut) or lock not in self.waits.get(end.pc, ()):
            return False
        return not any(isinstance(s, Assign) and s.variable.role == "shared" for s in walk(block))


def _assign(statement: Assign, path: Path) -> list[Path]:
    variable, span = statement.variable, statement.span
    value = path.known.simplify(statement.value)
    for expr in (*statement.index, value):
        path.read(path.known.simplify(expr), span)
    if variable.role != "shared":
        return _stored(path, variable, value) if variable in path.known.locals else [path]
    location = path.locate(statement)
    path.written = True
    path.forget(variable)
    if is_lock(variable) and value.is_constant and location.single is not None:
        (path.acquire if value.lo else path.release)(location, (variable, location.single), span)
    else:
        path.add(WRITE, location, span)
    return [path]


def _stored(path: Path, variable: Variable, value: Expr) -> list[Path]:
    """A local that matters gets a value: one path for each that is possible."""
    values = path.known.possible(value)
    found: list[Path] = []
    for each in sorted(values) if values is not None else range(variable.type.lo, variable.type.hi + 1):
        arm = path.copy()
        arm.stores[variable] = each
        found.append(arm)
    return found


def _waited_first(events: list[Event], location: Location, element: int, span: Span) -> list[Event]:
    """The events of a step that starts only when a lock is free: as if it were taken first, wherever it is taken."""
    first = Event(ACQUIRE, location, frozenset(), span)
    events = [e for e in events if not (e.kind == PEEK and e.location.key == location.key)]
    taken = next((n for n, e in enumerate(events) if e.kind == ACQUIRE and e.location.key == location.key), None)
    until = len(events) if taken is None else taken
    under = [attrs.evolve(e, held=e.held | {(location.variable, element)}) for e in events[:until]]
    return [first, *under, *events[until if taken is None else until + 1 :]]


def _merged(paths: list[Path]) -> list[Path]:
    """`paths`; if they are too many, those that end alike as one, which touches what any of them does."""
    if len(paths) <= _MOST_PATHS:
        return paths
    merged: dict[object, Path] = {}
    for path in paths:
        order = tuple((e.kind, e.location.key) for e in path.events if e.kind in (ACQUIRE, RELEASE))
        key = (path.held, path.passing, path.reasons, tuple(path.stores.items()), order)
        if key not in merged:
            merged[key] = path
            continue
        one = merged[key]
        one.events.extend(e for e in path.events if e not in one.events)
        one.known, one.filter = one.known.common(path.known), one.filter.common(path.filter)
        one.written |= path.written
    return list(merged.values())


def _counted_temps(body: Block) -> frozenset[int]:
    """The temps that decide anything but Checks: what is read for an assertion is no part of the step."""
    uses: dict[int, set[int]] = {}
    found: set[int] = set()
    for statement in walk(body):
        temps = {e.number for expr in expressions_of(statement) for e in subexpressions(expr) if isinstance(e, Temp)}
        if isinstance(statement, Let):
            uses.setdefault(statement.temp.number, set()).update(temps)
        elif not isinstance(statement, Check):
            found |= temps
    waiting = list(found)
    while waiting:
        for number in uses.get(waiting.pop(), ()):
            if number not in found:
                found.add(number)
                waiting.append(number)
    return frozenset(found)
