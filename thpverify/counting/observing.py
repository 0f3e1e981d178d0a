"""What the counters are in a state of a bounded instance."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from thpverify.counting.errors import Uncountable
from thpverify.counting.places import FREE, Place, mark_name, marks
from thpverify.counting.system import CounterSystem
from thpverify.counting.vocabulary import CHOSEN, FINITE, Role, local_name
from thpverify.ir.expressions import Const, Variable
from thpverify.ir.statements import Assign, walk
from thpverify.ir.system import State, System, Thread

Counts = Mapping[str, int]
"""Counters by name; those that are missing are 0."""


@attrs.frozen(eq=False)
class _Task:
    """A thread of the instance: its role, its points by those of the reference, where its locals are, its record."""

    thread: Thread
    role: Role
    points: Mapping[int, int]
    pc: int
    locals: Mapping[str, int]
    record: int | None


@attrs.define(eq=False)
class Observer:
    """Counts what is where in states of `system`, an instance of the model with N = `size` subpages."""

    counters: CounterSystem
    system: System
    size: int
    tasks: tuple[_Task, ...] = attrs.field(init=False)
    names: dict[str, Variable] = attrs.field(init=False)
    tables: list[Callable[[State], object]] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.names = {v.name: v for v in self.system.variables}
        self.tasks = tuple(map(self.task, self.system.threads))

    def task(self, thread: Thread) -> _Task:
        roles = {role.name: role for role in self.counters.reference.vocabulary.roles}
        if thread.function not in roles:
            message = f"an instance runs {thread.function}, which the scenario does not"
            raise Uncountable(message, self.counters.counting.span)
        role = roles[thread.function]
        points: dict[int, int] = {}
        for point in thread.points:
            same = [p.number for p in role.thread.points if p.positions & point.positions]
            if len(same) != 1:
                message = f"{thread.name} has no place like the one at {point.span}"
                raise Uncountable(message, self.counters.counting.span)
            points[point.number] = same[0]
        if thread.done is not None and role.thread.done is not None:
            points[thread.done] = role.thread.done
        variables = [v for v in self.system.variables if v.thread == thread.number and v.role == "local"]
        places = {local_name(thread, v): self.system.offsets[v] for v in variables}
        return _Task(thread, role, points, self.system.offsets[thread.pc], places, self.record(thread))

    def record(self, thread: Thread) -> int | None:
        """The record that the thread is bound to by an argument; None if a local says which."""
        lock = self.names[self.counters.reference.vocabulary.lock.name]
        for command in self.system.commands:
            if command.thread == thread.number:
                for statement in walk(command.body):
                    if isinstance(statement, Assign) and statement.variable is lock:
                        index = statement.index[0]
                        return index.lo if isinstance(index, Const) else None
        return None

    def value(self, state: State, task: _Task, name: str) -> int:
        """A local; one that can have only one value is none of the state's."""
        if name in task.locals:
            return state[task.locals[name]]
        kind = self.counters.reference.naming.local(task.role, name).type
        if kind.hi - (self.counters.reference.vocabulary.size - self.size) == kind.lo:
            return kind.lo
        raise Uncountable(f"{task.thread.name} has no local {name} for N = {self.size}", self.counters.counting.span)

    def counts(self, state: State) -> dict[str, int]:
        """All counters that are not 0.

        Raises:
            Uncountable: a record is locked by nobody, or by two.
        """
        vocabulary, naming = self.counters.reference.vocabulary, self.counters.reference.naming
        found: dict[str, int] = {}

        def add(name: str, value: int) -> None:
            if value:
                found[name] = found.get(name, 0) + value

        for variable in (*vocabulary.flags, *vocabulary.numbers, *vocabulary.sums):
            own = self.names[variable.name]
            at = self.system.offsets[own]
            add(variable.name, sum(state[at : at + own.size]))
        for flag in vocabulary.flags:
            add(naming.scaled(flag.name), self.size * found.get(flag.name, 0))
        held: set[int] = set()
        for task in self.tasks:
            place, sums = self.where(state, task, held)
            if place is None or place in self.counters.reference.idle:
                continue
            self.enter(found, place, sums)
        lock = self.names[vocabulary.lock.name]
        at = self.system.offsets[lock]
        for record in range(lock.shape[0]):
            if bool(state[at + record]) != (record in held):
                raise Uncountable(f"{vocabulary.crowd}[{record}] is locked by nobody that is known to hold the lock")
            if record not in held:
                place = Place(vocabulary.crowd, FREE, record=self.fields(state, record))
                self.enter(found, place, self.contents(state, record))
        return found

    def enter(self, found: dict[str, int], place: Place, sums: Mapping[str, int]) -> None:
        reference = self.counters.reference
        name = reference.naming.count(place)
        if reference.counted(place):
            found[name] = found.get(name, 0) + 1
            scaled = reference.naming.scaled(name)
            found[scaled] = found.get(scaled, 0) + self.size
        for what in reference.naming.sums(place):
            if sums[what]:
                total = reference.naming.total(what, place)
                found[total] = found.get(total, 0) + sums[what]

    def where(self, state: State, task: _Task, held: set[int]) -> tuple[Place | None, dict[str, int]]:
        """A task's place, and what it has of what is summed up."""
        role = task.role
        pc = task.points[state[task.pc]]
        if pc == role.thread.done:
            return None, {}
        finite: list[tuple[str, int]] = []
        sums: dict[str, int] = {}
        for (at, name), kind in role.kinds.items():
            if at == pc and kind == FINITE:
                finite.append((name, self.value(state, task, name)))
            elif at == pc and kind != CHOSEN:
                sums[name] = self.value(state, task, name)
        if pc not in role.holding:
            return Place(role.name, pc, tuple(finite)), sums
        record = task.record
        if record is None:
            assert isinstance(role.record, Variable)
            record = self.value(state, task, local_name(role.thread, role.record))
        if record in held:
            raise Uncountable(f"two tasks hold the lock of {self.counters.reference.vocabulary.crowd}[{record}]")
        held.add(record)
        focus = []
        for name in role.focus.get(pc, ()):
            for array in self.counters.reference.vocabulary.arrays:
                own = self.names[array.name]
                element = record * own.shape[1] + self.value(state, task, name)
                value = state[self.system.offsets[own] + element]
                focus.append((self.counters.reference.vocabulary.field_name(array), name, value))
        place = Place(role.name, pc, tuple(finite), self.fields(state, record), tuple(focus))
        return place, sums | self.contents(state, record)

    def fields(self, state: State, record: int) -> tuple[int, ...]:
        return tuple(
            state[self.system.offsets[self.names[v.name]] + record] for v in self.counters.reference.vocabulary.fields
        )

    def contents(self, state: State, record: int) -> dict[str, int]:
        vocabulary = self.counters.reference.vocabulary
        found = {}
        for array in vocabulary.arrays:
            own = self.names[array.name]
            at = self.system.offsets[own] + record * own.shape[1]
            elements = state[at : at + own.shape[1]]
            for value in marks(array):
                found[mark_name(vocabulary, array, value)] = elements.count(value)
        return found
