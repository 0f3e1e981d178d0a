"""From the IR of one instance to its counter system at one N: every way through every step, as guard and difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from thpverify.counting.errors import Uncountable
from thpverify.counting.linear import Atom, Linear
from thpverify.counting.oracle import Oracle, ways
from thpverify.counting.places import FREE, Naming, Place, mark_name, marks
from thpverify.counting.vocabulary import FINITE, PROGRESS, Role, Vocabulary
from thpverify.counting.walking import Slot, Value, Walk
from thpverify.ir.expressions import Variable
from thpverify.ir.statements import Span
from thpverify.ir.system import Command


@attrs.frozen
class Move:
    """A step of one task of one kind. `guard` speaks of counters and of `params`, which may be anything that it allows;
    `change` has, by counter, what is added, of params and numbers only. `fails` is what the model asserts to be wrong.

    `key` is the same for every N; `role`, `pc` and `label` say which step of the model it stands for.
    """

    key: tuple[Any, ...]
    role: str
    pc: int
    label: str
    span: Span
    guard: tuple[Atom, ...]
    change: Mapping[str, Linear]
    params: tuple[str, ...]
    fails: str | None = None

    @property
    def name(self) -> str:
        """What it is called in messages."""
        return f"{self.role}: {self.label} ({self.span.short})"


@attrs.define(eq=False)
class Derivation:
    """The places and moves that can be come to, found together: what a step finds depends on what other tasks hold."""

    vocabulary: Vocabulary
    naming: Naming = attrs.field(init=False)
    places: dict[Place, None] = attrs.field(factory=dict)
    idle: tuple[Place, ...] = attrs.field(init=False)
    moves: list[Move] = attrs.field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.naming = Naming(self.vocabulary)
        start = tuple(v.initial[0] for v in self.vocabulary.fields)
        empty = Place(self.vocabulary.crowd, FREE, record=start)
        self.idle = (empty, *(self.started(role) for role in self.vocabulary.roles))
        self.places = dict.fromkeys(self.idle)

    def started(self, role: Role) -> Place:
        """Where a task of `role` is before it has done anything."""
        point = role.thread.points[0]
        finite = [name for (pc, name), kind in role.kinds.items() if pc == 0 and kind == FINITE]
        if finite:
            raise Uncountable(f"{role.name} has locals before its first step", point.span)
        return Place(role.name, 0)

    def run(self) -> None:
        """Find all places and moves."""
        while True:
            before = len(self.places)
            self.moves = [move for place in list(self.places) if place.pc != FREE for move in self.leaving(place)]
            if len(self.places) == before:
                return

    def leaving(self, place: Place) -> Iterator[Move]:
        """The moves of a task at `place`."""
        role = self.naming.role(place)
        if place.pc == role.thread.done:
            return
        for command in role.commands:
            if command.pc == place.pc:
                yield from (m for m in ways(lambda oracle, c=command: self.move(role, place, c, oracle)))  # type: ignore[misc]

    def move(self, role: Role, place: Place, command: Command, oracle: Oracle) -> Move:
        """The move that `oracle` answers to."""
        free = [p.record for p in self.places if p.pc == FREE and p.record is not None]
        records = dict.fromkeys([*free, *(p.record for p in self.places if p.record is not None)])
        walk = Walk(
            self.vocabulary, self.naming, role, place, command, oracle, tuple(sorted(records)), frozenset(free)
        )
        walk.begin()
        if not walk.truth(command.guard):
            oracle.pick("the guard holds", ())
        walk.run(command.body)
        return _Ending(self, walk).move()

    def counted(self, place: Place) -> bool:
        """Whether there is a counter for those at `place`: of the idle there are as many as one likes."""
        return place not in self.idle


@attrs.define(eq=False)
class _Ending:
    """A walk that is over, put into numbers."""

    derivation: Derivation
    walk: Walk
    guard: list[Atom] = attrs.field(factory=list)
    change: dict[str, Linear] = attrs.field(factory=dict)

    @property
    def naming(self) -> Naming:
        return self.derivation.naming

    def move(self) -> Move:
        walk, place = self.walk, self.walk.place
        had = {name: walk.unknown(f"its {name}", 0, most) for name, most in self.sums(place, FREE).items()}
        self.leave(place, had)
        after: Place | None = None
        if walk.failed is None:
            after = self.arrive()
            self.shared()
        self.others()
        label = self.label(after)
        self.guard = [*(self.rewritten(a) for a in walk.atoms), *self.guard]
        self.pin()
        params = tuple(sorted(name for name in self.mentioned() if name in walk.bounds))
        for name in params:
            lo, hi = walk.bounds[name]
            self.guard += [Atom(Linear.of(name) - lo), Atom(Linear.of(name) * -1 + hi)]
        answers = tuple(str(answer) for _, answer in walk.oracle.trail)
        return Move(
            (place.role, place.pc, self.naming.count(place), walk.command.number, answers),
            place.role,
            place.pc,
            label,
            walk.command.span,
            tuple({str(a): a for a in map(_normal, self.guard)}.values()),
            {name: form for name, form in self.change.items() if form.terms or form.constant != (0, 0)},
            params,
            None if walk.failed is None else walk.failed.message,
        )

    def label(self, after: Place | None) -> str:
        """The label of the yield where the step ends."""
        walk = self.walk
        if walk.target is None or after is None:
            return "a failed assertion"
        point = walk.role.thread.points[walk.target] if walk.target < len(walk.role.thread.points) else None
        if point is None or not point.labels:
            return "return"
        if walk.target != walk.place.pc or len(point.labels) == 1:
            return " / ".join(point.labels)
        return point.labels[0]

    def sums(self, place: Place, _: int) -> dict[str, int]:
        return self.naming.sums(place)

    def add(self, name: str, form: Linear | int) -> None:
        self.change[name] = self.change.get(name, Linear()) + form

    def leave(self, place: Place, had: Mapping[str, Value]) -> None:
        """One less at `place`, with what it had."""
        sums = self.naming.sums(place)
        if self.derivation.counted(place):
            self.guard.append(Atom(Linear.of(self.naming.count(place)) - 1))
            self.enter(place, -1)
        for name, most in sums.items():
            value = _linear(had[name])
            total = self.naming.total(name, place)
            self.add(total, value * -1)
            self.guard.append(Atom(Linear.of(total) - value))
            if self.derivation.counted(place):
                # The others have no more than all they can have.
                others = self.times(self.naming.count(place), most) - most
                self.guard.append(Atom(others - Linear.of(total) + value))

    def times(self, name: str, most: int) -> Linear:
        """`most` times the counter `name`, where `most` may depend on N: it is N or N - 1, or else a small number."""
        size = self.derivation.vocabulary.size
        if most in (size, size - 1):
            return Linear.of(self.naming.scaled(name)) - Linear.of(name, size - most)
        return Linear.of(name, most)

    def enter(self, place: Place, number: int) -> None:
        """So many more at `place`."""
        name = self.naming.count(place)
        self.add(name, number)
        self.add(self.naming.scaled(name), number * self.derivation.vocabulary.size)

    def join(self, place: Place, has: Mapping[str, Value]) -> None:
        """One more at `place`, with what it has."""
        self.derivation.places.setdefault(place)
        if self.derivation.counted(place):
            self.enter(place, 1)
        for name in self.naming.sums(place):
            self.add(self.naming.total(name, place), _linear(has[name]))

    def arrive(self) -> Place:
        """The task's place after the step; a record that it lets go of becomes free."""
        walk, vocabulary = self.walk, self.derivation.vocabulary
        assert walk.target is not None
        pc = walk.target
        own = next((s for s in walk.slots.values() if (s.where == "own" and not s.released) or s.taken), None)
        has: dict[str, Value] = {}
        focus: list[tuple[str, str, int]] = []
        if own is not None:
            if own.taken:
                self.leave_free(own)
            for name in walk.role.focus.get(pc, ()):
                for array in vocabulary.arrays:
                    focus.append((vocabulary.field_name(array), name, walk.known(own, array, walk.locals[name])))
            has |= self.contents(own)
        finite: list[tuple[str, int]] = []
        for (at, name), kind in walk.role.kinds.items():
            if at == pc and kind == FINITE:
                finite.append((name, walk.definite(walk.locals[name], name)))
            elif at == pc and kind == PROGRESS:
                has[name] = walk.locals[name]
        record = None if own is None else tuple(own.fields)
        place = Place(walk.role.name, pc, tuple(finite), record, tuple(focus))
        if (pc in walk.role.holding) != (own is not None):
            raise Uncountable(f"{walk.role.name} does not hold the lock that it seems to hold", walk.command.span)
        if pc != walk.role.thread.done:
            self.join(place, has)
        return place

    def leave_free(self, slot: Slot) -> None:
        place = Place(self.derivation.vocabulary.crowd, FREE, record=slot.before)
        self.leave(place, {name: self.contents_before(slot)[name] for name in self.naming.sums(place)})

    def contents_before(self, slot: Slot) -> dict[str, Value]:
        walk, vocabulary = self.walk, self.derivation.vocabulary
        return {
            mark_name(vocabulary, array, value): walk.marked(slot, array, value)
            for array in vocabulary.arrays
            for value in marks(array)
        }

    def contents(self, slot: Slot) -> dict[str, Value]:
        """What a record's arrays sum up to after the step; and what that takes for granted of before."""
        walk, vocabulary = self.walk, self.derivation.vocabulary
        found: dict[str, Value] = {}
        for array in vocabulary.arrays:
            size = array.shape[1]
            known = {text: pair for (variable, text), pair in slot.known.items() if variable is array}
            blind = [text for text, (before, _) in known.items() if before is None]
            news = {known[text][1] for text in blind}
            if len(blind) == size and len(news) == 1:
                for value in marks(array):
                    found[mark_name(vocabulary, array, value)] = size if news == {value} else 0
                continue
            if blind:
                message = f"some elements of {array.name} are written, not all, without looking"
                raise Uncountable(message, walk.command.span)
            befores = [before for before, _ in known.values()]
            for value in marks(array):
                name = mark_name(vocabulary, array, value)
                had = walk.marked(slot, array, value)
                here = befores.count(value)
                difference = sum((now == value) - (before == value) for before, now in known.values())
                found[name] = walk.operate("+", had, difference)
                if here:
                    walk.assume(Atom(_linear(had) - here))
            lowest = befores.count(array.type.lo)
            if lowest:
                rest = Linear.number(size - lowest)
                for value in marks(array):
                    rest -= _linear(walk.marked(slot, array, value))
                walk.assume(Atom(rest))
        return found

    def others(self) -> None:
        """What the step asks of records that the task does not hold, and what it makes of them."""
        walk, vocabulary = self.walk, self.derivation.vocabulary
        for slot in walk.slots.values():
            if slot.before is None:
                continue
            if slot.where == "own":
                if slot.released and walk.failed is None:
                    self.join(Place(vocabulary.crowd, FREE, record=tuple(slot.fields)), self.contents(slot))
                continue
            if slot.taken:
                continue
            changed = list(slot.before) != slot.fields or any(a != b for a, b in slot.known.values())
            if slot.where == "free" and changed:
                self.leave_free(slot)
                self.join(Place(vocabulary.crowd, FREE, record=tuple(slot.fields)), self.contents(slot))
            else:
                self.seen(slot)

    def seen(self, slot: Slot) -> None:
        """Some record is as the step sees it: free, or with a task."""
        naming, where = self.naming, slot.where
        holders = [
            p for p in self.derivation.places
            if p.record == slot.before and ((p.pc == FREE and where != "held") or (p.pc != FREE and where != "free"))
        ]  # fmt: skip
        if all(self.derivation.counted(p) for p in holders):
            number = Linear()
            for place in holders:
                number += Linear.of(naming.count(place))
            self.guard.append(Atom(number - 1))
        for (array, _), (before, _now) in slot.known.items():
            if before is not None and before in marks(array):
                total = Linear()
                for place in holders:
                    total += Linear.of(naming.total(mark_name(self.derivation.vocabulary, array, before), place))
                self.guard.append(Atom(total - 1))

    def shared(self) -> None:
        """What becomes of the shared fields."""
        walk = self.walk
        for variable, value in walk.flags.items():
            difference = value - walk.flags_before[variable]
            self.add(variable.name, difference)
            self.add(self.naming.scaled(variable.name), difference * self.derivation.vocabulary.size)
        for variable, form in walk.numbers.items():
            self.add(variable.name, walk.whole(form) - Linear.of(variable.name))
        differences: dict[Variable, Linear] = {}
        for (variable, text), form in walk.elements.items():
            before = Linear.of(f"{variable.name.removesuffix('[]')}[{text}]")
            differences[variable] = differences.get(variable, Linear()) + form - before
        for variable, form in differences.items():
            self.add(variable.name, walk.whole(form))

    def rewritten(self, atom: Atom) -> Atom:
        return Atom(self.walk.whole(atom.form), atom.equal)

    def mentioned(self) -> set[str]:
        found = {name for atom in self.guard for name in atom.form.terms}
        return found | {name for form in self.change.values() for name in form.terms}

    def pin(self) -> None:
        """A change that depends on a counter needs the guard to say what that counter is."""
        for name, (lo, hi) in self.walk.bounds.items():
            if lo == hi:
                self.change = {c: form.substitute(name, Linear.number(lo)) for c, form in self.change.items()}
        elements = {f"{variable.name.removesuffix('[]')}[{text}]" for variable, text in self.walk.elements}
        for name, form in list(self.change.items()):
            for other in [o for o in form.terms if o not in self.walk.bounds and o not in elements]:
                value = self.pinned(other)
                if value is None:
                    # Whatever it is: a param that equals it.
                    param = f"what {other} is"
                    self.walk.bounds[param] = (0, 1 << 62)
                    self.guard.append(Atom(Linear.of(param) - Linear.of(other), equal=True))
                    value = Linear.of(param)
                self.change[name] = self.change[name].substitute(other, value)
            for other in [o for o in self.change[name].terms if o in elements]:
                self.walk.bounds.setdefault(other, (-(1 << 62), 1 << 62))

    def pinned(self, name: str) -> Linear | None:
        for atom in self.guard:
            factor = atom.form.terms.get(name)
            if atom.equal and factor in ((1, 0), (-1, 0)) and all(
                o in self.walk.bounds for o in atom.form.terms if o != name
            ):  # fmt: skip
                rest = atom.form - Linear({name: factor})
                return rest * -factor[0]
        return None


def _linear(value: Value) -> Linear:
    return Linear.number(value) if isinstance(value, int) else value


def _normal(atom: Atom) -> Atom:
    """The same atom with its names in order."""
    return Atom(Linear(dict(sorted(atom.form.terms.items())), atom.form.constant), atom.equal)
