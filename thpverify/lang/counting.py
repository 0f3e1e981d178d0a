"""The few lines beside a model that say how it is to be counted, for any number of subpages, processes and tasks."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

import attrs

from thpverify.ir.statements import Span
from thpverify.lang.constants import Constant
from thpverify.lang.errors import ModelError
from thpverify.lang.scenarios import Scenario
from thpverify.lang.source import caller_span
from thpverify.lang.threads import Instance


@attrs.frozen(eq=False)
class CountingInstance:
    """A bounded instance that is searched to the end, each of its steps compared with the counter system."""

    constants: Mapping[Constant, int]
    threads: tuple[Instance, ...]


@attrs.frozen(eq=False)
class Counting:
    """How `scenario` is counted. Its threads are the kinds of tasks that there may be any number of.

    `size` is the number of subpages, `crowd` that of records which stand for one of many each; a record's `lock` says
    that it belongs to the task which holds it. `instances` are what the counter system is compared with.
    """

    scenario: Scenario
    size: Constant
    crowd: Constant
    lock: str
    instances: tuple[CountingInstance, ...]
    span: Span

    @property
    def name(self) -> str:
        """The scenario's name, which is how a user asks for it."""
        return self.scenario.title


_registered: list[Counting] = []


def registered_countings() -> tuple[Counting, ...]:
    """Every counting that was declared so far, in order."""
    return tuple(_registered)


def counting(
    scenario: Scenario,
    *,
    size: Constant,
    crowd: Constant,
    lock: str,
    instances: Sequence[tuple[Mapping[Constant, int], Sequence[Instance]]],
) -> Counting:
    """Declare how `scenario` is counted: see docs/counting.md for each argument.

    Raises:
        ModelError: an argument does not fit, or the scenario is counted already.
    """
    span = caller_span(sys._getframe(1))
    if not isinstance(scenario, Scenario):
        raise ModelError("THP009", f"{scenario!r} is no scenario", "Pass what scenario(...) returned.", span)
    for name, constant in (("size", size), ("crowd", crowd)):
        if not isinstance(constant, Constant):
            message = f"{name} of the counting of {scenario.title} is {constant!r}"
            raise ModelError("THP009", message, 'Pass what Constant("name", default) returned.', span)
    if not instances:
        message = f"the counting of {scenario.title} has no instances"
        raise ModelError("THP009", message, "Give some, for N = 2, 3 and 4: they are what it is compared with.", span)
    _registered[:] = [c for c in _registered if c.scenario.title != scenario.title]
    given = tuple(CountingInstance(dict(constants), tuple(threads)) for constants, threads in instances)
    declared = Counting(scenario, size, crowd, lock, given, span)
    _registered.append(declared)
    return declared
