"""The initial states of a scenario: listed one by one, or described where they are too many for that."""

from __future__ import annotations

from itertools import product
from math import prod

import attrs

from thpverify.compiler.context import Step
from thpverify.compiler.guards import enabled_body, guard_of
from thpverify.ir.evaluator import CheckFailed
from thpverify.ir.starting import instance
from thpverify.ir.statements import Check, Statement
from thpverify.ir.system import InitialState, State, SymbolicStart, System
from thpverify.lang.errors import ModelError
from thpverify.lang.scenarios import Scenario

MOST_LISTED = 1 << 16
"""Ways to start from, given by symbolic fields, that are taken one by one; each costs the search a state or more."""


def with_initial_states(
    scenario: Scenario, system: System, step: Step, block: list[Statement], *, listed: bool
) -> System:
    """`system` with its initial states, which the set-up `block`, compiled in `step`, makes.

    Symbolic fields have any values of their types before it runs. If these are too many to take one by one, the system
    gets a `SymbolicStart` instead, unless the states are wanted `listed`.

    Raises:
        ModelError: there is none, one is not possible, or they cannot be listed.
    """
    free = tuple(n for n, (v, _, _) in enumerate(system.elements()) if v.name in scenario.symbolic)
    start = SymbolicStart(
        tuple(value for variable in system.variables for value in variable.initial),
        free,
        tuple(step.params),
        guard_of(tuple(block)),
        enabled_body(tuple(block)),
    )
    types = [variable.type for variable, _, _ in system.elements()]
    ways = prod(types[n].hi - types[n].lo + 1 for n in free) * prod(p.hi - p.lo + 1 for p in step.params)
    if not free or ways <= MOST_LISTED:
        return attrs.evolve(system, initial=_listed(scenario, system, start))
    if listed:
        raise ModelError(
            "THP060",
            f"the symbolic fields of {scenario.title} have {ways:,} values, too many for a search of every state",
            f"Ask z3 instead: check --engine z3; or give smaller constants: up to {MOST_LISTED:,} are listed.",
            scenario.span,
        )
    return attrs.evolve(system, start=start)


def impossible(title: str, check: Check) -> ModelError:
    """The set-up of `title` fails `check`."""
    message = f"the initial state of {title} is not possible: {check.message}"
    return ModelError("THP051", message, "Set up values within the types.", check.span)


def _listed(scenario: Scenario, system: System, start: SymbolicStart) -> tuple[InitialState, ...]:
    types = [variable.type for variable, _, _ in system.elements()]
    system = attrs.evolve(system, start=start)
    states: dict[State, InitialState] = {}
    for values in product(*(range(types[n].lo, types[n].hi + 1) for n in start.free)):
        for params in product(*(range(p.lo, p.hi + 1) for p in start.params)):
            try:
                made = instance(system, values, params)
            except CheckFailed as failure:
                raise impossible(scenario.title, failure.check) from failure
            if made is not None:
                states.setdefault(made.state, made)
    if not states:
        raise ModelError(
            "THP051",
            f"{scenario.title} has no initial state: nothing that `initial` chooses or assumes is possible",
            "Let every choose in `initial` have a value, and assume no less than what some state fulfils.",
            scenario.span,
        )
    return tuple(states.values())
