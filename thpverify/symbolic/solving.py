"""One way to ask z3: with a time limit, and with every way to get no answer turned into `NoAnswer`."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

import attrs
import z3

from thpverify.ir.system import System
from thpverify.symbolic.numbers import is_wide

QUERY_SECONDS = 30.0
"""Time for one query, unless the proof has less left."""

SLACK = 0.05
"""Seconds by which z3 may end a query before its time."""


class NoAnswer(Exception):
    """z3 gave none: it ran out of time or memory, was interrupted, or failed. `obligation` is what it was asked."""

    def __init__(self, obligation: str, reason: str) -> None:
        super().__init__(f"z3 has no answer on {obligation}: {reason}")
        self.obligation = obligation
        self.reason = reason


class OutOfTime(Exception):
    """The time for the proof as a whole is over."""


@attrs.define
class Clock:
    """Time for a proof: `seconds` from `begun`; None is no limit."""

    seconds: float | None = None
    begun: float = attrs.field(factory=perf_counter)

    @property
    def elapsed(self) -> float:
        """Seconds since it began."""
        return perf_counter() - self.begun

    @property
    def over(self) -> bool:
        """Whether no time is left."""
        return self.seconds is not None and self.elapsed >= self.seconds - SLACK

    def for_query(self) -> int:
        """Milliseconds for a query.

        Raises:
            OutOfTime: none are left.
        """
        left = QUERY_SECONDS if self.seconds is None else min(QUERY_SECONDS, self.seconds - self.elapsed)
        if left <= SLACK:
            raise OutOfTime
        return max(1, int(1000 * left))

    def part(self, share: float) -> Clock:
        """A clock for `share` of the time that is left."""
        return Clock(None if self.seconds is None else max(0.0, self.seconds - self.elapsed) * share)


def path_solver(system: System) -> z3.Solver:
    """What goes deepest in bounded model checking: bit by bit, unless the terms of `system` are of integers."""
    if is_wide(system):
        return z3.Solver()
    return z3.Then("simplify", "propagate-values", "solve-eqs", "bit-blast", "sat").solver()


def ask(
    solver: z3.Solver, obligation: str, clock: Clock, assumptions: Sequence[z3.BoolRef] = ()
) -> z3.ModelRef | None:
    """A model of what `solver` has and of `assumptions`; None if there is none.

    Raises:
        NoAnswer: z3 does not know, or fails.
        OutOfTime: the clock has run out.
    """
    solver.set("timeout", clock.for_query())
    try:
        answer = solver.check(*assumptions)
        if answer == z3.sat:
            return solver.model()
        reason = solver.reason_unknown()
    except z3.Z3Exception as error:
        raise NoAnswer(obligation, _text(error)) from error
    if answer == z3.unsat:
        return None
    if clock.over:
        raise OutOfTime
    raise NoAnswer(obligation, reason)


def _text(error: z3.Z3Exception) -> str:
    value = error.args[0] if error.args else error
    return value.decode() if isinstance(value, bytes) else str(value)
