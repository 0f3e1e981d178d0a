"""The simulation check: every step of the bounded instances is a move of the counter system, or there is no proof."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

import attrs

from thpverify.compiler import compile_scenario
from thpverify.counting.errors import NotSimulated, Uncountable
from thpverify.counting.goals import Ways, gone
from thpverify.counting.linear import Linear, at_size
from thpverify.counting.moves import Move
from thpverify.counting.observing import Counts, Observer
from thpverify.counting.system import CounterSystem
from thpverify.ir.evaluator import holds, steps
from thpverify.ir.system import State, System
from thpverify.lang.counting import CountingInstance

ELEMENTS = range(-4, 20)
"""Values to try for one element of an array, of which a guard may ask but which no counter bounds."""


Key = frozenset[tuple[str, int]]
"""The counts of a state, to look it up by."""


@attrs.frozen(eq=False)
class Sample:
    """Counters of reachable states, by N: what lemmas are screened against."""

    by_size: Mapping[int, tuple[Counts, ...]]


@attrs.frozen(eq=False)
class Simulated:
    """What was compared: explicit states and steps, different ones when counted, and which moves some step was.

    `used` and `sample` end where a property is violated: they are about what holds until then. `cut` says where
    an instance leaves a range or fails an assertion, behind which nothing was compared.
    """

    instances: int
    sizes: tuple[int, ...]
    states: int
    steps: int
    counted_states: int
    counted_steps: int
    used: frozenset[int]
    sample: Sample
    cut: str | None = None


@attrs.define(eq=False)
class Simulation:
    """A simulation check under way."""

    counters: CounterSystem
    tick: Callable[[int], None]
    goals: Mapping[str, Ways] = attrs.field(factory=dict)
    states: int = 0
    steps: int = 0
    seen: dict[int, dict[Key, bool]] = attrs.field(factory=lambda: defaultdict(dict))
    sound: dict[int, dict[Key, None]] = attrs.field(factory=lambda: defaultdict(dict))
    cut: dict[str, int] = attrs.field(factory=dict)
    compared: dict[object, list[int]] = attrs.field(factory=dict)
    used: set[int] = attrs.field(factory=set)
    by_place: dict[tuple[str, int], list[tuple[int, Move]]] = attrs.field(factory=lambda: defaultdict(list))

    def run(self) -> Simulated:
        """Compare all instances.

        Raises:
            NotSimulated: a step is no move.
            Uncountable: a state cannot be counted.
        """
        for number, move in enumerate(self.counters.moves):
            self.by_place[move.role, move.pc].append((number, move))
        for instance in self.counters.counting.instances:
            self.explore(instance)
        instances = self.counters.counting.instances
        return Simulated(
            len(instances),
            tuple(sorted({self.size(i) for i in instances})),
            self.states,
            self.steps,
            sum(map(len, self.seen.values())),
            len(self.compared),
            frozenset(self.used),
            Sample({n: tuple(map(dict, states)) for n, states in self.sound.items()}),
            next((f"{where}, which fails or leaves a range with N = {n}" for where, n in self.cut.items()), None),
        )

    def size(self, instance: CountingInstance) -> int:
        counting = self.counters.counting
        values = {**counting.scenario.constants, **instance.constants}
        return values.get(counting.size, counting.size.default)

    def explore(self, instance: CountingInstance) -> None:
        """Every state of one instance, and every step; first what can be come to without a violation on the way."""
        counting = self.counters.counting
        constants = {**counting.scenario.constants, **instance.constants}
        scenario = attrs.evolve(counting.scenario, constants=constants, threads=instance.threads)
        system = compile_scenario(scenario)
        observer = Observer(self.counters, system, self.size(instance))
        known: dict[State, Key] = {}
        waiting: list[State] = []
        spoilt: list[State] = []

        def arrive(state: State, sound: bool) -> None:
            known[state] = key = self.observed(observer, state)
            if sound and not self.seen[observer.size][key]:
                self.sound[observer.size][key] = None
                waiting.append(state)
            else:
                spoilt.append(state)

        for initial in system.initial:
            arrive(initial.state, True)
            self.check_initial(observer, initial.state)
        while waiting or spoilt:
            sound = bool(waiting)
            state = (waiting or spoilt).pop()
            self.states += 1
            if not self.states % 500:
                self.tick(self.states)
            for step in steps(system, state):
                if step.failed is not None or step.state is None:
                    self.cut.setdefault(step.failed.span.short if step.failed else system.name, observer.size)
                    continue
                self.steps += 1
                if step.state not in known:
                    arrive(step.state, sound)
                moves = self.compare(observer, system, step.move.command, known[state], known[step.state], step.label)
                if sound and not self.seen[observer.size][known[step.state]]:
                    self.used.update(moves)

    def observed(self, observer: Observer, state: State) -> Key:
        counts = observer.counts(state)
        key = frozenset(counts.items())
        if key not in self.seen[observer.size]:
            self.seen[observer.size][key] = self.judge(observer, state, counts)
        return key

    def judge(self, observer: Observer, state: State, counts: Counts) -> bool:
        """Whether some property is violated. What one says of a state, it must say of the counts."""
        violated = False
        for prop in observer.system.properties:
            ways = self.goals.get(prop.name)
            if ways is None:
                continue
            counted = gone(ways, counts, observer.size)
            if counted == holds(observer.system, prop, state):
                message = f"{prop.span}: with N = {observer.size}, {prop.name} is not what is counted in its place"
                raise NotSimulated(message)
            violated = violated or counted
        return violated

    def check_initial(self, observer: Observer, state: State) -> None:
        wanted = {name: at_size(size, observer.size) for name, size in self.counters.initial.items()}
        if {name: value for name, value in wanted.items() if value} != observer.counts(state):
            raise NotSimulated(f"the initial state with N = {observer.size} is not the counter system's")

    def compare(
        self,
        observer: Observer,
        system: System,
        number: int,
        before: Key,
        after: Key,
        label: str,
    ) -> list[int]:
        """The moves that the step of command `number` from `before` to `after` is."""
        command = system.commands[number]
        task = observer.tasks[command.thread]
        place = task.role.name, task.points[command.pc]
        key = (observer.size, place, before, after)
        if key in self.compared:
            return self.compared[key]
        # Sets of items come from dicts of counts.
        first, second = dict(before), dict(after)
        found = [
            n for n, move in self.by_place[place] if is_move(move, first, second, observer.size)
        ]  # fmt: skip
        if not found:
            change = {name: second.get(name, 0) - first.get(name, 0) for name in {*first, *second}}
            told = ", ".join(f"{name} {value:+d}" for name, value in sorted(change.items()) if value)
            raise NotSimulated(
                f"{command.span}: with N = {observer.size} the step of {task.thread.name} to {label!r} is no move of "
                f"the counter system ({told or 'nothing that is counted changes'})"
            )
        self.compared[key] = found
        return found


def is_move(move: Move, before: Counts, after: Counts, n: int) -> bool:
    """Whether `move` leads from `before` to `after` for some values of its params."""
    if move.fails is not None:
        return False
    return next(solutions(move, before, after, n), None) is not None


def solutions(move: Move, before: Counts, after: Counts, n: int) -> Iterator[dict[str, int]]:
    """Values of the params with which `move` leads from `before` to `after`."""
    for name in {*before, *after}:
        if name not in move.change and before.get(name, 0) != after.get(name, 0):
            return
    known: dict[str, int] = {}
    wanted = [(form, after.get(name, 0) - before.get(name, 0)) for name, form in move.change.items()]
    while True:
        left: list[tuple[Linear, int]] = []
        for form, value in wanted:
            unknown = [p for p in form.terms if p not in known]
            rest = value - form.evaluate(known, n)
            if not unknown:
                if rest:
                    return
            elif len(unknown) == 1:
                factor = at_size(form.terms[unknown[0]], n)
                if not factor or rest % factor:
                    return
                known[unknown[0]] = rest // factor
            else:
                left.append((form, value))
        if len(left) == len(wanted) or not left:
            break
        wanted = left
    values = {**before, **known}
    yield from _completed(move, values, [p for p in move.params if p not in known], n)


def _completed(move: Move, values: dict[str, int], unknown: Sequence[str], n: int) -> Iterator[dict[str, int]]:
    if not unknown:
        if all(atom.holds(values, n) for atom in move.guard):
            yield {p: values[p] for p in move.params}
        return
    name = unknown[0]
    for value in _range(move, name, n):
        yield from _completed(move, {**values, name: value}, unknown[1:], n)


def _range(move: Move, name: str, n: int) -> range:
    lo, hi = None, None
    for atom in move.guard:
        if list(atom.form.terms) == [name] and not atom.equal:
            factor = at_size(atom.form.terms[name], n)
            edge = at_size(atom.form.constant, n)
            if factor == 1:
                lo = max(-edge, -edge if lo is None else lo)
            elif factor == -1:
                hi = min(edge, edge if hi is None else hi)
    if lo is None or hi is None or hi - lo > 1 << 20:
        return ELEMENTS
    return range(lo, hi + 1)


__all__ = ["Simulated", "Simulation", "Uncountable", "is_move", "solutions"]
