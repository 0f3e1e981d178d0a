"""Lemmas: what never happens at once, learnt from states that must be unreachable."""

from __future__ import annotations

import attrs
import z3

from thpverify.ir.system import State, System
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.numbers import equals
from thpverify.symbolic.relation import Relation
from thpverify.symbolic.states import Literal, Sample


@attrs.frozen
class Lemma:
    """Never do all of `parts` hold at once: each is an element of the state, by its number, and some of its values."""

    parts: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def elements(self) -> frozenset[int]:
        """The elements that it speaks of."""
        return frozenset(element for element, _ in self.parts)

    def holds(self, state: State) -> bool:
        """Whether `state` has not all of them."""
        return not all(state[element] in values for element, values in self.parts)

    def term(self, relation: Relation) -> z3.BoolRef:
        """It, of the state before."""
        return z3.Not(all_of(any_of(equals(relation.state[e], v) for v in values) for e, values in self.parts))

    def show(self, system: System) -> str:
        """It, in the words of the model."""
        elements = list(system.elements())
        said = []
        for element, values in self.parts:
            variable, _, name = elements[element]
            shown = [variable.type.show(value) for value in values]
            said.append(f"{name} = {shown[0]}" if len(shown) == 1 else f"{name} in {{{', '.join(shown)}}}")
        return f"never {' and '.join(said)}"


def learn(system: System, state: State, sample: Sample) -> Lemma | None:
    """A lemma that holds in all of `sample` but not in `state`, of few and wide parts; None if `state` is among them.

    Literals of `state` are taken, each time the one that the fewest states still have, until none has all. Those that
    turn out to be superfluous are dropped; then each is widened to every value with which that remains so.
    """
    literals = _few(state, sample)
    if literals is None:
        return None
    types = [variable.type for variable, _, _ in system.elements()]
    parts: dict[int, tuple[int, ...]] = {element: (value,) for element, value in literals}
    for element in sorted(parts, key=lambda e: len(sample.having[e]), reverse=True):
        others = sample.everything
        for other, values in parts.items():
            if other != element:
                others &= sample.where(other, values)
        having, kind = sample.having[element], types[element]
        parts[element] = tuple(v for v in range(kind.lo, kind.hi + 1) if not having.get(v, 0) & others)
    return Lemma(tuple(sorted(parts.items())))


def _few(state: State, sample: Sample) -> list[Literal] | None:
    """A smallest set of literals of `state`, in the sense that none can be left out, that no state has all of."""
    left, taken = sample.everything, list[Literal]()
    candidates = [(e, v) for e, v in enumerate(state) if len(sample.having[e]) > 1 or v not in sample.having[e]]
    while left:
        counts = [((left & sample.having[e].get(v, 0)).bit_count(), (e, v)) for e, v in candidates]
        fewest, (element, value) = min(counts, default=(left.bit_count(), (0, 0)))
        if fewest == left.bit_count():
            return None
        taken.append((element, value))
        left &= sample.having[element].get(value, 0)
    needed: list[Literal] = []
    while taken:
        last = taken.pop()
        if sample.meets([*needed, *taken]):
            needed.append(last)
    return needed
