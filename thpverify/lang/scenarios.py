"""Scenarios: what is checked, on which kernel, and what is expected."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from types import FunctionType
from typing import Any

import attrs

from thpverify.ir.statements import Span
from thpverify.lang.constants import Constant
from thpverify.lang.context import Activation
from thpverify.lang.errors import ModelError
from thpverify.lang.patches import Era, Patch
from thpverify.lang.properties import Property
from thpverify.lang.registry import Registry
from thpverify.lang.source import caller_span
from thpverify.lang.threads import Instance, ThreadFunction
from thpverify.lang.types import RecordSpec, scalar_names, spec_of

BUILT_IN_PROPERTIES = ("assertion", "range", "index", "division", "deadlock")
"""Names of the properties that every model has."""


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
    symbolic: tuple[str, ...]
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


_registered: Registry[Scenario] = Registry()


def registered() -> tuple[Scenario, ...]:
    """Every scenario that was declared so far, in order."""
    return _registered.all()


def violates(*names: str) -> Expectation:
    """The properties that are expected to be violated: at least the first must be."""
    return Expectation(tuple(names))


@attrs.frozen
class Arguments:
    """What is wrong with the arguments of scenario `scenario`, declared at `span`: each method raises ModelError."""

    scenario: str
    span: Span

    def error(self, message: str, hint: str, code: str = "THP009") -> ModelError:
        """A mistake in the call."""
        return ModelError(code, message, hint, self.span)

    def name(self, name: object, variant: object) -> None:
        """Both are strings."""
        if not isinstance(name, str) or not isinstance(variant, str | None):
            raise self.error(f"scenario {name!r}: name and variant are strings", 'Write scenario("name", ...).')

    def sequence(self, name: str, value: object) -> None:
        """`value` is a list or tuple."""
        if not isinstance(value, list | tuple):
            raise self.error(f"{name} of scenario {self.scenario} is no list", f"Write {name}=[...].")

    def threads(self, threads: Sequence[object]) -> None:
        """Threads that were called."""
        self.sequence("threads", threads)
        if not threads:
            raise self.error(f"scenario {self.scenario} has no threads", "Give at least one: threads=[fault(a=0)].")
        for instance in threads:
            if isinstance(instance, ThreadFunction):
                raise self.error(
                    f"thread {instance.name} of scenario {self.scenario} is not called",
                    f"Write {instance.name}(...) with its arguments, without the state.",
                )
            if not isinstance(instance, Instance):
                raise self.error(
                    f"{instance!r} in scenario {self.scenario} is no thread",
                    "Decorate the generator with @thread and call it.",
                )

    def properties(self, properties: Sequence[object]) -> None:
        """Properties with names of their own."""
        self.sequence("properties", properties)
        names: set[str] = set()
        for prop in properties:
            if not isinstance(prop, Property):
                raise self.error(f"{prop!r} is no property", "Decorate the function with @invariant or @reachable.")
            if prop.name in names or prop.name in BUILT_IN_PROPERTIES:
                what = "two properties" if prop.name in names else "a property named like a built-in one,"
                raise self.error(
                    f"scenario {self.scenario} has {what} {prop.name}", "Give each a name of its own.", "THP010"
                )
            names.add(prop.name)

    def functions(self, initial: object, after_step: Sequence[object]) -> None:
        """Plain functions of the state."""
        self.sequence("after_step", after_step)
        for name, function in [("initial", initial), *(("after_step", hook) for hook in after_step)]:
            if name == "initial" and function is None:
                continue
            if not isinstance(function, FunctionType) or inspect.isgeneratorfunction(function):
                raise self.error(
                    f"{name} of scenario {self.scenario} is {function!r}", "Pass a plain function: def setup(s: State)."
                )
            if len(inspect.signature(function).parameters) != 1:
                raise self.error(
                    f"{function.__name__} must take the state and nothing else",
                    f"Write def {function.__name__}(s: State).",
                )

    def kernel(self, era: object, patches: Sequence[object], without: Sequence[object], constants: object) -> None:
        """An era, patches, and values of constants."""
        if not isinstance(era, Era | None):
            raise self.error(f"era of scenario {self.scenario} is {era!r}", 'Pass what era("v4.5") returns.')
        for name, listed in (("patches", patches), ("without", without)):
            self.sequence(name, listed)
            for one in listed:
                if not isinstance(one, Patch):
                    raise self.error(
                        f"{name} of scenario {self.scenario} has {one!r}", 'Pass what patch("commit", ...) returns.'
                    )
        if not isinstance(constants, Mapping | None):
            raise self.error(f"constants of scenario {self.scenario} is no dict", "Write constants={NR: 2}.")
        for constant, value in (constants or {}).items():
            if not isinstance(constant, Constant) or not isinstance(value, int):
                raise self.error(
                    f"constants of scenario {self.scenario} sets {constant!r} to {value!r}",
                    'Give ints to what Constant("name", default) returned: constants={NR: 2}.',
                )

    def symbolic(self, symbolic: object, state: RecordSpec) -> None:
        """Names of scalar fields of `state`, each once."""
        self.sequence("symbolic", symbolic)
        assert isinstance(symbolic, Sequence)
        known = list(scalar_names(state))
        for name in symbolic:
            if name not in known:
                close = get_close_matches(str(name), known, n=1)
                hint = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(known)}."
                message = f"symbolic of scenario {self.scenario} names {name!r}, which is no field of its state"
                raise ModelError("THP059", message, hint, self.span)
            if symbolic.count(name) > 1:
                message = f"symbolic of scenario {self.scenario} names {name} twice"
                raise ModelError("THP059", message, "Name each field once.", self.span)

    def expect(self, expect: object, names: Sequence[str]) -> None:
        """HOLDS, or names of properties that are checked."""
        known = (*names, *BUILT_IN_PROPERTIES)
        if not isinstance(expect, Expectation) or not all(isinstance(n, str) for n in expect.violated):
            raise self.error(
                f"scenario {self.scenario} expects {expect!r}", 'Write expect=violates("property") or HOLDS.'
            )
        for name in expect.violated:
            if name not in known:
                raise self.error(
                    f"scenario {self.scenario} expects a violation of {name}, which it does not check",
                    f"It has: {', '.join(known)}.",
                    "THP011",
                )


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
    symbolic: Sequence[str] = (),
    variant: str | None = None,
    expect: Expectation = HOLDS,
    deadlock_free: bool = True,
) -> Scenario:
    """Declare a scenario: see docs/language.md for each argument.

    Raises:
        ModelError: an argument does not fit, or name and variant are taken.
    """
    span = caller_span(sys._getframe(1))
    spec = spec_of(state)
    if not isinstance(spec, RecordSpec):
        raise ModelError(
            "THP009", f"the state of scenario {name} is {state!r}", "Pass a class decorated with @record.", span
        )
    arguments = Arguments(str(name), span)
    arguments.name(name, variant)
    arguments.threads(threads)
    arguments.properties(properties)
    arguments.functions(initial, after_step)
    arguments.symbolic(symbolic, spec)
    arguments.kernel(era, patches, without, constants)
    arguments.expect(expect, [p.name for p in properties])
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
        tuple(symbolic),
        expect,
        deadlock_free,
        span,
    )
    for other in registered():
        if (other.name, other.variant) == (declared.name, declared.variant):
            raise ModelError(
                "THP010",
                f"scenario {declared.title} is declared twice, first at {other.span}",
                "Give one of them another name or variant.",
                span,
            )
    _registered.add(declared)
    return declared


def _variant(era: Era | None, patches: Sequence[Patch], without: Sequence[Patch]) -> str:
    added = "".join(f"+{p.commit}" for p in patches)
    return (era.name if era else "") + added + "".join(f"-{p.commit}" for p in without)
