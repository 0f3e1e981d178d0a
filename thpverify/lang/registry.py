"""What models declared so far, by the file that declared it: a file that is imported again must not find itself."""

from __future__ import annotations

from typing import Any, Generic, Protocol, TypeVar

from thpverify.ir.statements import Span


class Declared(Protocol):
    """Something with a place."""

    @property
    def span(self) -> Span:
        """Where it was declared."""


D = TypeVar("D", bound=Declared)

_registries: list[Registry[Any]] = []


class Registry(Generic[D]):
    """The declarations of one kind, in order."""

    def __init__(self) -> None:
        self._declared: list[D] = []
        _registries.append(self)

    def add(self, declared: D) -> None:
        """Append one."""
        self._declared.append(declared)

    def all(self) -> tuple[D, ...]:
        """Every one so far."""
        return tuple(self._declared)

    def drop(self, file: str) -> None:
        """Drop those of `file`."""
        self._declared[:] = [d for d in self._declared if d.span.file != file]


def forget(file: str) -> None:
    """Drop whatever `file` declared, so that it can be imported again."""
    for registry in _registries:
        registry.drop(file)
