"""Lemmas about sizes that are not known: what numbers have to do with each other where a thread stands.

The states of a few small instances of a described start are listed. At each place of each thread, the equations that
all of them fulfil are the null space of the matrix of their numbers; besides, one number may never exceed another. What
small instances suggest need not be true of large ones: induction drops whatever is not (Houdini).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import reduce
from itertools import islice, permutations, product
from math import gcd, lcm
from operator import add

import attrs
import z3

from thpverify.ir.evaluator import CheckFailed
from thpverify.ir.explore import TooManyStates, explore
from thpverify.ir.run import Finding
from thpverify.ir.starting import instance
from thpverify.ir.system import InitialState, State, System
from thpverify.ir.types import EnumType
from thpverify.symbolic.numbers import equals, is_boolean
from thpverify.symbolic.relation import Relation

VALUES = 4
"""Smallest values of each unknown number that make an instance."""
MOST_INSTANCES = 64
MOST_STATES = 4_000
MOST_VARYING = 4
"""Numbers at a place, of which triples are looked at."""
MOST_FACTOR = 4


@attrs.frozen
class Relational:
    """Where element `place[0]`, a thread's place, is `place[1]`: the sum of `terms`, each a factor and an element, is
    `constant`, or, if it is not `exact`, no more."""

    place: tuple[int, int]
    terms: tuple[tuple[int, int], ...]
    constant: int
    exact: bool

    @property
    def elements(self) -> frozenset[int]:
        """The elements that it speaks of."""
        return frozenset((self.place[0], *(element for _, element in self.terms)))

    def holds(self, state: State) -> bool:
        """Whether it is so in `state`."""
        if state[self.place[0]] != self.place[1]:
            return True
        found = sum(factor * state[element] for factor, element in self.terms)
        return found == self.constant if self.exact else found <= self.constant

    def term(self, relation: Relation) -> z3.BoolRef:
        """It, of the state before, whose numbers are integers."""
        parts = []
        for factor, element in self.terms:
            own = relation.state[element]
            value = z3.If(own.boolean, z3.IntVal(1), z3.IntVal(0)) if is_boolean(own.lo, own.hi) else own.term
            parts.append(z3.IntVal(factor) * value)
        # z3's own sum of one part is no SMT-LIB.
        found = reduce(add, parts)
        said = found == self.constant if self.exact else found <= self.constant
        return z3.Or(z3.Not(equals(relation.state[self.place[0]], self.place[1])), said)

    def show(self, system: System) -> str:
        """It, in the words of the model."""
        elements = list(system.elements())
        added = " + ".join(f"{elements[e][2]}" if f == 1 else f"{f} * {elements[e][2]}" for f, e in self.terms)
        variable, _, name = elements[self.place[0]]
        where = f"where {name} = {variable.type.show(self.place[1])}"
        return f"{added} {'==' if self.exact else '<='} {self.constant} {where}"


@attrs.frozen
class Small:
    """What the `instances` of small values come to: lemmas that hold in all their states, and what these decide."""

    instances: tuple[InitialState, ...] = ()
    findings: tuple[Finding, ...] = ()
    lemmas: tuple[Relational, ...] = ()


def small_states(system: System) -> Small:
    """All states of small instances of `system`; nothing if these are too many."""
    instances = tuple(small_instances(system))
    try:
        explored = explore(attrs.evolve(system, initial=instances), MOST_STATES)
    except TooManyStates:
        return Small()
    offsets = {system.offsets[thread.pc]: len(thread.points) for thread in system.threads}
    elements = [
        n for n, (v, _, _) in enumerate(system.elements()) if n not in offsets and not isinstance(v.type, EnumType)
    ]
    found: list[Relational] = []
    for element, points in offsets.items():
        for point in range(points):
            here = [state for state in explored.space.states if state[element] == point]
            if len(here) > 1:
                found += _equations((element, point), elements, here)
                found += _orders((element, point), elements, here)
                found += _bounds((element, point), elements, here)
    return Small(instances, explored.findings, tuple(found))


def small_instances(system: System) -> Iterator[InitialState]:
    """Initial states of a described start in which all that is free is among the smallest of its values."""
    start = system.start
    assert start is not None
    types = [variable.type for variable, _, _ in system.elements()]
    free = [range(types[n].lo, min(types[n].hi, types[n].lo + VALUES - 1) + 1) for n in start.free]
    params = [range(p.lo, min(p.hi, p.lo + VALUES - 1) + 1) for p in start.params]
    for values in islice(product(product(*free), product(*params)), MOST_INSTANCES):
        try:
            made = instance(system, *values)
        except CheckFailed:
            continue
        if made is not None:
            yield made


def _equations(place: tuple[int, int], elements: Sequence[int], states: Sequence[State]) -> Iterator[Relational]:
    rows = [[Fraction(state[e]) for e in elements] + [Fraction(-1)] for state in states]
    for vector in null_space(rows):
        terms = tuple((factor, e) for factor, e in zip(vector, elements, strict=False) if factor)
        if terms:
            yield Relational(place, terms, vector[-1], exact=True)


def _orders(place: tuple[int, int], elements: Sequence[int], states: Sequence[State]) -> Iterator[Relational]:
    """That one of two numbers which vary by themselves is at most, or less than, the other."""
    varying = [e for e in elements if len({state[e] for state in states}) > 2]
    for small, large in permutations(varying, 2):
        most = max(state[small] - state[large] for state in states)
        if most <= 0 and len({state[small] - state[large] for state in states}) > 1:
            yield Relational(place, ((1, small), (-1, large)), most, exact=False)


def _bounds(place: tuple[int, int], elements: Sequence[int], states: Sequence[State]) -> Iterator[Relational]:
    """That one number is at most some times another, and a third one, and a constant.

    Of the factors only those count with which the bound is met exactly at several values of the other number, as it is
    if the factor is the right one.
    """
    varying = [e for e in elements if len({state[e] for state in states}) > 2]
    if len(varying) > MOST_VARYING:
        return
    for bounded, other in permutations(varying, 2):
        for factor in range(1, MOST_FACTOR + 1):
            for third in (None, *(e for e in varying if e not in (bounded, other))):
                terms = ((1, bounded), (-factor, other), *(((-1, third),) if third is not None else ()))
                over = [sum(f * state[e] for f, e in terms) for state in states]
                tight = [state for state, found in zip(states, over, strict=True) if found == max(over)]
                if len({state[other] for state in tight}) > 2 and len(tight) < len(states):
                    yield Relational(place, terms, max(over), exact=False)


def null_space(rows: Sequence[Sequence[Fraction]]) -> Iterator[tuple[int, ...]]:
    """A base of the vectors that are orthogonal to all of `rows`, in whole numbers without a common divisor."""
    width = len(rows[0])
    reduced: list[list[Fraction]] = []
    pivots: list[int] = []
    for row in {tuple(row) for row in rows}:
        left = list(row)
        for known, pivot in zip(reduced, pivots, strict=True):
            if left[pivot]:
                left = [a - left[pivot] * b for a, b in zip(left, known, strict=True)]
        pivot = next((n for n, value in enumerate(left) if value), -1)
        if pivot < 0:
            continue
        left = [value / left[pivot] for value in left]
        reduced = [[a - known[pivot] * b for a, b in zip(known, left, strict=True)] for known in reduced]
        reduced.append(left)
        pivots.append(pivot)
    for free in (n for n in range(width) if n not in pivots):
        vector = [Fraction(0)] * width
        vector[free] = Fraction(1)
        for known, pivot in zip(reduced, pivots, strict=True):
            vector[pivot] = -known[free]
        scale = lcm(*(value.denominator for value in vector))
        whole = [int(value * scale) for value in vector]
        divisor = gcd(*whole)
        yield tuple(value // divisor for value in whole)
