"""What an expression may use, and what is known of it."""

from __future__ import annotations

import attrs

from tests.agreement.declarations import Type


@attrs.frozen
class Number:
    """An int expression and the interval that it is in unless the model violates something."""

    text: str
    lo: int
    hi: int


@attrs.frozen
class Helper:
    """A function of the model. `parameters` come after the state; `result` is None, a type, or a tuple of types."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    result: Type | tuple[Type, ...] | None
    generator: bool
    pure: bool = False
    defaults: int = 0


@attrs.define
class Scope:
    """The names that an expression may use. `total` forbids what can fail."""

    names: dict[str, Type]
    assignable: set[str] = attrs.field(factory=set)
    plain: set[str] = attrs.field(factory=set)
    tuples: dict[str, tuple[Type, ...]] = attrs.field(factory=dict)
    total: bool = False
    pure: bool = False

    def copy(self, **names: Type) -> Scope:
        """The same names and more."""
        assignable, plain = self.assignable - set(names), self.plain - set(names)
        return Scope({**self.names, **names}, assignable, plain, dict(self.tuples), self.total, self.pure)

    def safe(self) -> Scope:
        """The same names for expressions that cannot fail."""
        return attrs.evolve(self.copy(), total=True, pure=True)

    def of(self, *kinds: type) -> list[str]:
        """Names of a kind."""
        return [name for name, kind in self.names.items() if isinstance(kind, kinds)]
