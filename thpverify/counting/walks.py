"""Random walks of a counter system: states and moves that bounded instances are too small to show."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence

import attrs

from thpverify.counting.goals import Ways, gone
from thpverify.counting.linear import at_size
from thpverify.counting.moves import Move
from thpverify.counting.system import CounterSystem

TASKS = 5
"""No new task starts while so many are under way; else little more than starting would be seen."""
TRIES = 8
"""Values that are tried for params before a move counts as impossible."""


@attrs.frozen(eq=False)
class Walked:
    """States by N, and the moves that were made."""

    by_size: Mapping[int, tuple[Mapping[str, int], ...]]
    used: frozenset[int]


@attrs.define(eq=False)
class Walker:
    """A walk at one N."""

    system: CounterSystem
    n: int
    chance: random.Random
    starts: frozenset[int]
    tests: list[Callable[[Mapping[str, int]], bool]]
    places: tuple[str, ...]
    goals: Mapping[str, Ways]

    def walk(self, steps: int) -> tuple[list[dict[str, int]], set[int]]:
        """The states of one walk from the initial state, and the moves, until some goal is violated."""
        state = {name: at_size(size, self.n) for name, size in self.system.initial.items()}
        if self.spoilt(state):
            return [], set()
        seen, used = [dict(state)], set()
        for _ in range(steps):
            number, values = self.choose(state)
            if number is None:
                break
            move = self.system.moves[number]
            for name, form in move.change.items():
                state[name] = state.get(name, 0) + form.evaluate(values, self.n)
            if self.spoilt(state):
                break
            used.add(number)
            seen.append({name: value for name, value in state.items() if value})
        return seen, used

    def spoilt(self, state: Mapping[str, int]) -> bool:
        """Whether some goal is violated: from here on nothing is said of what holds as long as none is."""
        return any(gone(ways, state, self.n) for ways in self.goals.values())

    def choose(self, state: Mapping[str, int]) -> tuple[int | None, dict[str, int]]:
        busy = sum(state.get(name, 0) for name in self.places)
        numbers = list(range(len(self.system.moves)))
        self.chance.shuffle(numbers)
        for number in numbers:
            move = self.system.moves[number]
            if move.fails is not None or (number in self.starts and busy >= TASKS) or not self.tests[number](state):
                continue
            values = self.params(move, state)
            if values is not None:
                return number, values
        return None, {}

    def params(self, move: Move, state: Mapping[str, int]) -> dict[str, int] | None:
        """Values with which `move` can be made."""
        if not move.params:
            return {}
        for _ in range(TRIES):
            values = dict(state)
            for name in move.params:
                lo, hi = self.bounds(move, name, values)
                if lo > hi:
                    break
                values[name] = self.chance.randint(lo, hi)
            else:
                if all(atom.holds(values, self.n) for atom in move.guard):
                    return {name: values[name] for name in move.params}
        return None

    def bounds(self, move: Move, name: str, values: Mapping[str, int]) -> tuple[int, int]:
        """What the guard allows for a param, given those before it."""
        lo, hi = -4, 2 * self.n + 8
        for atom in move.guard:
            size = atom.form.terms.get(name)
            if size is None or any(p in move.params and p not in values and p != name for p in atom.form.terms):
                continue
            factor = at_size(size, self.n)
            rest = atom.form.evaluate({**values, name: 0}, self.n)
            if abs(factor) != 1:
                continue
            edge = -rest * factor
            if atom.equal or factor == 1:
                lo = max(lo, edge)
            if atom.equal or factor == -1:
                hi = min(hi, edge)
        return lo, hi


def walked(
    system: CounterSystem,
    goals: Mapping[str, Ways],
    sizes: Sequence[int],
    walks: int,
    steps: int,
    tick: Callable[[int], None],
    seed: int = 0,
) -> Walked:
    """Random walks at each of `sizes`, the same ones each time."""
    by_size: dict[int, tuple[Mapping[str, int], ...]] = {}
    used: set[int] = set()
    starts = frozenset(
        number for number, move in enumerate(system.moves) if move.pc == 0 and move.key[2] == _idle(system, move)
    )
    places = tuple(
        name for name in system.naturals
        if not name.startswith("N * ") and " of " not in name and name not in system.flags
        and not name.startswith(system.reference.vocabulary.crowd)
    )  # fmt: skip
    for n in sizes:
        known: dict[frozenset[tuple[str, int]], Mapping[str, int]] = {}
        for number in range(walks):
            walker = Walker(system, n, random.Random(f"{seed} {n} {number}"), starts, _tests(system, n), places, goals)
            seen, moves = walker.walk(steps)
            used |= moves
            known.update({frozenset(state.items()): state for state in seen})
            tick(len(known))
        by_size[n] = tuple(known.values())
    return Walked(by_size, frozenset(used))


def _idle(system: CounterSystem, move: Move) -> str:
    place = next(p for p in system.reference.idle if p.role == move.role)
    return system.reference.naming.count(place)


def _tests(system: CounterSystem, n: int) -> list[Callable[[Mapping[str, int]], bool]]:
    """For each move, whether the part of its guard without params is true."""

    def test(move: Move) -> Callable[[Mapping[str, int]], bool]:
        params = set(move.params)
        atoms = [a for a in move.guard if params.isdisjoint(a.form.terms)]
        return lambda state: all(atom.holds(state, n) for atom in atoms)

    return [test(move) for move in system.moves]
