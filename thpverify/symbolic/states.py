"""Explicit states, against which lemmas are screened before a solver sees them.

The states stand side by side, one bit each, in long integers: for every value of every element, one integer has a 1 for
each state in which the element has that value. Whether some state has several values at once is then one ``&`` per
value, for a million states as for one.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable
from time import perf_counter

import attrs

from thpverify.explicit.driver import Search
from thpverify.explicit.layout import Place
from thpverify.explicit.model import emit_model
from thpverify.explicit.program import compile_program
from thpverify.explicit.store import Stopped, make_store
from thpverify.ir.run import Finding, Limits
from thpverify.ir.system import State, System

Literal = tuple[int, int]
"""An element of the state by its number, and a value of it."""


@attrs.frozen(eq=False)
class Sample:
    """`count` reachable states, all there are if `complete`. `having` has, for each element by its number, the states
    in which it has each of its values. `findings` is what the search met on its way, `stopped` what ended it early."""

    count: int
    complete: bool
    having: tuple[dict[int, int], ...]
    findings: tuple[Finding, ...] = ()
    stopped: str | None = None

    @property
    def everything(self) -> int:
        """All states."""
        return (1 << self.count) - 1

    def where(self, element: int, values: Iterable[int]) -> int:
        """The states in which `element` has one of `values`."""
        found, having = 0, self.having[element]
        for value in values:
            found |= having.get(value, 0)
        return found

    def meets(self, literals: Iterable[Literal]) -> bool:
        """Whether some state has all of `literals`."""
        left = self.everything
        for element, value in literals:
            left &= self.having[element].get(value, 0)
            if not left:
                return False
        return True


def sample(system: System, limits: Limits) -> Sample:
    """The states that a native search reaches within `limits`, behind violations too."""
    program = compile_program(emit_model(system), None)
    try:
        store = make_store(program, limits, 1)
    except Stopped as reason:
        return Sample(0, False, (), stopped=str(reason))
    try:
        search = Search(program, store, limits, 1, True, None, perf_counter())
        stopped = search.run()
        layout, count = program.model.layout, store.states
        log = ctypes.string_at(store.shared.log, count * layout.record_bytes)
        places = [place for own in layout.places.values() for place in own]
        lanes = _Lanes(log, layout.record_bytes, (1 << count) - 1)
        return Sample(count, stopped is None, tuple(map(lanes.having, places)), search.findings(), stopped)
    finally:
        store.release()


def sample_of(system: System, states: Iterable[State], *, complete: bool) -> Sample:
    """`states`, which somebody else found."""
    known = tuple(dict.fromkeys(states))
    having: list[dict[int, int]] = [{} for _ in system.elements()]
    for number, state in enumerate(known):
        for own, value in zip(having, state, strict=True):
            own[value] = own.get(value, 0) | 1 << number
    return Sample(len(known), complete, tuple(having))


@attrs.define
class _Lanes:
    """The records of a log, read by column. State number n is bit ``count - 1 - n``."""

    log: bytes
    record: int
    everything: int

    def having(self, place: Place) -> dict[int, int]:
        """The states in which the element at `place` has each value that it has somewhere."""
        found = {0: self.everything}
        for bit in range(place.bits):
            ones = self.bit(64 * place.word + place.shift + bit)
            split = [(value | set_ << bit, states & (ones if set_ else ~ones)) for value, states in found.items()
                     for set_ in (0, 1)]  # fmt: skip
            found = {value: states for value, states in split if states}
        return {place.lo + value: states for value, states in found.items()}

    def bit(self, number: int) -> int:
        """The states in whose record bit `number` is set."""
        at, bit = divmod(number, 8)
        digits = bytes(ord("1") if byte >> bit & 1 else ord("0") for byte in range(256))
        # Base 2: linear in the length, and without a limit on it.
        return int(self.log[at :: self.record].translate(digits) or b"0", 2)
