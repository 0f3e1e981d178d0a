"""Patches, eras and scenarios: what is checked, on which kernel, and what is expected."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import attrs

from thpverify.ir.statements import Span
from thpverify.lang.constants import Constant
from thpverify.lang.context import Activation, active
from thpverify.lang.errors import ModelError
from thpverify.lang.properties import Property
from thpverify.lang.threads import Instance, ThreadFunction
from thpverify.lang.types import RecordSpec, spec_of

BUILT_IN_PROPERTIES = ("assertion", "range", "index", "division", "deadlock")
"""Names of the properties that every model has."""


@attrs.frozen
class Patch:
    """A kernel commit. Model code asks `applied`, which is a constant of the scenario."""

    commit: str
    subject: str = attrs.field(eq=False)
    version: str = attrs.field(eq=False, default="")

    @property
    def applied(self) -> bool:
        """Whether the active scenario has this patch."""
        return self in active().patches


@attrs.frozen
class Era:
    """A kernel version as a set of patches."""

    name: str
    patches: frozenset[Patch]


@attrs.frozen
class Expectation:
    """What a scenario's author expects: `violated` names properties, empty for all to hold."""

    violated: tuple[str, ...] = ()


HOLDS = Expectation()
"""Every property is expected to hold, completely."""


@attrs.frozen(eq=False)
class Scenario:
    """Threads, properties and a kernel, with what is expected of them. Made by `scenario`."""

    name: str
    variant: str
    state: RecordSpec
    threads: tuple[Instance, ...]
    properties: tuple[Property, ...]
    initial: Callable[..., Any] | None
    after_step: tuple[Callable[..., Any], ...]
    constants: Mapping[Constant, int]
    patches: frozenset[Patch]
    expect: Expectation
    deadlock_free: bool
    span: Span

    @property
    def title(self) -> str:
        """Name and variant."""
        return f"{self.name} [{self.variant}]" if self.variant else self.name

    def activation(self) -> Activation:
        """A fresh activation with this scenario's constants and patches."""
        return Activation(constants=self.constants, patches=frozenset(self.patches))


_registered: list[Scenario] = []


def registered() -> tuple[Scenario, ...]:
    """Every scenario that was declared so far, in order."""
    return tuple(_registered)


def forget(file: str) -> None:
    """Drop the scenarios of `file`, so that it can be imported again."""
    _registered[:] = [s for s in _registered if s.span.file != file]


def patch(commit: str, subject: str, *, version: str = "") -> Patch:
    """A kernel commit by its abbreviated id, with its subject and the version that has it."""
    return Patch(commit, subject, version)


def era(name: str, *, patches: Iterable[Patch] = ()) -> Era:
    """A kernel version and the patches, of those that models ask for, which it has."""
    return Era(name, frozenset(patches))


def violates(*names: str) -> Expectation:
    """The properties that are expected to be violated: at least the first must be."""
    return Expectation(tuple(names))


def scenario(
    name: str,
    *,
    state: Any,
    threads: Sequence[Instance],
    properties: Sequence[Property] = (),
    initial: Callable[..., Any] | None = None,
    after_step: Sequence[Callable[..., Any]] = (),
    constants: Mapping[Constant, int] | None = None,
    era: Era | None = None,
    patches: Sequence[Patch] = (),
    without: Sequence[Patch] = (),
    variant: str | None = None,
    expect: Expectation = HOLDS,
    deadlock_free: bool = True,
) -> Scenario:
    """Declare a scenario: see docs/language.md for each argument.

    Raises:
        ModelError: an argument does not fit, or name and variant are taken.
    """
    caller = sys._getframe(1)
    span = Span(caller.f_code.co_filename, caller.f_lineno, 0, caller.f_lineno, 0)
    spec = spec_of(state)
    if not isinstance(spec, RecordSpec):
        raise ModelError(
            "THP009", f"the state of scenario {name} is {state!r}", "Pass a class decorated with @record.", span
        )
    for instance in threads:
        _check_thread(instance, name, span)
    for prop in properties:
        if not isinstance(prop, Property):
            raise ModelError(
                "THP009", f"{prop!r} is no property", "Decorate the function with @invariant or @reachable.", span
            )
    names = [p.name for p in properties]
    for repeated in {n for n in names if names.count(n) > 1}:
        raise ModelError(
            "THP010", f"scenario {name} has two properties {repeated}", "Give each property a name of its own.", span
        )
    for expected in expect.violated:
        if expected not in (*names, *BUILT_IN_PROPERTIES):
            raise ModelError(
                "THP011",
                f"scenario {name} expects a violation of {expected}, which it does not check",
                f"It has: {', '.join((*names, *BUILT_IN_PROPERTIES))}.",
                span,
            )
    kernel = (era.patches if era else frozenset()) | frozenset(patches)
    declared = Scenario(
        name,
        _variant(era, patches, without) if variant is None else variant,
        spec,
        tuple(threads),
        tuple(properties),
        initial,
        tuple(after_step),
        dict(constants or {}),
        kernel - frozenset(without),
        expect,
        deadlock_free,
        span,
    )
    for other in _registered:
        if (other.name, other.variant) == (declared.name, declared.variant):
            raise ModelError(
                "THP010",
                f"scenario {declared.title} is declared twice, first at {other.span}",
                "Give one of them another name or variant.",
                span,
            )
    _registered.append(declared)
    return declared


def _check_thread(instance: object, name: str, span: Span) -> None:
    if isinstance(instance, ThreadFunction):
        raise ModelError(
            "THP009",
            f"thread {instance.name} of scenario {name} is not called",
            f"Write {instance.name}(...) with its arguments, without the state.",
            span,
        )
    if not isinstance(instance, Instance):
        raise ModelError(
            "THP009",
            f"{instance!r} in scenario {name} is no thread",
            "Decorate the generator with @thread and call it.",
            span,
        )


def _variant(era: Era | None, patches: Sequence[Patch], without: Sequence[Patch]) -> str:
    added = "".join(f"+{p.commit}" for p in patches)
    return (era.name if era else "") + added + "".join(f"-{p.commit}" for p in without)
