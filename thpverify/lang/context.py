"""The scenario that is active while a model's own Python runs: its constants, patches, choices and threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Protocol

import attrs


class ThreadView(Protocol):
    """What a property may ask about a running thread."""

    def stands_at(self, labels: Sequence[str]) -> bool:
        """Whether it is suspended at a yield with one of `labels`."""

    def local(self, name: str) -> Any:
        """The value of local `name` of the thread function itself."""


def _no_choice(values: Sequence[Any]) -> Any:
    raise RuntimeError("choose() works only while thpverify runs the model")


def _no_thread(function: str, index: int) -> ThreadView | None:
    return None


@attrs.define
class Activation:
    """`wrote` is set whenever a field of a record or an element of an array is assigned."""

    constants: Mapping[Any, int] = MappingProxyType({})
    patches: frozenset[object] = frozenset()
    choose: Callable[[Sequence[Any]], Any] = _no_choice
    find_thread: Callable[[str, int], ThreadView | None] = _no_thread
    wrote: bool = False


_ACTIVE: ContextVar[Activation] = ContextVar("thpverify_activation")
_NONE = Activation()


def active() -> Activation:
    """The activation in force; outside of a run, one with default constants and no patches."""
    return _ACTIVE.get(_NONE)


def is_active() -> bool:
    """Whether a scenario is in force, so that constants have values."""
    return _ACTIVE.get(_NONE) is not _NONE


@contextmanager
def activate(activation: Activation) -> Iterator[Activation]:
    """Put `activation` in force for a `with` block."""
    token = _ACTIVE.set(activation)
    try:
        yield activation
    finally:
        _ACTIVE.reset(token)
