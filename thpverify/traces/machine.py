"""CPython's own reading of a scenario: its generators, run step by step on a state of its records.

Of the compiled system it uses only the names of things: which suspensions are one point, and which locals live there.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from traceback import extract_tb
from typing import Any

import attrs

from thpverify.ir.expressions import Variable
from thpverify.ir.system import LocalHome, Point, Position, State, System
from thpverify.ir.types import BoolType, EnumType, RefType, Type
from thpverify.lang.constants import ConstantExpression
from thpverify.lang.context import Activation, ThreadView, activate
from thpverify.lang.errors import Violation
from thpverify.lang.properties import Property
from thpverify.lang.records import ArrayValue
from thpverify.lang.scenarios import Scenario
from thpverify.lang.types import Leaf, leaves
from thpverify.traces.choices import AnyValue, Chooser, NoChoice, NotAmongCandidates, NothingToChoose
from thpverify.traces.errors import ModelCrashed
from thpverify.traces.places import ModelThread, frames, position


@attrs.frozen
class Failure:
    """A violation in CPython: `kind` is the built-in property's name."""

    kind: str
    message: str


@attrs.frozen
class Ran:
    """What a step did. `waited` says that it came back to the same place without writing: it was no step at all."""

    failure: Failure | None
    waited: bool


@attrs.frozen(eq=False)
class Reading:
    """A scenario and its compiled system, with what every run of it needs."""

    scenario: Scenario
    system: System
    leaves: dict[str, Leaf] = attrs.field(init=False, repr=False)
    points: tuple[dict[Position, Point], ...] = attrs.field(init=False, repr=False)

    @leaves.default
    def _find_leaves(self) -> dict[str, Leaf]:
        with activate(self.scenario.activation()):
            return {leaf.name: leaf for leaf in leaves(self.scenario.state)}

    @points.default
    def _index_points(self) -> tuple[dict[Position, Point], ...]:
        return tuple({where: p for p in thread.points for where in p.positions} for thread in self.system.threads)


class Machine:
    """One run of a scenario's generators. Once a step has failed or could not choose, the machine is spent.

    `failure` is set when the set-up of the initial state violates something.
    """

    def __init__(self, reading: Reading, chooser: Chooser) -> None:
        """Set up an initial state, `chooser` answering the scenario's `initial` function.

        Raises:
            NothingToChoose: these choices lead to no initial state.
        """
        self._reading = reading
        self._chooser: Chooser = NoChoice()
        self._activation: Activation = reading.scenario.activation()
        self._activation.choose = lambda candidates: self._chooser.choose(candidates, self.encode)
        self._activation.find_thread = self._find_thread
        with activate(self._activation):
            self.state = reading.scenario.state.cls()
            self._threads: list[ModelThread] = [
                instance.thread.function(self.state, **{name: _argument(value) for name, value in instance.arguments})
                for instance in reading.scenario.threads
            ]
        self._slots = dict(_slots(self.state, ()))
        self._points = [self._locate(number) for number in range(len(self._threads))]
        self._locals = [self._live_locals(number, point) for number, point in enumerate(self._points)]
        self.failure = self._run("the initial state", chooser, self._set_up)

    def finished(self, number: int) -> bool:
        """Whether thread `number` has returned, or has nothing left to do but return."""
        return self._points[number].number == self._reading.system.threads[number].done

    def point(self, number: int) -> Point:
        """Where thread `number` stands."""
        return self._points[number]

    def step(self, number: int, chooser: Chooser) -> Ran:
        """Resume thread `number`, which has not returned, to its next yield or its return.

        Raises:
            NothingToChoose: the step is not enabled.
            NotAmongCandidates: `chooser` wants what the model does not offer.
            ModelCrashed: the model raised something that is no violation, or stands where no point is.
        """
        name = self._reading.system.threads[number].name
        self._activation.wrote = False
        failure = self._run(f"thread {name}", chooser, lambda: next(self._threads[number], None))
        if failure is not None:
            return Ran(failure, waited=False)
        point = self._locate(number)
        values = self._live_locals(number, point)
        if not self._activation.wrote and (point, values) == (self._points[number], self._locals[number]):
            return Ran(None, waited=True)
        failure = _out_of_range(point, values) or self._run(f"a hook after {name}", NoChoice(), self._after_step)
        self._points[number], self._locals[number] = point, values
        return Ran(failure, waited=False)

    def judge(self, prop: Property) -> bool | Failure:
        """The value of a property in the current state, or why it has none."""
        values: list[bool] = []
        failure = self._run(f"property {prop.name}", NoChoice(), lambda: values.append(bool(prop.function(self.state))))
        return failure or values[0]

    def snapshot(self) -> State:
        """The state as the IR writes it."""
        known: dict[Variable, int] = {}
        for thread, point, values in zip(self._reading.system.threads, self._points, self._locals, strict=True):
            known[thread.pc] = point.number
            known.update(zip((home.variable for home in point.homes), values, strict=True))
        elements: list[int] = []
        for variable in self._reading.system.variables:
            if variable.role == "shared":
                elements.extend(self._reading.leaves[variable.name].values(self.state))
            else:
                elements.append(known.get(variable, variable.type.reset))
        return tuple(elements)

    def encode(self, value: Any) -> tuple[int, ...]:
        """The numbers that stand for a Python value: one, more for a tuple, the indices of a record or array."""
        if isinstance(value, tuple):
            return tuple(number for part in value for number in self.encode(part))
        if id(value) in self._slots:
            return self._slots[id(value)]
        if isinstance(value, Enum):
            return (list(type(value)).index(value),)
        return (-1 if value is None else operator.index(value),)

    def show(self, value: Any) -> str:
        """A value that `choose` returned, for people; a record or array is its indices."""
        if isinstance(value, tuple):
            return f"({', '.join(map(self.show, value))})"
        if isinstance(value, Enum):
            return value.name
        if value is None or isinstance(value, bool):
            return str(value)
        with activate(self._activation):
            return ".".join(map(str, self.encode(value)))

    def _run(self, what: str, chooser: Chooser, action: Callable[[], object]) -> Failure | None:
        self._chooser = chooser
        try:
            with activate(self._activation):
                action()
        except Violation as violation:
            return Failure(violation.kind, violation.message)
        except AssertionError as error:
            return Failure("assertion", str(error))
        except ZeroDivisionError as error:
            return Failure("division", str(error))
        except (NothingToChoose, NotAmongCandidates, ModelCrashed):
            raise
        except Exception as error:  # a model is foreign code and may raise anything
            last = extract_tb(error.__traceback__)[-1]
            place = f"{last.filename}:{last.lineno}"
            raise ModelCrashed(f"{what} raised {type(error).__name__}: {error} ({place})") from error
        chooser.finish()
        return None

    def _set_up(self) -> None:
        for leaf in self._reading.leaves.values():
            if leaf.name in self._reading.scenario.symbolic:
                leaf.assign(self.state, lambda spec: self._chooser.choose(AnyValue(spec), self.encode))
        if self._reading.scenario.initial is not None:
            self._reading.scenario.initial(self.state)
        self._after_step()

    def _after_step(self) -> None:
        for hook in self._reading.scenario.after_step:
            hook(self.state)

    def _locate(self, number: int) -> Point:
        thread = self._reading.system.threads[number]
        if self._threads[number].gi_frame is None:
            if thread.done is None:
                raise ModelCrashed(f"thread {thread.name} returned, which the compiled model never does")
            return thread.points[thread.done]
        where = position(self._threads[number])
        point = self._reading.points[number].get(where)
        if point is None:
            places = " > ".join(f"{file}:{line}:{column + 1}" for file, line, column in where) or "its start"
            raise ModelCrashed(f"thread {thread.name} stands at {places}, where the compiled model has no point")
        return point

    def _live_locals(self, number: int, point: Point) -> tuple[int, ...]:
        if not point.homes:
            return ()
        scopes = [frame.f_locals for frame in frames(self._threads[number])]
        with activate(self._activation):  # a local may be an expression of constants
            return tuple(self._local(scopes, home) for home in point.homes)

    def _local(self, scopes: Sequence[Mapping[str, Any]], home: LocalHome) -> int:
        if home.frame >= len(scopes) or home.name not in scopes[home.frame]:
            return home.variable.initial[0]
        value = scopes[home.frame][home.name]
        for part in home.path:
            value = value[part] if isinstance(part, int) else self._slots[id(value)][int(part.removeprefix("index:"))]
        (number,) = self.encode(value)
        return number

    def _find_thread(self, function: str, index: int) -> ThreadView | None:
        numbers = [t.number for t in self._reading.system.threads if t.function == function]
        return _View(self, numbers[index]) if 0 <= index < len(numbers) else None

    def local(self, number: int, name: str) -> Any:
        """A local of the thread's own function as Python shows it; what it starts with where no value is live."""
        home = next((h for h in self._points[number].homes if _is_own(h, name)), None)
        if home is not None:
            outermost = next(frames(self._threads[number]))
            if name in outermost.f_locals:
                return outermost.f_locals[name]
        instance = self._reading.scenario.threads[number]
        if name in dict(instance.arguments):
            return _argument(dict(instance.arguments)[name])
        points = self._reading.system.threads[number].points
        known = next((h.variable for point in points for h in point.homes if _is_own(h, name)), None)
        if known is None:
            return 0
        value = known.type.reset if home is None else known.initial[0]
        return _decode(known.type, value, instance.thread.function.__globals__)


@attrs.frozen
class _View:
    machine: Machine
    number: int

    def stands_at(self, labels: Sequence[str]) -> bool:
        return not set(labels).isdisjoint(self.machine.point(self.number).labels)

    def local(self, name: str) -> Any:
        return self.machine.local(self.number, name)


def _out_of_range(point: Point, values: tuple[int, ...]) -> Failure | None:
    for home, value in zip(point.homes, values, strict=True):
        kind = home.variable.type
        if not kind.lo <= value <= kind.hi:
            return Failure("range", f"local {home.name} := {value} leaves {kind}")
    return None


def _argument(value: Any) -> Any:
    return operator.index(value) if isinstance(value, ConstantExpression) else value


def _slots(value: Any, indices: tuple[int, ...]) -> Iterator[tuple[int, tuple[int, ...]]]:
    if isinstance(value, ArrayValue):
        yield id(value), indices
        for index, element in enumerate(value):
            yield from _slots(element, (*indices, index))
    elif hasattr(type(value), "__thp_record__"):
        yield id(value), indices
        for name, _, _ in type(value).__thp_record__.fields:
            yield from _slots(getattr(value, name), indices)


def _is_own(home: LocalHome, name: str) -> bool:
    return (home.frame, home.name, home.path) == (0, name, ())


def _decode(kind: Type, value: int, names: Mapping[str, Any]) -> Any:
    match kind:
        case BoolType():
            return bool(value)
        case RefType():
            return None if value < 0 else value
        case EnumType(name=name, members=members):
            cls = names.get(name)
            if isinstance(cls, type) and issubclass(cls, Enum) and tuple(m.name for m in cls) == members:
                return list(cls)[value]
    return value
