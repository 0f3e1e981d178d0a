"""Initial states that are described and not listed, as terms."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import z3

from thpverify.ir.starting import instance
from thpverify.ir.system import InitialState, System
from thpverify.lang.errors import ModelError
from thpverify.symbolic.execution import Failure, Run
from thpverify.symbolic.logic import all_of
from thpverify.symbolic.numbers import Number, fit, in_range, number, sorts_for, unknown, value_in
from thpverify.symbolic.solving import Clock, ask, path_solver


@attrs.frozen(eq=False)
class Starting:
    """A described initial state: `free` and `params` are what it depends on, `wanted` says that there is one for them.
    `failures` are Checks that fail in its set-up, `made` what the set-up makes of each element where none does."""

    free: tuple[Number, ...]
    params: tuple[Number, ...]
    wanted: z3.BoolRef
    failures: tuple[Failure, ...]
    done: z3.BoolRef
    made: tuple[Number, ...]

    def reaches(self, state: Sequence[Number]) -> z3.BoolRef:
        """That it is made and is `state`."""
        same = [own.term == fit(made, own.lo, own.hi).term for own, made in zip(state, self.made, strict=True)]
        return all_of([self.wanted, self.done, *same])

    def read(self, model: z3.ModelRef, system: System) -> InitialState:
        """The one in `model`."""
        made = instance(system, *(tuple(value_in(model, one) for one in own) for own in (self.free, self.params)))
        assert made is not None
        return made


def starting(system: System) -> Starting:
    """How the described initial states of `system` come about, as terms."""
    with sorts_for(system):
        return _starting(system)


def _starting(system: System) -> Starting:
    start = system.start
    assert start is not None
    elements = list(system.elements())
    free = {n: unknown(f"start.{elements[n][2]}", elements[n][0].type.lo, elements[n][0].type.hi) for n in start.free}
    params = {p.number: unknown(f"start.choice.{p.number}", p.lo, p.hi) for p in start.params}
    begun = {n: free[n] if n in free else fit(number(value), v.type.lo, v.type.hi)
             for n, (value, (v, _, _)) in enumerate(zip(start.state, elements, strict=True))}  # fmt: skip
    run = Run(system, begun, params)
    bounds = [in_range(value) for value in (*free.values(), *params.values())]
    wanted = all_of([*bounds, run.value(start.guard).boolean])
    run.execute(start.body)
    run.execute(system.after_step)
    made = tuple(run.elements[n] for n in range(len(elements)))
    return Starting(tuple(free.values()), tuple(params.values()), wanted, tuple(run.failures), run.path, made)


def refuse_impossible(system: System, clock: Clock) -> None:
    """Refuse described initial states of which there is none, or one whose set-up violates something.

    Raises:
        ModelError: so it is.
        NoAnswer, OutOfTime: z3 does not tell.
    """
    starts = starting(system)
    solver = path_solver(system)
    solver.add(starts.wanted)
    if ask(solver, "whether there is an initial state", clock) is None:
        raise ModelError(
            "THP051",
            f"{system.name} has no initial state: nothing that `initial` assumes is possible",
            "Assume no less than what some state fulfils.",
        )
    for failure in starts.failures:
        solver.push()
        solver.add(failure.condition)
        if ask(solver, "whether the set-up of the initial state can fail", clock) is not None:
            message = f"an initial state of {system.name} is not possible: {failure.check.message}"
            raise ModelError("THP051", message, "Set up values within the types.", failure.check.span)
        solver.pop()
