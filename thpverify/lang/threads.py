"""Threads, and what a step may say: choose, assume, atomic; and what a property may ask of threads: at, local."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from enum import Enum
from types import FunctionType
from typing import Any, TypeVar

import attrs

from thpverify.lang.context import active
from thpverify.lang.errors import ModelError
from thpverify.lang.source import caller_span, name_span

T = TypeVar("T")


@attrs.frozen
class Instance:
    """A thread function with its arguments: one process of a scenario."""

    thread: ThreadFunction
    arguments: tuple[tuple[str, Any], ...]


@attrs.frozen
class Handle:
    """``fault[0]``: instance number `index` of a thread function within whatever scenario asks."""

    thread: ThreadFunction
    index: int


@attrs.frozen
class ThreadFunction:
    """A generator function that `thread` decorated; called with its arguments, it gives an `Instance`."""

    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.__name__

    def __call__(self, *state: Any, **arguments: Any) -> Instance:
        span = caller_span(sys._getframe(1))
        if state:
            raise ModelError(
                "THP006",
                f"thread {self.name} is called with an argument that has no name",
                f"Write {self.name}(name=value, ...), without the state: every scenario brings its own.",
                span,
            )
        names = list(inspect.signature(self.function).parameters.values())[1:]
        missing = [p.name for p in names if p.name not in arguments and p.default is p.empty]
        unknown = [a for a in arguments if a not in [p.name for p in names]]
        if missing or unknown:
            what = f"lacks {', '.join(missing)}" if missing else f"has no parameter {', '.join(unknown)}"
            raise ModelError(
                "THP006",
                f"thread {self.name} {what}",
                f"Its parameters besides the state: {', '.join(p.name for p in names) or 'none'}.",
                span,
            )
        values = {p.name: arguments.get(p.name, p.default) for p in names}
        for name, value in values.items():
            if not (isinstance(value, int | str | Enum) or value is None or hasattr(value, "__index__")):
                raise ModelError(
                    "THP006",
                    f"argument {name} of thread {self.name} is {value!r}",
                    "Pass an int, a bool, an enum member, None or a Constant.",
                    span,
                )
        return Instance(self, tuple(values.items()))

    def __getitem__(self, index: int) -> Handle:
        if not isinstance(index, int) or index < 0:
            raise ModelError(
                "THP027",
                f"{index!r} is not the number of a thread",
                f"Write {self.name}[0]: the thread's function and its number among the scenario's threads.",
                caller_span(sys._getframe(1)),
            )
        return Handle(self, index)


def thread(function: Callable[..., Any]) -> ThreadFunction:
    """Make a thread of a generator function whose first parameter is the state.

    Raises:
        ModelError: it is not a generator function, or its parameters are not the state and names.
    """
    if not isinstance(function, FunctionType):
        raise ModelError(
            "THP007",
            f"@thread decorates {'a class' if isinstance(function, type) else repr(function)}",
            "Decorate a function once: @thread, then def name(s: State, ...) with yields in it.",
            caller_span(sys._getframe(1)),
        )
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise ModelError(
            "THP007",
            f"thread {function.__name__} is async",
            f"Write a plain generator: def {function.__name__}(s: State, ...).",
            name_span(function),
        )
    if not inspect.isgeneratorfunction(function):
        raise ModelError(
            "THP007",
            f"thread {function.__name__} never yields",
            'End each step with `yield "what it did"`.',
            name_span(function),
        )
    parameters = inspect.signature(function).parameters
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values()):
        raise ModelError(
            "THP020",
            f"thread {function.__name__} takes * or ** arguments",
            "Name each parameter.",
            name_span(function),
        )
    if not parameters:
        raise ModelError(
            "THP007",
            f"thread {function.__name__} does not take the state",
            f"Write def {function.__name__}(s: State, ...).",
            name_span(function),
        )
    return ThreadFunction(function)


def choose(values: Iterable[T]) -> T:
    """Any one of `values`: every one is explored. Over a filtered comprehension, wait while nothing fits."""
    chosen: T = active().choose(list(values))
    return chosen


def assume(condition: bool) -> None:
    """In a scenario's `initial` function: start only where `condition` is true."""
    if not condition:
        active().choose(())


def atomic(reason: str) -> None:
    """Say why this step may touch more than one unprotected shared location, for the linter."""


def at(handle: Handle, *labels: str) -> bool:
    """Whether a thread stands at a yield labelled with one of `labels`; for properties and asserts."""
    view = active().find_thread(handle.thread.name, handle.index)
    return view is not None and view.stands_at(labels)


def local(handle: Handle, name: str) -> Any:
    """The value of local `name` of a thread's own function, its reset value while it has none; for properties."""
    view = active().find_thread(handle.thread.name, handle.index)
    return 0 if view is None else view.local(name)
