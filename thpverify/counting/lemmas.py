"""Lemmas of fixed shapes, kept if no state that is known contradicts them; Houdini drops what is not inductive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import attrs

from thpverify.counting.linear import Atom, Linear, Size, at_size
from thpverify.counting.observing import Counts
from thpverify.counting.system import CounterSystem

CONSTANTS: tuple[Size, ...] = ((0, 0), (1, 0), (2, 0), (0, 1), (-1, 1), (1, 1), (2, 1), (-2, 2))
"""What a number may be where a lemma pins it down: 0, 1, 2, N, N - 1, N + 1, N + 2, 2N - 2."""


@attrs.frozen
class Lemma:
    """One of `clause` is true."""

    clause: tuple[Atom, ...]

    def holds(self, values: Mapping[str, int], n: int) -> bool:
        """Whether it is true for N = `n`."""
        return any(atom.holds(values, n) for atom in self.clause)

    @property
    def names(self) -> frozenset[str]:
        """The counters that it speaks of."""
        return frozenset(name for atom in self.clause for name in atom.form.terms)

    def __str__(self) -> str:
        return " or ".join(map(str, self.clause))


def is_value(name: str, size: Size) -> Atom:
    """The counter is that number."""
    return Atom(Linear({name: (1, 0)}, (-size[0], -size[1])), equal=True)


def is_not_flag(name: str, value: int, bounds: tuple[int, int]) -> tuple[Atom, ...]:
    """The flag has another value."""
    above = () if value == bounds[1] else (Atom(Linear.of(name) - (value + 1)),)
    below = () if value == bounds[0] else (Atom(Linear.of(name) * -1 + (value - 1)),)
    return (*above, *below)


def is_empty(name: str) -> Atom:
    """Nobody is there: the counter, which is not negative, is not above 0."""
    return Atom(Linear.of(name) * -1)


@attrs.frozen(eq=False)
class Evidence:
    """Known states side by side, one bit each, so that a clause is one ``|`` per atom."""

    states: tuple[tuple[int, Counts], ...]
    everything: int
    nonzero: Mapping[str, int]
    sizes: Mapping[int, int]

    @classmethod
    def of(cls, by_size: Mapping[int, Sequence[Counts]]) -> Evidence:
        """The evidence of these states, by N."""
        states = tuple((n, counts) for n, known in sorted(by_size.items()) for counts in known)
        nonzero: dict[str, int] = {}
        sizes: dict[int, int] = {}
        for number, (n, counts) in enumerate(states):
            sizes[n] = sizes.get(n, 0) | 1 << number
            for name in counts:
                nonzero[name] = nonzero.get(name, 0) | 1 << number
        return cls(states, (1 << len(states)) - 1, nonzero, sizes)

    def where(self, name: str, test: Size) -> int:
        """The states in which counter `name` is that number."""
        present = self.nonzero.get(name, 0)
        found = 0
        for n, states in self.sizes.items():
            value = at_size(test, n)
            if value == 0:
                found |= states & ~present
        for number in _bits(present):
            n, counts = self.states[number]
            if counts[name] == at_size(test, n):
                found |= 1 << number
        return found


def _bits(states: int) -> Iterator[int]:
    text = bin(states)[:1:-1]
    at = text.find("1")
    while at >= 0:
        yield at
        at = text.find("1", at + 1)


def candidates(system: CounterSystem, equations: Iterable[Linear], evidence: Evidence) -> list[Lemma]:
    """All lemmas of the fixed shapes that no known state contradicts."""
    fixed = list(dict.fromkeys(_unconditional(system)))
    plain = [Lemma((Atom(form, equal=True),)) for form in equations]
    checked = [lemma for lemma in (*plain, *fixed) if all(lemma.holds(c, n) for n, c in evidence.states)]
    return [*checked, *_implications(system, evidence)]


def _unconditional(system: CounterSystem) -> Iterator[Lemma]:
    for name in [n for n in (*system.naturals, *system.numbers) if n not in system.scaled.values()]:
        yield Lemma((Atom(Linear.of(name)),))
    for name, (lo, hi) in system.flags.items():
        yield Lemma((Atom(Linear.of(name) - lo),))
        yield Lemma((Atom(Linear.of(name) * -1 + hi),))
    for total, (count, (a, b)) in system.limits.items():
        most = Linear.of(count, a) + (Linear.of(system.scaled[count], b) if b else Linear())
        yield Lemma((Atom(most - Linear.of(total)),))
        yield Lemma((Atom(Linear.of(total) - Linear.of(count)),))
        yield Lemma((Atom(most - Linear.of(total), equal=True),))
        yield Lemma((Atom(most - Linear.of(total) - Linear.of(count)),))
    for name in system.counters:
        if name not in system.flags and name not in system.scaled.values():
            yield Lemma((is_value(name, (0, 0)),))


def _implications(system: CounterSystem, evidence: Evidence) -> Iterator[Lemma]:
    """Where a flag has a value, or somebody is at a place: what other flags and counters are."""
    conditions: list[tuple[tuple[Atom, ...], int]] = []
    flags = {
        (flag, value): evidence.where(flag, (value, 0))
        for flag, (lo, hi) in system.flags.items()
        for value in range(lo, hi + 1)
    }
    places = [n for n in system.counters if n in system.naturals and " of " not in n and not n.startswith("N * ")]
    places = [name for name in places if name not in system.flags]
    for (flag, value), states in flags.items():
        conditions.append((is_not_flag(flag, value, system.flags[flag]), states))
    for place in places:
        conditions.append(((is_empty(place),), evidence.nonzero.get(place, 0)))
    for index, ((one, first), states) in enumerate(flags.items()):
        for (other, second), others in list(flags.items())[index + 1 :]:
            if one != other:
                clause = (*is_not_flag(one, first, system.flags[one]), *is_not_flag(other, second, system.flags[other]))
                conditions.append((clause, states & others))
    values = {(name, size): evidence.where(name, size) for name in _measured(system) for size in CONSTANTS}
    for clause, states in conditions:
        if not states:
            continue
        for (flag, value), having in flags.items():
            if not states & ~having and all(flag not in atom.form.terms for atom in clause):
                yield Lemma((*clause, is_value(flag, (value, 0))))
        for (name, size), having in values.items():
            if not states & ~having:
                yield Lemma((*clause, is_value(name, size)))
        if len(clause) == 1 and next(iter(clause[0].form.terms)) in system.flags:
            for place in places:
                present = evidence.nonzero.get(place, 0)
                if present and not states & present:
                    yield Lemma((*clause, is_empty(place)))


def _measured(system: CounterSystem) -> list[str]:
    vocabulary = system.reference.vocabulary
    return [v.name for v in (*vocabulary.numbers, *vocabulary.sums)]
