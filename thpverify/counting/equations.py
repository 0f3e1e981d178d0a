"""Equations that no move changes: the null space of the matrix of changes, by exact elimination."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from math import gcd, lcm

from thpverify.counting.linear import Linear, Size
from thpverify.counting.moves import Move

Row = dict[str, Fraction]


def equations(
    counters: Sequence[str], shared: Collection[str], initial: Mapping[str, Size], moves: Iterable[Move]
) -> list[Linear]:
    """A basis of the forms that are 0 at first and that no move changes, for every N and all values of its params.

    As far as possible, each speaks of one counter of `shared`, and of where tasks and records are.

    A change is a + b * N + sums of params: the coefficients that are looked for make each of these parts 0.
    """
    matrix = _eliminated(_rows(moves), shared)
    found: list[Linear] = []
    for free in counters:
        if free in matrix:
            continue
        vector: Row = {free: Fraction(1)}
        for name, row in matrix.items():
            if free in row:
                vector[name] = -row[free]
        found.append(_equation(vector, initial))
    return [form for form in found if form.terms and not _is_trivial(form)]


def _rows(moves: Iterable[Move]) -> Iterable[Row]:
    seen: set[tuple[tuple[str, Fraction], ...]] = set()
    for move in moves:
        parts: dict[str, Row] = {}
        for counter, form in move.change.items():
            for part, value in (("1", form.constant[0]), ("N", form.constant[1])):
                if value:
                    parts.setdefault(part, {})[counter] = Fraction(value)
            for param, (a, b) in form.terms.items():
                assert not b
                parts.setdefault(f"param {param}", {})[counter] = Fraction(a)
        for row in parts.values():
            key = tuple(sorted(row.items()))
            if key not in seen:
                seen.add(key)
                yield row


def _eliminated(rows: Iterable[Row], shared: Collection[str]) -> dict[str, Row]:
    """Reduced rows by the counter that each is led by; no row has the leader of another."""
    reduced: dict[str, Row] = {}
    for row in rows:
        current = dict(row)
        for leader in [name for name in current if name in reduced]:
            _subtract(current, reduced[leader], current.get(leader, Fraction(0)))
        if not current:
            continue
        leader = max(current, key=lambda name: (name not in shared, name.startswith("N * "), " of " in name, name))
        factor = current[leader]
        current = {name: value / factor for name, value in current.items()}
        for other in reduced.values():
            _subtract(other, current, other.get(leader, Fraction(0)))
        reduced[leader] = current
    return reduced


def _subtract(row: Row, other: Row, factor: Fraction) -> None:
    if not factor:
        return
    for name, value in other.items():
        total = row.get(name, Fraction(0)) - factor * value
        if total:
            row[name] = total
        else:
            row.pop(name, None)


def _equation(vector: Row, initial: Mapping[str, Size]) -> Linear:
    scale = lcm(*(value.denominator for value in vector.values()))
    whole = {name: int(value * scale) for name, value in vector.items()}
    common = gcd(*whole.values())
    terms = {name: (value // common, 0) for name, value in whole.items()}
    at_first = [(factor, initial.get(name, (0, 0))) for name, (factor, _) in terms.items()]
    return Linear(terms, (-sum(f * a for f, (a, _) in at_first), -sum(f * b for f, (_, b) in at_first)))


def _is_trivial(form: Linear) -> bool:
    """N * x against x, of a counter that never changes."""
    return len(form.terms) == 1 and next(iter(form.terms)).startswith("N * ")
