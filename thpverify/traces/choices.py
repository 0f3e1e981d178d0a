"""What `choose` returns while a schedule is run: the values of a trace, or candidates by their position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import attrs

Choices = tuple[tuple[int, ...], ...]
"""What a step's calls of `choose` returned, in order, as the IR numbers it; more than one number for a tuple."""

Encode = Callable[[Any], tuple[int, ...]]


class NothingToChoose(Exception):
    """A `choose` had no candidates: the step is not enabled."""


class NotAmongCandidates(Exception):
    """A `choose` cannot return what the schedule wants."""


class Chooser(Protocol):
    """Answers the calls of `choose` within one step."""

    def choose(self, candidates: Sequence[Any], encode: Encode) -> Any:
        """One of `candidates`."""

    def finish(self) -> None:
        """Called when the step has ended without a violation."""


@attrs.define
class ByValue:
    """Takes the candidate that encodes to the next of `wanted`; `positions` and `values` tell what it took."""

    wanted: Choices
    positions: list[int] = attrs.field(factory=list, init=False)
    values: list[Any] = attrs.field(factory=list, init=False)

    def choose(self, candidates: Sequence[Any], encode: Encode) -> Any:
        if not candidates:
            raise NothingToChoose
        made = len(self.values)
        if made == len(self.wanted):
            raise NotAmongCandidates(f"the model chooses more than the schedule's {made} times")
        wanted = self.wanted[made]
        for position, candidate in enumerate(candidates):
            if encode(candidate) == wanted:
                self.positions.append(position)
                self.values.append(candidate)
                return candidate
        raise NotAmongCandidates(f"{', '.join(map(str, wanted))} is not among {list(candidates)!r}")

    def finish(self) -> None:
        if len(self.values) < len(self.wanted):
            raise NotAmongCandidates(f"the model chooses {len(self.values)} times, the schedule {len(self.wanted)}")


@attrs.define
class ByPosition:
    """Takes candidates by `positions`, the first one where these end; `counts` tells how many there were each time."""

    positions: tuple[int, ...] = ()
    counts: list[int] = attrs.field(factory=list, init=False)

    def choose(self, candidates: Sequence[Any], encode: Encode) -> Any:
        if not candidates:
            raise NothingToChoose
        number = len(self.counts)
        self.counts.append(len(candidates))
        return candidates[self.positions[number] if number < len(self.positions) else 0]

    def finish(self) -> None:
        """Nothing is left to compare."""

    def taken(self) -> tuple[int, ...]:
        """The position of every candidate that was taken."""
        given = self.positions[: len(self.counts)]
        return given + (0,) * (len(self.counts) - len(given))

    def next_positions(self) -> tuple[int, ...] | None:
        """What to take the next time, depth first; None when every combination was taken."""
        taken = self.taken()
        for number in reversed(range(len(taken))):
            if taken[number] + 1 < self.counts[number]:
                return (*taken[:number], taken[number] + 1)
        return None


@attrs.define
class NoChoice:
    """For what cannot choose: hooks after a step and properties."""

    def choose(self, candidates: Sequence[Any], encode: Encode) -> Any:
        raise NotAmongCandidates("choose() is called where nothing can be chosen")

    def finish(self) -> None:
        """Nothing is left to compare."""
