"""Linear forms over named counters, whose coefficients are linear in N, the number of subpages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

Size = tuple[int, int]
"""``(a, b)`` is a + b * N."""

ONE: Size = (1, 0)


def at_size(size: Size, n: int) -> int:
    """The number that `size` is for N = `n`."""
    return size[0] + size[1] * n


def show_size(size: Size) -> str:
    """`size` in words of arithmetic."""
    a, b = size
    if not b:
        return str(a)
    times = {1: "N", -1: "-N"}.get(b, f"{b}N")
    return times if not a else f"{times}{a:+d}"


@attrs.frozen(eq=False)
class Linear:
    """``constant + sum of coefficient * name``; no coefficient is zero."""

    terms: Mapping[str, Size] = attrs.field(factory=dict)
    constant: Size = (0, 0)

    @classmethod
    def of(cls, name: str, coefficient: int = 1) -> Linear:
        """The counter `name`."""
        return cls({name: (coefficient, 0)} if coefficient else {})

    @classmethod
    def number(cls, value: int) -> Linear:
        """A number."""
        return cls({}, (value, 0))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Linear) and self.constant == other.constant and dict(self.terms) == dict(other.terms)

    def __hash__(self) -> int:
        return hash((self.constant, frozenset(self.terms.items())))

    def __add__(self, other: Linear | int) -> Linear:
        right = Linear.number(other) if isinstance(other, int) else other
        terms = dict(self.terms)
        for name, size in right.terms.items():
            total = _plus(terms.get(name, (0, 0)), size)
            if total == (0, 0):
                terms.pop(name, None)
            else:
                terms[name] = total
        return Linear(terms, _plus(self.constant, right.constant))

    def __sub__(self, other: Linear | int) -> Linear:
        return self + (other * -1 if isinstance(other, Linear) else -other)

    def __mul__(self, factor: int) -> Linear:
        if not factor:
            return Linear()
        scaled = {name: (a * factor, b * factor) for name, (a, b) in self.terms.items()}
        return Linear(scaled, (self.constant[0] * factor, self.constant[1] * factor))

    @property
    def is_constant(self) -> bool:
        """Whether it is a number, given N."""
        return not self.terms

    @property
    def value(self) -> int:
        """The number that it is, whatever N."""
        assert not self.terms and not self.constant[1]
        return self.constant[0]

    def substitute(self, name: str, value: Linear) -> Linear:
        """It with `value` for `name`, whose coefficient must not depend on N."""
        if name not in self.terms:
            return self
        factor = self.terms[name]
        assert not factor[1]
        rest = Linear({other: size for other, size in self.terms.items() if other != name}, self.constant)
        return rest + value * factor[0]

    def evaluate(self, values: Mapping[str, int], n: int) -> int:
        """The number that it is for N = `n` and these values; names that are missing count as 0."""
        total = at_size(self.constant, n)
        for name, size in self.terms.items():
            total += at_size(size, n) * values.get(name, 0)
        return total

    def __str__(self) -> str:
        parts: list[str] = []
        for name, (a, b) in self.terms.items():
            if not b and abs(a) == 1:
                parts.append(f"{'-' if a < 0 else '+'} {name}")
            elif not b:
                parts.append(f"{'-' if a < 0 else '+'} {abs(a)} {name}")
            else:
                parts.append(f"+ ({show_size((a, b))}) {name}")
        if self.constant != (0, 0) or not parts:
            parts.append(f"+ {show_size(self.constant)}")
        return " ".join(parts).removeprefix("+ ").replace("+ -", "- ")


def _plus(left: Size, right: Size) -> Size:
    return left[0] + right[0], left[1] + right[1]


def total(forms: Iterable[Linear]) -> Linear:
    """The sum of `forms`."""
    result = Linear()
    for form in forms:
        result += form
    return result


@attrs.frozen
class Atom:
    """``form == 0`` if `equal`, else ``form >= 0``."""

    form: Linear
    equal: bool = False

    def holds(self, values: Mapping[str, int], n: int) -> bool:
        """Whether it is true for N = `n`."""
        found = self.form.evaluate(values, n)
        return found == 0 if self.equal else found >= 0

    def __str__(self) -> str:
        return f"{self.form} {'=' if self.equal else '>='} 0"
