"""Decisions of the model generator.

Hypothesis gives each model a seed and no more. When it draws every decision itself, most models come out as the
simplest one or cut short after a few decisions; shrinking.py finds what is essential in a failing model instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

import attrs

T = TypeVar("T")


@attrs.define
class Draw:
    """Draws from a random generator."""

    random: Random

    def pick(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return self.random.choice(options)

    def number(self, lo: int, hi: int) -> int:
        """A number in `lo`..`hi`."""
        return self.random.randint(lo, hi)

    def chance(self, percent: int) -> bool:
        """True in `percent` of 100 cases."""
        return self.random.randrange(100) < percent

    def weighted(self, options: Sequence[tuple[int, T]]) -> T:
        """One of `options`, each with its weight."""
        return self.random.choices([option for _, option in options], [weight for weight, _ in options])[0]
