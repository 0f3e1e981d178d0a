"""How a state is packed into 64-bit words, and how many bytes it takes in the log.

No element straddles a word. An array that some expression indexes dynamically keeps its elements at equal distances:
in one word if it fits, else over as many words as needed with ``64 // bits`` elements in each. Everything else goes
where it fits best, also into what such arrays leave over. The word with the fewest bits comes last, because the log
stores whole words but for the last one, which it cuts to 32 bits when it can.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from thpverify.explicit.errors import StateTooWide
from thpverify.ir.expressions import Expr, Load, Variable, subexpressions
from thpverify.ir.statements import Assign, Block, expressions_of, walk
from thpverify.ir.system import State, System

WORD = 64
MAX_STATE_BITS = 4096


@attrs.frozen
class Place:
    """Where one element lives: `bits` bits of word number `word` from bit `shift` up hold ``value - lo``."""

    word: int
    shift: int
    bits: int
    lo: int

    @property
    def mask(self) -> int:
        """The element's bits, moved down to bit 0."""
        return (1 << self.bits) - 1


@attrs.frozen
class Span:
    """Where a dynamically indexed array lives: `per_word` elements a word, the first one at (`word`, `shift`)."""

    word: int
    shift: int
    bits: int
    lo: int
    size: int
    per_word: int

    @property
    def words(self) -> int:
        """How many words the array extends over."""
        return -(-self.size // self.per_word)

    def place(self, flat: int) -> Place:
        """The place of element number `flat`."""
        word, slot = divmod(flat, self.per_word)
        return Place(self.word + word, self.shift + slot * self.bits, self.bits, self.lo)


@attrs.frozen
class Layout:
    """A packing of the states of one system.

    `places` has every element of each variable in row-major order; a variable whose type has one value has width 0.
    `spans` has the dynamically indexed arrays. `words` is at least 1; a log record takes `granules` units of 4 bytes.
    """

    places: dict[Variable, tuple[Place, ...]]
    spans: dict[Variable, Span]
    words: int
    bits: int
    granules: int

    @property
    def record_bytes(self) -> int:
        """Bytes of one state in the log."""
        return 4 * self.granules

    @property
    def memory_words(self) -> frozenset[int]:
        """Words that code must address in memory because an array runs through several of them."""
        return frozenset(
            span.word + number for span in self.spans.values() if span.words > 1 for number in range(span.words)
        )

    def pack(self, state: State) -> tuple[int, ...]:
        """The words of `state`, whose values lie within their types."""
        words = [0] * self.words
        values = iter(state)
        for places in self.places.values():
            for place in places:
                words[place.word] |= (next(values) - place.lo) << place.shift
        return tuple(words)

    def unpack(self, words: Iterable[int]) -> State:
        """The state that `words` hold."""
        have = tuple(words)
        return tuple(
            (have[place.word] >> place.shift & place.mask) + place.lo
            for places in self.places.values()
            for place in places
        )


def dynamically_indexed(system: System) -> frozenset[Variable]:
    """The arrays that need equal distances between their elements."""
    found: set[Variable] = set()

    def look(expr: Expr) -> None:
        for part in subexpressions(expr):
            if isinstance(part, Load) and not all(index.is_constant for index in part.index):
                found.add(part.variable)

    def look_in(block: Block) -> None:
        for statement in walk(block):
            if isinstance(statement, Assign) and not all(index.is_constant for index in statement.index):
                found.add(statement.variable)
            for expr in expressions_of(statement):
                look(expr)

    for command in system.commands:
        look(command.guard)
        look_in(command.body)
    look_in(system.after_step)
    for prop in system.properties:
        look_in(prop.body)
        look(prop.result)
    return frozenset(variable for variable in found if variable.type.bits)


def _reject_if_too_wide(system: System) -> None:
    total = sum(variable.type.bits * variable.size for variable in system.variables)
    if total > MAX_STATE_BITS:
        by_width = sorted(system.variables, key=lambda v: v.type.bits * v.size, reverse=True)
        largest = ", ".join(f"{v.name} ({v.type.bits * v.size} bits)" for v in by_width[:5])
        raise StateTooWide(
            f"a state of {system.name} takes {total} bits, at most {MAX_STATE_BITS} are possible; largest: {largest}"
        )


@attrs.define
class _Words:
    """Words being filled: `used[w]` bits of word w are taken."""

    used: list[int] = attrs.field(factory=list)

    def append(self, bits: int) -> int:
        self.used.append(bits)
        return len(self.used) - 1

    def take(self, bits: int) -> tuple[int, int]:
        """The (word, shift) of `bits` fresh bits: the fullest word with room, else a new one."""
        fitting = [word for word, used in enumerate(self.used) if used + bits <= WORD]
        word = max(fitting, key=lambda w: self.used[w]) if fitting else self.append(0)
        shift = self.used[word]
        self.used[word] += bits
        return word, shift


def make_layout(system: System) -> Layout:
    """Pack the variables of `system`; raises `StateTooWide` beyond `MAX_STATE_BITS`."""
    _reject_if_too_wide(system)
    equidistant = dynamically_indexed(system)
    words = _Words()
    spans: dict[Variable, Span] = {}
    small: list[tuple[int, Variable, int | None]] = []
    for variable in system.variables:
        bits = variable.type.bits
        if variable in equidistant and bits * variable.size > WORD:
            per_word = WORD // bits
            spans[variable] = Span(len(words.used), 0, bits, variable.type.lo, variable.size, per_word)
            left = variable.size
            while left:
                words.append(min(left, per_word) * bits)
                left -= min(left, per_word)
        elif variable in equidistant:
            small.append((bits * variable.size, variable, None))
        elif bits:
            small += [(bits, variable, flat) for flat in range(variable.size)]
    runs = len(words.used)
    single: dict[tuple[Variable, int], Place] = {}
    for width, variable, flat in sorted(small, key=lambda item: item[0], reverse=True):
        word, shift = words.take(width)
        if flat is None:
            spans[variable] = Span(word, shift, variable.type.bits, variable.type.lo, variable.size, variable.size)
        else:
            single[variable, flat] = Place(word, shift, width, variable.type.lo)
    order = list(range(runs)) + sorted(range(runs, len(words.used)), key=lambda w: words.used[w], reverse=True)
    return _finish(system, spans, single, words, {old: new for new, old in enumerate(order)})


def _finish(
    system: System,
    spans: dict[Variable, Span],
    single: dict[tuple[Variable, int], Place],
    words: _Words,
    moved: dict[int, int],
) -> Layout:
    final_spans = {variable: attrs.evolve(span, word=moved[span.word]) for variable, span in spans.items()}
    places: dict[Variable, tuple[Place, ...]] = {}
    for variable in system.variables:
        if variable in final_spans:
            span = final_spans[variable]
            places[variable] = tuple(span.place(flat) for flat in range(variable.size))
        elif variable.type.bits:
            own = (single[variable, flat] for flat in range(variable.size))
            places[variable] = tuple(attrs.evolve(place, word=moved[place.word]) for place in own)
        else:
            places[variable] = (Place(0, 0, 0, variable.type.lo),) * variable.size
    count = max(1, len(words.used))
    last = next((words.used[old] for old, new in moved.items() if new == count - 1), 0)
    granules = 2 * (count - 1) + (2 if last > 32 else 1)
    return Layout(places, final_spans, count, sum(words.used), granules)
