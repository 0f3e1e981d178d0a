"""Properties: what must hold in every reachable state, and what must be possible."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from types import FrameType, FunctionType
from typing import Any, overload

import attrs

from thpverify.lang.errors import ModelError
from thpverify.lang.invariant_codes import invariant_codes
from thpverify.lang.source import caller_span, name_span


@attrs.frozen
class Property:
    """A function of the state that is true or false; `kind` is "invariant" or "reachable".

    `codes` name the kinds of invariant that it stands for, such as REF or LVL.
    """

    kind: str
    function: Callable[..., Any]
    codes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    @property
    def statement(self) -> str:
        """The function's docstring: the property in words."""
        return inspect.getdoc(self.function) or ""

    def __call__(self, state: Any) -> Any:
        return self.function(state)


Decorator = Callable[[Callable[..., Any]], Property]


def _make(kind: str, function: Callable[..., Any], codes: tuple[str, ...], caller: FrameType) -> Property:
    if not isinstance(function, FunctionType):
        raise ModelError(
            "THP008",
            f"@{kind} decorates {'a class' if isinstance(function, type) else repr(function)}",
            f"Decorate a plain function once: @{kind}, then def name(s: State) -> bool.",
            caller_span(caller),
        )
    if inspect.isgeneratorfunction(function):
        raise ModelError(
            "THP008",
            f"property {function.__name__} yields",
            "A property looks at one state: remove the yield.",
            name_span(function),
        )
    if len(inspect.signature(function).parameters) != 1:
        raise ModelError(
            "THP008",
            f"property {function.__name__} must take the state and nothing else",
            f"Write def {function.__name__}(s: State) -> bool.",
            name_span(function),
        )
    return Property(kind, function, codes)


def _decorator(kind: str, code: str | Sequence[str], caller: FrameType) -> Decorator:
    codes = invariant_codes(code, f"@{kind}", caller_span(caller))
    return lambda function: _make(kind, function, codes, sys._getframe(1))


@overload
def invariant(function: Callable[..., Any], /) -> Property: ...
@overload
def invariant(*, code: str | Sequence[str]) -> Decorator: ...
def invariant(
    function: Callable[..., Any] | None = None, /, *, code: str | Sequence[str] = ()
) -> Property | Decorator:
    """Must be true in every reachable state. `code` names the kind of invariant: ``@invariant(code="LVL")``."""
    caller = sys._getframe(1)
    return _decorator("invariant", code, caller) if function is None else _make("invariant", function, (), caller)


@overload
def reachable(function: Callable[..., Any], /) -> Property: ...
@overload
def reachable(*, code: str | Sequence[str]) -> Decorator: ...
def reachable(
    function: Callable[..., Any] | None = None, /, *, code: str | Sequence[str] = ()
) -> Property | Decorator:
    """Must be true in at least one reachable state: guards against models in which nothing happens.

    `code` is as for `invariant`.
    """
    caller = sys._getframe(1)
    return _decorator("reachable", code, caller) if function is None else _make("reachable", function, (), caller)
