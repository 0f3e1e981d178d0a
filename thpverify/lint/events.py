"""What happens on one way through a step: accesses to shared memory, and locks taken and dropped."""

from __future__ import annotations

from copy import copy
from itertools import product

import attrs

from thpverify.ir.expressions import Expr, Load, Temp, Variable, const, load
from thpverify.ir.statements import Assign, Cut, Span
from thpverify.ir.types import BoolType
from thpverify.lint.knowledge import Knowledge, shared_loads, wording

Lock = tuple[Variable, int]
"""A lock variable and the flat number of its element."""

READ, WRITE, ACQUIRE, RELEASE, PEEK = "read", "write", "acquire", "release", "peek"


@attrs.frozen
class Location:
    """A place in shared memory as a step names it; `elements` are the flat numbers of those it may be."""

    variable: Variable
    elements: frozenset[int]
    name: str

    single: int | None = attrs.field(init=False, eq=False)
    """The only element that it can be, if there is only one."""
    key: tuple[Variable, int | str] = attrs.field(init=False, eq=False)
    """Equal for two names of the same place, as far as one can tell."""

    @single.default
    def _single(self) -> int | None:
        return next(iter(self.elements)) if len(self.elements) == 1 else None

    @key.default
    def _key(self) -> tuple[Variable, int | str]:
        return self.variable, self.name if self.single is None else self.single


@attrs.frozen
class Event:
    """A step touches `location` with the locks `held`. `kind` is READ or WRITE; ACQUIRE or RELEASE of a lock; or PEEK:
    it looks whether a lock is held, and neither takes it nor waits for it.

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

    `held` are the locks that the thread has; `passing` those that it has only waited for, so that the step runs as if
    it took and dropped them. `filter` is what the body alone tells about the state before the step, as long as nothing
    is `written`. `stores` are the new values of those of the thread's locals that matter. `reasons` are those that the
    model gives on this way for its being one step.
    """

    known: Knowledge
    filter: Knowledge
    held: frozenset[Lock]
    held_at_start: frozenset[Lock] = attrs.field(init=False)
    passing: frozenset[Lock] = frozenset()
    events: list[Event] = attrs.field(factory=list)
    stores: dict[Variable, int] = attrs.field(factory=dict)
    written: bool = False
    reasons: tuple[str, ...] = ()
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
