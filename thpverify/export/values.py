"""How large the numbers of a system get, which both targets need to know."""

from __future__ import annotations

from collections.abc import Iterator

from thpverify.export.errors import ExportError
from thpverify.ir.expressions import Expr, Variable, subexpressions
from thpverify.ir.statements import Block, expressions_of, walk
from thpverify.ir.system import State, System


def all_expressions(system: System) -> Iterator[Expr]:
    """Every expression of the system with all that is within it."""
    for command in system.commands:
        yield from subexpressions(command.guard)
        yield from block_expressions(command.body)
    for prop in system.properties:
        yield from block_expressions(prop.body)
        yield from subexpressions(prop.result)


def block_expressions(block: Block) -> Iterator[Expr]:
    """Every expression within `block`."""
    for statement in walk(block):
        for expr in expressions_of(statement):
            yield from subexpressions(expr)


def span_of_values(system: System) -> tuple[int, int]:
    """The least and greatest number that is stored or met on the way."""
    spans = [(v.type.lo, v.type.hi) for v in system.variables] + [(e.lo, e.hi) for e in all_expressions(system)]
    return min((lo for lo, _ in spans), default=0), max((hi for _, hi in spans), default=0)


def initial_states(system: System) -> tuple[State, ...]:
    """The different initial states, in the order of their first mention."""
    return tuple(dict.fromkeys(initial.state for initial in system.initial))


def indices(variable: Variable, flat: int) -> tuple[int, ...]:
    """The index of element number `flat`, one number per dimension."""
    found: list[int] = []
    for dimension in reversed(variable.shape):
        found.append(flat % dimension)
        flat //= dimension
    return tuple(reversed(found))


def require_starts(system: System) -> None:
    """Both targets let every thread begin at its point 0.

    Raises:
        ExportError: there is no initial state, or one in which a thread stands elsewhere.
    """
    if not system.initial:
        raise ExportError(f"{system.name} has no initial state")
    for thread in system.threads:
        if any(state[system.offsets[thread.pc]] != 0 for state in initial_states(system)):
            raise ExportError(f"thread {thread.name} does not start at its first point in every initial state")
