"""Locals that live across yields: where each is stored and how large it can become."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from thpverify.compiler.values import (
    ArrayPlace,
    Conflict,
    Kind,
    RecordPlace,
    Scalar,
    Static,
    TupleValue,
    Unbound,
    Value,
    join_kinds,
    type_of,
)
from thpverify.ir.expressions import Expr, Variable, const, load
from thpverify.ir.types import Type
from thpverify.lang.types import ScalarSpec

MOST_WIDENINGS = 24
"""A range that grew more often than this is taken to have no end."""


@attrs.define(eq=False)
class Cell:
    """The storage of one integer; its interval grows as values arrive.

    `fixed` is the type of an annotated local, `first` the value of a thread's parameter at the start.
    """

    name: str
    thread: int
    kind: Kind
    lo: int
    hi: int
    fixed: Type | None = None
    first: int | None = None
    variable: Variable = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        if self.fixed is not None:
            self.lo, self.hi = self.fixed.lo, self.fixed.hi
        self.variable = Variable(self.name, self.type, (), (self.type.reset,), "local", self.thread)

    @property
    def type(self) -> Type:
        """The IR type as known so far."""
        return self.fixed or type_of(self.kind, self.lo, self.hi)

    def read(self) -> Scalar:
        """The stored value; a constant while only one was stored."""
        if self.fixed is None and self.lo == self.hi:
            return Scalar(const(self.lo), self.kind)
        return Scalar(load(self.variable), self.kind)

    def widen(self, value: Scalar) -> bool | None:
        """Make room for `value`; says whether that changed anything, None if the kinds do not go together."""
        kind = join_kinds(self.kind, value.kind)
        number = self.lo if self.kind == "int" else value.expr.lo if value.kind == "int" else 0
        # A negative number and None would be stored alike.
        if kind is None or (kind == "ref" and number < 0):
            return None
        if self.fixed is not None:
            return False
        lo, hi = min(self.lo, value.expr.lo), max(self.hi, value.expr.hi)
        if (kind, lo, hi) == (self.kind, self.lo, self.hi):
            return False
        self.kind, self.lo, self.hi = kind, lo, hi
        self.variable.type = self.type
        self.variable.initial = (self.type.reset,)
        return True


@attrs.define(eq=False)
class Slot:
    """A local of one activation of a function, with a cell for each integer in it.

    `keep` is set for a local that properties ask for. `shape` is None until a value arrived; then a value whose scalars
    stand for the cells, or a Conflict.
    """

    name: str
    label: str
    thread: int
    frame: int
    fixed: ScalarSpec | None = None
    keep: bool = False
    shape: Value | None = None
    cells: dict[tuple[int | str, ...], Cell] = attrs.field(factory=dict)
    widenings: int = 0

    def store(self, value: Value) -> bool:
        """Make room for `value`; says whether what `read` gives has changed."""
        if self.shape is None:
            self.shape = self._shaped(value, ())
            return True
        merged, changed = self._merge(self.shape, value, ())
        self.shape = merged
        self.widenings += changed
        return changed

    def start_with(self, value: Value) -> None:
        """Store the constant that a thread starts with."""
        self.store(value)
        first = {variable: expr.lo for variable, expr in self.targets(value)}
        for cell in self.cells.values():
            cell.first = first.get(cell.variable)

    def read(self) -> Value:
        """The stored value."""
        assert self.shape is not None
        return self._read(self.shape, ())

    def targets(self, value: Value) -> list[tuple[Variable, Expr]]:
        """The assignments that store `value`."""
        found: list[tuple[Variable, Expr]] = []
        if self.shape is not None and not isinstance(self.shape, Conflict):
            self._targets(self.shape, value, (), found)
        return found

    def _cell(self, path: tuple[int | str, ...], value: Scalar) -> Cell:
        suffix = "".join(f".{p}" for p in path).replace(":", "")
        fixed = self.fixed.resolve() if self.fixed is not None and not path else None
        lo, hi = value.expr.lo, value.expr.hi
        if self.keep:
            nothing = -1 if value.kind in ("none", "ref") else 0
            lo, hi = min(lo, nothing), max(hi, nothing)
        return Cell(self.label + suffix, self.thread, value.kind, lo, hi, fixed)

    def _shaped(self, value: Value, path: tuple[int | str, ...]) -> Value:
        match value:
            case Scalar():
                self.cells[path] = self._cell(path, value)
            case RecordPlace(index=index) | ArrayPlace(index=index):
                for number, position in enumerate(index):
                    inner = (*path, f"index:{number}")
                    self.cells[inner] = self._cell(inner, Scalar(position, "int"))
            case TupleValue(items=items):
                return TupleValue(tuple(self._shaped(item, (*path, number)) for number, item in enumerate(items)))
            case Unbound(value=known):
                return self._shaped(known, path) if known is not None else Conflict(value, value)
        return value

    def _merge(self, shape: Value, value: Value, path: tuple[int | str, ...]) -> tuple[Value, bool]:
        match shape, value:
            case _, Unbound(value=known):
                return self._merge(shape, known, path) if known is not None else (shape, False)
            case Scalar(), Scalar():
                changed = self.cells[path].widen(value)
                return (Conflict(shape, value), True) if changed is None else (shape, changed)
            case RecordPlace() | ArrayPlace(), RecordPlace() | ArrayPlace() if shape.name == value.name:
                changes = [self.cells[(*path, f"index:{n}")].widen(Scalar(i, "int")) for n, i in enumerate(value.index)]
                return shape, any(changes)
            case TupleValue(), TupleValue() if len(shape.items) == len(value.items):
                merged = [
                    self._merge(s, v, (*path, n)) for n, (s, v) in enumerate(zip(shape.items, value.items, strict=True))
                ]
                return TupleValue(tuple(m for m, _ in merged)), any(c for _, c in merged)
            case Static(), Static() if shape.value is value.value:
                return shape, False
            case Conflict(), _:
                return shape, False
        return Conflict(shape, value), True

    def _read(self, shape: Value, path: tuple[int | str, ...]) -> Value:
        match shape:
            case Scalar():
                return self.cells[path].read()
            case RecordPlace(index=index) | ArrayPlace(index=index):
                return shape.at(tuple(self.cells[(*path, f"index:{n}")].read().expr for n in range(len(index))))
            case TupleValue(items=items):
                return TupleValue(tuple(self._read(item, (*path, n)) for n, item in enumerate(items)))
        return shape

    def _targets(
        self, shape: Value, value: Value, path: tuple[int | str, ...], found: list[tuple[Variable, Expr]]
    ) -> None:
        match shape, value:
            case _, Unbound(value=known) if known is not None:
                self._targets(shape, known, path, found)
            case Scalar(), Scalar():
                found.append((self.cells[path].variable, value.expr))
            case RecordPlace() | ArrayPlace(), RecordPlace() | ArrayPlace():
                found.extend((self.cells[(*path, f"index:{n}")].variable, i) for n, i in enumerate(value.index))
            case TupleValue(), TupleValue():
                for n, (s, v) in enumerate(zip(shape.items, value.items, strict=True)):
                    self._targets(s, v, (*path, n), found)


@attrs.frozen(eq=False)
class Stored:
    """A local at the start of a step: what its slot holds. `certain` is False if some path left it without a value."""

    slot: Slot
    certain: bool
    noted: Callable[[Slot], None]

    def read(self) -> Value:
        """The value; whoever reads it depends on the slot's shape."""
        self.noted(self.slot)
        value = self.slot.read()
        return value if self.certain else Unbound(value)
