"""What `choose` returns while a schedule is run: the values of a trace, or candidates by their position."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import attrs

from thpverify.lang.types import ScalarSpec

Choices = tuple[tuple[int, ...], ...]
"""What a step's calls of `choose` returned, in order, as the IR numbers it; more than one number for a tuple."""

Encode = Callable[[Any], tuple[int, ...]]


@attrs.frozen
class AnyValue(Sequence[Any]):
    """Every value of a scalar type, as candidates that are never listed: there may be 2**62 of them."""

    spec: ScalarSpec

    def __len__(self) -> int:
        kind = self.spec.resolve()
        return kind.hi - kind.lo + 1

    def __getitem__(self, position: Any) -> Any:
        return self.spec.decode(self.spec.resolve().lo + int(position))

    def position(self, wanted: tuple[int, ...]) -> int | None:
        """Where the value that encodes to `wanted` is, if it is."""
        kind = self.spec.resolve()
        return wanted[0] - kind.lo if len(wanted) == 1 and kind.lo <= wanted[0] <= kind.hi else None


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
        if isinstance(candidates, AnyValue):
            found = candidates.position(wanted)
        else:
            found = next((n for n, candidate in enumerate(candidates) if encode(candidate) == wanted), None)
        if found is None:
            raise NotAmongCandidates(f"{', '.join(map(str, wanted))} is not among {candidates!r}")
        self.positions.append(found)
        self.values.append(candidates[found])
        return candidates[found]

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
