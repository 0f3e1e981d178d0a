"""All ways through something that asks questions: each is gone once for each sequence of answers."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

import attrs

H = TypeVar("H", bound=Hashable)
T = TypeVar("T")


class Dead(Exception):
    """This way cannot be gone."""


@attrs.define
class Oracle:
    """Answers questions as `script` says, then with the first option; `others` are the scripts still to be tried."""

    script: tuple[Hashable, ...] = ()
    trail: list[tuple[str, Hashable]] = attrs.field(factory=list)
    others: list[tuple[Hashable, ...]] = attrs.field(factory=list)

    def pick(self, question: str, options: Sequence[H]) -> H:
        """One of `options`."""
        if not options:
            raise Dead
        at = len(self.trail)
        if at < len(self.script):
            answer = next((o for o in options if o == self.script[at]), None)
            if answer is None:
                raise Dead
        else:
            answer = options[0]
            before = tuple(given for _, given in self.trail)
            self.others += [(*before, other) for other in options[1:]]
        self.trail.append((question, answer))
        return answer


def ways(walk: Callable[[Oracle], T]) -> Iterator[T]:
    """What `walk` returns for each sequence of answers that it does not find dead."""
    waiting: list[tuple[Hashable, ...]] = [()]
    while waiting:
        oracle = Oracle(waiting.pop())
        try:
            result = walk(oracle)
        except Dead:
            waiting += reversed(oracle.others)
            continue
        waiting += reversed(oracle.others)
        yield result
