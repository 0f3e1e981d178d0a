"""The counter system of a model for every N: derived at some N each, and found to be the same but for numbers in N."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from thpverify.compiler import compile_scenario
from thpverify.counting.errors import Uncountable
from thpverify.counting.linear import Atom, Linear, Size, at_size
from thpverify.counting.moves import Derivation, Move
from thpverify.counting.places import FREE, Place
from thpverify.counting.vocabulary import vocabulary_of
from thpverify.ir.system import System
from thpverify.lang.counting import Counting

SIZES = (4, 5, 7)
"""Where a counter system is derived: two sizes say what is linear in N, a third one that it is."""


@attrs.frozen(eq=False)
class CounterSystem:
    """Counters by name, and moves of coefficients a + b * N, for all N >= 2.

    `scaled` has for some counters x the counter that is N * x; `naturals` are counters that are no less than 0 whatever
    happens, `flags` shared fields with few values, each with its lowest and highest, `numbers` shared counts that are
    never to be below 0. `limits` says of a sum what it is at most, so many times which counter. `initial` has what is
    not 0 at first. `derivations` are those at `sizes`.
    """

    counting: Counting
    counters: tuple[str, ...]
    scaled: Mapping[str, str]
    naturals: tuple[str, ...]
    flags: Mapping[str, tuple[int, int]]
    numbers: tuple[str, ...]
    limits: Mapping[str, tuple[str, Size]]
    initial: Mapping[str, Size]
    moves: tuple[Move, ...]
    derivations: tuple[Derivation, ...]
    sizes: tuple[int, ...] = SIZES

    @property
    def reference(self) -> Derivation:
        """What was derived at the smallest size, for what has to be looked up in the model."""
        return self.derivations[0]

    @property
    def system(self) -> System:
        """The compiled model that it was derived from, at the smallest size."""
        return self.reference.vocabulary.system


def counter_system(counting: Counting, sizes: Sequence[int] = SIZES) -> CounterSystem:
    """The counter system of `counting`.

    Raises:
        Uncountable: the model cannot be counted, or not for all N alike.
        ModelError: the model is outside of the language.
    """
    derivations = [derive(counting, size) for size in sizes]
    first = derivations[0]
    names = [list(map(d.naming.count, d.places)) for d in derivations]
    if any(n != names[0] for n in names):
        raise Uncountable("tasks can stand at other places for another N: it cannot be counted", counting.span)
    moves = tuple(_move(same, sizes, counting) for same in _aligned(derivations, counting))
    counters, scaled, limits = _counters(first, derivations[1])
    initial = {
        name: _size([d[name] for d in map(_initial, derivations)], sizes, counting) for name in _initial(first)
    }
    counts = {v.name for v in first.vocabulary.numbers + first.vocabulary.sums}
    return CounterSystem(
        counting,
        counters,
        scaled,
        tuple(name for name in counters if name not in counts),
        {v.name: (v.type.lo, v.type.hi) for v in first.vocabulary.flags},
        tuple(v.name for v in first.vocabulary.numbers if v.type.lo >= 0),
        limits,
        initial,
        moves,
        tuple(derivations),
        tuple(sizes),
    )


def for_every_size(system: CounterSystem, found: Sequence[Sequence[Sequence[Atom]]]) -> list[tuple[Atom, ...]]:
    """The same lists of atoms at each of the system's sizes as one, with numbers in N.

    Raises:
        Uncountable: they are not the same.
    """
    shapes = {tuple(tuple((tuple(sorted(a.form.terms)), a.equal) for a in way) for way in ways) for ways in found}
    if len(shapes) != 1:
        raise Uncountable("a property says something else for every N", system.counting.span)
    return [
        tuple(
            Atom(_form([a.form for a in same], system.sizes, system.counting), same[0].equal)
            for same in zip(*ways, strict=True)
        )
        for ways in zip(*found, strict=True)
    ]


def derive(counting: Counting, size: int) -> Derivation:
    """The counter system at one N, and the vocabulary for it."""
    system, other = (compiled(counting, n) for n in (size, size + 1))
    derivation = Derivation(vocabulary_of(system, other, size, counting.lock))
    derivation.run()
    return derivation


def compiled(counting: Counting, size: int) -> System:
    """The scenario of `counting` with so many subpages."""
    scenario = counting.scenario
    return compile_scenario(attrs.evolve(scenario, constants={**scenario.constants, counting.size: size}))


def _aligned(derivations: Sequence[Derivation], counting: Counting) -> Iterable[tuple[Move, ...]]:
    keyed = [{move.key: move for move in d.moves} for d in derivations]
    for other in keyed[1:]:
        for key in keyed[0].keys() ^ other.keys():
            move = keyed[0].get(key) or other[key]
            raise Uncountable(f"{move.name} is not the same step for every N: {key[-1]}", counting.span)
    for key in keyed[0]:
        yield tuple(k[key] for k in keyed)


def _move(same: Sequence[Move], sizes: Sequence[int], counting: Counting) -> Move:
    first = same[0]
    guards = [m.guard for m in same]
    shapes = {tuple((tuple(a.form.terms), a.equal) for a in guard) for guard in guards}
    if len(shapes) != 1 or len({tuple(m.change) for m in same}) != 1:
        raise Uncountable(f"{first.name} does not ask for the same for every N", counting.span)
    guard = tuple(
        Atom(_form([g[at].form for g in guards], sizes, counting), first.guard[at].equal)
        for at in range(len(first.guard))
    )
    change = {name: _form([m.change[name] for m in same], sizes, counting) for name in first.change}
    return attrs.evolve(first, guard=guard, change=change)


def _form(same: Sequence[Linear], sizes: Sequence[int], counting: Counting) -> Linear:
    constant = _size([f.constant for f in same], sizes, counting)
    names = dict.fromkeys(name for f in same for name in f.terms)
    terms = {name: _size([f.terms.get(name, (0, 0)) for f in same], sizes, counting) for name in names}
    return Linear(terms, constant)


def _size(same: Sequence[Size], sizes: Sequence[int], counting: Counting) -> Size:
    values = [a for a, _ in same]
    slope, rest = divmod(values[1] - values[0], sizes[1] - sizes[0])
    size = (values[0] - slope * sizes[0], slope)
    if rest or any(at_size(size, n) != value for n, value in zip(sizes, values, strict=True)):
        raise Uncountable(f"a number is {values} for N = {list(sizes)}, which is not linear in N", counting.span)
    return size


def _counters(
    first: Derivation, second: Derivation
) -> tuple[tuple[str, ...], dict[str, str], dict[str, tuple[str, Size]]]:
    """All counters; N times which; and how much of a sum each of those at a place can have."""
    vocabulary, naming = first.vocabulary, first.naming
    names = [v.name for v in (*vocabulary.flags, *vocabulary.numbers, *vocabulary.sums)]
    scaled: dict[str, str] = {}
    limits: dict[str, tuple[str, Size]] = {}
    for place in first.places:
        sums, larger = naming.sums(place), second.naming.sums(place)
        name = naming.count(place)
        if first.counted(place):
            names.append(name)
            scaled[name] = naming.scaled(name)
            names.append(scaled[name])
        for what, most in sums.items():
            names.append(naming.total(what, place))
            if first.counted(place):
                slope = (larger[what] - most) // (second.vocabulary.size - vocabulary.size)
                limits[naming.total(what, place)] = name, (most - slope * vocabulary.size, slope)
    for flag in vocabulary.flags:
        scaled[flag.name] = naming.scaled(flag.name)
        names.append(scaled[flag.name])
    return tuple(names), scaled, limits


def _initial(derivation: Derivation) -> dict[str, Size]:
    vocabulary, system = derivation.vocabulary, derivation.vocabulary.system
    found: dict[str, Size] = {}
    (start,) = {i.state for i in system.initial} if len({i.state for i in system.initial}) == 1 else (None,)
    if start is None:
        raise Uncountable("more than one initial state", derivation.vocabulary.system.commands[0].span)
    for variable in (*vocabulary.flags, *vocabulary.numbers, *vocabulary.sums):
        at = system.offsets[variable]
        found[variable.name] = sum(start[at : at + variable.size]), 0
    for flag in vocabulary.flags:
        found[derivation.naming.scaled(flag.name)] = found[flag.name][0] * vocabulary.size, 0
    for variable in (*vocabulary.fields, *vocabulary.arrays, vocabulary.lock):
        at = system.offsets[variable]
        if start[at : at + variable.size] != variable.initial:
            raise Uncountable("`initial` sets up records: let the tasks do that", system.commands[0].span)
    return found


__all__ = ["FREE", "CounterSystem", "Place", "counter_system", "derive"]
