"""Initial states of a system that describes them instead of listing them."""

from __future__ import annotations

from itertools import product

from thpverify.ir.evaluator import Frame, evaluate, execute
from thpverify.ir.system import InitialState, State, System


def instance(system: System, values: State, params: State) -> InitialState | None:
    """The initial state in which the free elements of `system.start` begin with `values`; None if the guard refuses it.

    Raises:
        CheckFailed: the set-up violates something.
    """
    start = system.start
    assert start is not None
    elements = list(start.state)
    for element, value in zip(start.free, values, strict=True):
        elements[element] = value
    frame = Frame(system, elements, params)
    if not evaluate(start.guard, frame):
        return None
    execute(start.body, frame)
    execute(system.after_step, frame)
    return InitialState(tuple(frame.elements), (*((value,) for value in values), *frame.choices))


def chosen(system: System, choices: tuple[tuple[int, ...], ...]) -> InitialState | None:
    """The initial state that `choices` lead to: first a value of each free element, then what the set-up chooses."""
    start = system.start
    assert start is not None
    types = [variable.type for variable, _, _ in system.elements()]
    values = tuple(value for choice in choices[: len(start.free)] for value in choice)
    if len(values) != len(start.free):
        return None
    if any(not types[n].lo <= value <= types[n].hi for n, value in zip(start.free, values, strict=True)):
        return None
    for params in product(*(range(p.lo, p.hi + 1) for p in start.params)):
        made = instance(system, values, params)
        if made is not None and made.choices == choices:
            return made
    return None
