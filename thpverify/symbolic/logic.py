"""Conjunction and disjunction of any number of terms: z3 keeps ones of none and of one, which other solvers refuse."""

from __future__ import annotations

from collections.abc import Iterable

import z3


def all_of(parts: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """All of `parts`; true if there are none."""
    needed = [part for part in parts if not z3.is_true(part)]
    if len(needed) == 1:
        return needed[0]
    return z3.And(needed) if needed else z3.BoolVal(True)


def any_of(parts: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """At least one of `parts`; false if there are none."""
    possible = [part for part in parts if not z3.is_false(part)]
    if len(possible) == 1:
        return possible[0]
    return z3.Or(possible) if possible else z3.BoolVal(False)
