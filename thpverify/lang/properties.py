"""Properties: what must hold in every reachable state, and what must be possible."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import attrs

from thpverify.lang.errors import ModelError
from thpverify.lang.threads import definition


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


def _make(kind: str, function: Callable[..., Any]) -> Property:
    if inspect.isgeneratorfunction(function):
        raise ModelError(
            "THP008",
            f"property {function.__name__} yields",
            "A property looks at one state: remove the yield.",
            definition(function),
        )
    if len(inspect.signature(function).parameters) != 1:
        raise ModelError(
            "THP008",
            f"property {function.__name__} must take the state and nothing else",
            f"Write def {function.__name__}(s: State) -> bool.",
            definition(function),
        )
    return Property(kind, function)


def invariant(function: Callable[..., Any]) -> Property:
    """Must be true in every reachable state."""
    return _make("invariant", function)


def reachable(function: Callable[..., Any]) -> Property:
    """Must be true in at least one reachable state: guards against models in which nothing happens."""
    return _make("reachable", function)
