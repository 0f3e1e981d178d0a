"""Bounded types. Every value in the IR is an integer; a type says which integers and how to show them."""

from __future__ import annotations

import attrs


@attrs.frozen
class Type:
    """The integers `lo`..`hi`, both included."""

    lo: int
    hi: int

    @property
    def bits(self) -> int:
        """Bits needed to store ``value - lo``; 0 for a type with one value."""
        return (self.hi - self.lo).bit_length()

    @property
    def reset(self) -> int:
        """The value a dead local holds."""
        return self.lo

    def show(self, value: int) -> str:
        """`value` in the words of the model."""
        return str(value)

    def __str__(self) -> str:
        return f"{self.lo}..{self.hi}"


@attrs.frozen
class IntType(Type):
    """A Python int with inclusive bounds."""


@attrs.frozen
class BoolType(Type):
    """False is 0, True is 1. A lock is a bool that the linter knows as one."""

    lock: bool = False
    lo: int = attrs.field(default=0, init=False)
    hi: int = attrs.field(default=1, init=False)

    def show(self, value: int) -> str:
        return "True" if value else "False"

    def __str__(self) -> str:
        return "lock" if self.lock else "bool"


@attrs.frozen
class EnumType(Type):
    """Members of a Python `enum.Enum` in order of definition; the value is the position."""

    name: str
    members: tuple[str, ...]
    lo: int = attrs.field(default=0, init=False)
    hi: int = attrs.field(init=False)

    @hi.default
    def _last(self) -> int:
        return len(self.members) - 1

    def show(self, value: int) -> str:
        return self.members[value] if 0 <= value < len(self.members) else f"{self.name}({value})"

    def __str__(self) -> str:
        return self.name


@attrs.frozen
class RefType(Type):
    """A slot number of an array with `slots` slots, or None, which is -1."""

    slots: int
    lo: int = attrs.field(default=-1, init=False)
    hi: int = attrs.field(init=False)

    @hi.default
    def _last(self) -> int:
        return self.slots - 1

    @property
    def reset(self) -> int:
        return -1

    def show(self, value: int) -> str:
        return "None" if value < 0 else str(value)

    def __str__(self) -> str:
        return f"ref({self.slots})"


BOOL = BoolType()
LOCK = BoolType(lock=True)
