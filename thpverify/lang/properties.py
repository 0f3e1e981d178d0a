"""Properties: what must hold in every reachable state, and what must be possible."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from types import FrameType, FunctionType
from typing import Any

import attrs

from thpverify.lang.errors import ModelError
from thpverify.lang.source import caller_span, name_span


@attrs.frozen
class Property:
    """A function of the state that is true or false; `kind` is "invariant" or "reachable"."""

    kind: str
    function: Callable[..., Any]

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


def _make(kind: str, function: Callable[..., Any], caller: FrameType) -> Property:
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
    return Property(kind, function)


def invariant(function: Callable[..., Any]) -> Property:
    """Must be true in every reachable state."""
    return _make("invariant", function, sys._getframe(1))


def reachable(function: Callable[..., Any]) -> Property:
    """Must be true in at least one reachable state: guards against models in which nothing happens."""
    return _make("reachable", function, sys._getframe(1))
