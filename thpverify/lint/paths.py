"""Every way through a step: what it touches, in order, and which locks it takes and drops."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from itertools import product

import attrs

from thpverify.ir.expressions import Expr, Ite, Load, Temp, Variable, const, load, subexpressions
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Span, Statement, expressions_of, walk
from thpverify.ir.system import Command
from thpverify.ir.types import BoolType
from thpverify.lint.knowledge import Knowledge, Subject, footprint, shared_loads, wording

Lock = tuple[Variable, int]
"""A lock variable and the flat number of its element."""

READ, WRITE, ACQUIRE, RELEASE, PEEK = "read", "write", "acquire", "release", "peek"

_MOST_PATHS = 64


@attrs.frozen
class Location:
    """A place in shared memory as a step names it; `elements` are the flat numbers of those it may be."""

    variable: Variable
    elements: frozenset[int]
    name: str

    @property
    def single(self) -> int | None:
        """The only element that it can be, if there is only one."""
        return next(iter(self.elements)) if len(self.elements) == 1 else None

    @property
    def key(self) -> tuple[Variable, int | str]:
        """Equal for two names of the same place, as far as one can tell."""
        return self.variable, self.name if self.single is None else self.single


@attrs.frozen
class Event:
    """A step touches `location` with the locks `held`. `kind` is READ or WRITE; ACQUIRE or RELEASE of a lock; or PEEK: it
    looks whether a lock is held, and neither takes it nor waits for it.

    `proper` is False when a lock is taken that was not seen to be free, or dropped that is not held.
    """

    kind: str
    location: Location
    held: frozenset[Lock]
    span: Span
    proper: bool = True


@attrs.define
class Path:
    """A way through a step, so far or to its end (`cut`).

    `held` are the locks that the thread has; `passing` those that it has only waited for, so that the step runs as if it took
    and dropped them. `filter` is what the body alone tells about the state before the step, as long as nothing is `written`.
    `stores` are the new values of those of the thread's locals that matter.
    """

    known: Knowledge
    filter: Knowledge
    held: frozenset[Lock]
    held_at_start: frozenset[Lock] = attrs.field(init=False)
    passing: frozenset[Lock] = frozenset()
    events: list[Event] = attrs.field(factory=list)
    stores: dict[Variable, int] = attrs.field(factory=dict)
    written: bool = False
    cut: Cut | None = None

    @held_at_start.default
    def _start(self) -> frozenset[Lock]:
        return self.held

    def copy(self) -> Path:
        """An independent copy."""
        twin = copy(self)
        twin.known, twin.filter = self.known.copy(), self.filter.copy()
        twin.events, twin.stores = list(self.events), dict(self.stores)
        return twin

    def add(self, kind: str, location: Location, span: Span, *, proper: bool = True) -> None:
        """Something happens; the same access a second time says nothing new."""
        event = Event(kind, location, self.held | self.passing, span, proper)
        same = (e.kind == kind and e.location.key == location.key and e.held == event.held for e in self.events)
        if kind in (ACQUIRE, RELEASE) or not any(same):
            self.events.append(event)

    def read(self, expr: Expr, span: Span) -> None:
        """`expr` is evaluated. What it says about locks is told by whoever knows why it asks."""
        for place in shared_loads(expr):
            if not is_lock(place.variable):
                self.add(READ, self.locate(place), span)

    def locate(self, place: Load | Assign) -> Location:
        """The location that is read or assigned."""
        index = tuple(self.known.simplify(i) for i in place.index)
        flats = [0]
        for position, dimension in zip(index, place.variable.shape, strict=True):
            values = self.known.possible(position)
            inside = range(dimension) if values is None else [v for v in sorted(values) if 0 <= v < dimension]
            flats = [flat * dimension + value for flat, value in product(flats, inside)]
        if len(flats) == 1:
            return Location(place.variable, frozenset(flats), place.variable.element_name(flats[0]))
        return Location(place.variable, frozenset(flats), wording(place.variable, tuple(map(self.known.unfold, index))))

    def know(self, lock: Lock, taken: bool) -> None:
        """`lock` is taken, or it is free."""
        variable, flat = lock
        self.known.note(load(variable, _position(variable, flat)), int(taken))

    def define(self, temp: Temp, value: Expr) -> None:
        """`temp` gets a value."""
        self.known.define(temp, value)
        self.filter.define(temp, value)

    def forget(self, variable: Variable) -> None:
        """`variable` is assigned."""
        self.known.forget(variable)
        for lock in self.held:
            self.know(lock, True)

    def wait(self, location: Location, span: Span) -> None:
        """The step goes on only because a lock is free."""
        if location.single is not None:
            self.add(ACQUIRE, location, span)
            self.passing |= {(location.variable, location.single)}

    def acquire(self, location: Location, lock: Lock, span: Span) -> None:
        """A lock is taken."""
        if lock not in self.passing:
            looked = any(e.kind == PEEK and e.location.key == location.key for e in self.events)
            self.events = [e for e in self.events if e.kind != PEEK or e.location.key != location.key]
            self.add(ACQUIRE, location, span, proper=looked)
        self.passing -= {lock}
        self.held |= {lock}
        self.know(lock, True)

    def release(self, location: Location, lock: Lock, span: Span) -> None:
        """A lock is dropped."""
        self.add(RELEASE, location, span, proper=lock in self.held)
        self.held -= {lock}
        self.know(lock, False)


def _position(variable: Variable, flat: int) -> tuple[Expr, ...]:
    index: list[Expr] = []
    for dimension in reversed(variable.shape):
        index.insert(0, const(flat % dimension))
        flat //= dimension
    return tuple(index)


def is_lock(variable: Variable) -> bool:
    """Whether the model declares `variable` as a Lock."""
    return isinstance(variable.type, BoolType) and variable.type.lock


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
        """Put what the step reads to find out whether it can run before the rest; what a Check reads is not part of it."""
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
                    path.events = _waited_first(path.events, location, (expr.variable, location.single), self.command.span)

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
            for choice in subexpressions(expr):
                if isinstance(choice, Ite) and any(shared_loads(choice.then)) | any(shared_loads(choice.orelse)):
                    forked = [fork for path in paths for fork in self._fork(path, choice.condition, statement.span)]
                    for arm, _, looks in forked:
                        for location, _taken in looks:
                            arm.add(PEEK, location, statement.span)
                    paths = [arm for arm, _, _ in forked]
        return paths

    def _fork(self, path: Path, condition: Expr, span: Span) -> list[tuple[Path, bool, list[tuple[Location, bool]]]]:
        """`path` where `condition` is true and where it is false, as far as either is possible, with what is then known of
        locks: which, and whether it is taken."""
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


def _waited_first(events: list[Event], location: Location, lock: Lock, span: Span) -> list[Event]:
    """The events of a step that starts only when `lock` is free: as if it were taken first, whenever that is written."""
    first = Event(ACQUIRE, location, frozenset(), span)
    events = [e for e in events if not (e.kind == PEEK and e.location.key == location.key)]
    taken = next((n for n, e in enumerate(events) if e.kind == ACQUIRE and e.location.key == location.key), None)
    until = len(events) if taken is None else taken
    under = [attrs.evolve(e, held=e.held | {lock}) for e in events[:until]]
    return [first, *under, *events[until if taken is None else until + 1 :]]


def _merged(paths: list[Path]) -> list[Path]:
    """`paths`; if they are too many, those that end alike as one, which touches what any of them does."""
    if len(paths) <= _MOST_PATHS:
        return paths
    merged: dict[object, Path] = {}
    for path in paths:
        order = tuple((e.kind, e.location.key) for e in path.events if e.kind in (ACQUIRE, RELEASE))
        key = (path.held, path.passing, tuple(path.stores.items()), order)
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
