"""The types of fields and annotated locals: what a model writes behind a colon."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any, TypeAlias

import attrs

from thpverify.ir.types import BOOL, LOCK, EnumType, IntType, RefType, Type
from thpverify.lang.constants import ConstantExpression
from thpverify.lang.errors import ModelError, Violation
from thpverify.lang.source import caller_span

Size: TypeAlias = "int | ConstantExpression"


@attrs.frozen
class ScalarSpec:
    """A type whose values the engines store as one integer. A `ghost` is there for properties only."""

    ghost: bool = attrs.field(default=False, kw_only=True)

    def resolve(self) -> Type:
        """The IR type under the active constants."""
        raise AssertionError("abstract")

    def encode(self, value: Any) -> int:
        """The integer that stands for a Python `value`; TypeError when it is of another kind."""
        raise AssertionError("abstract")

    def decode(self, value: int) -> Any:
        """The Python value that `value` stands for."""
        raise AssertionError("abstract")

    def default(self) -> Any:
        """What a field without a default starts with."""
        kind = self.resolve()
        return self.decode(0 if kind.lo <= 0 <= kind.hi else kind.lo)

    def accept(self, value: Any, place: str) -> Any:
        """`value` as a field stores it.

        Raises:
            Violation: it is outside of the range.
            TypeError: it is of another kind.
        """
        kind, number = self.resolve(), self.encode(value)
        if not kind.lo <= number <= kind.hi:
            raise Violation("range", f"{place} := {value} leaves {kind}")
        return self.decode(number)


@attrs.frozen
class IntSpec(ScalarSpec):
    """``Int[lo, hi]``, both bounds inclusive."""

    lo: Size
    hi: Size

    def resolve(self) -> Type:
        return IntType(operator.index(self.lo), operator.index(self.hi))

    def encode(self, value: Any) -> int:
        return operator.index(value)

    def decode(self, value: int) -> int:
        return value

    def accept(self, value: Any, place: str) -> Any:
        if value is None:
            raise Violation("range", f"{place} := None leaves {self.resolve()}")
        return ScalarSpec.accept(self, value, place)


@attrs.frozen
class BoolSpec(ScalarSpec):
    """``Bool``, or ``Lock`` when `lock` is set."""

    lock: bool = False

    def resolve(self) -> Type:
        return LOCK if self.lock else BOOL

    def encode(self, value: Any) -> int:
        if not isinstance(value, bool):
            raise TypeError(f"{value!r} is not a bool")
        return int(value)

    def decode(self, value: int) -> bool:
        return bool(value)


@attrs.frozen
class EnumSpec(ScalarSpec):
    """A subclass of `enum.Enum`; the stored integer is the member's position."""

    enum: type[Enum]

    def resolve(self) -> Type:
        return EnumType(self.enum.__name__, tuple(m.name for m in self.enum))

    def encode(self, value: Any) -> int:
        if not isinstance(value, self.enum):
            raise TypeError(f"{value!r} is not a {self.enum.__name__}")
        return list(self.enum).index(value)

    def decode(self, value: int) -> Enum:
        return list(self.enum)[value]


@attrs.frozen
class RefSpec(ScalarSpec):
    """``Ref[slots]``: a slot number below `slots`, or None."""

    slots: Size

    def resolve(self) -> Type:
        return RefType(operator.index(self.slots))

    def encode(self, value: Any) -> int:
        return -1 if value is None else operator.index(value)

    def decode(self, value: int) -> int | None:
        return None if value < 0 else value

    def default(self) -> None:
        return None

    def accept(self, value: Any, place: str) -> Any:
        if value is not None and operator.index(value) < 0:
            raise Violation("range", f"{place} := {value} leaves {self.resolve()}")
        return ScalarSpec.accept(self, value, place)


@attrs.frozen
class ArraySpec:
    """``Array[size, element]``."""

    size: Size
    element: Spec


@attrs.frozen
class RecordSpec:
    """A class made by `record`; `fields` are (name, spec, default or `attrs.NOTHING`) in order."""

    name: str
    fields: tuple[tuple[str, Spec, Any], ...]
    cls: type = attrs.field(eq=False, repr=False)

    def field(self, name: str) -> Spec | None:
        """The spec of field `name`, if there is one."""
        return next((spec for field, spec, _ in self.fields if field == name), None)


Spec: TypeAlias = "ScalarSpec | ArraySpec | RecordSpec"


class Int:
    """An integer with inclusive bounds: ``Int[0, 15]``."""

    def __class_getitem__(cls, bounds: Any) -> IntSpec:
        if not (isinstance(bounds, tuple) and len(bounds) == 2 and all(map(_is_number, bounds))):
            raise _malformed("Int takes two whole numbers", "Write Int[lo, hi]; both bounds belong to the range.")
        return IntSpec(*bounds)


class Ref:
    """A slot number of an array, or None: ``Ref[NR]``."""

    def __class_getitem__(cls, slots: Any) -> RefSpec:
        if not _is_number(slots):
            raise _malformed("Ref takes the number of slots", "Write Ref[4] for a slot of an array with 4 slots.")
        return RefSpec(slots)


class Array:
    """A fixed array: ``Array[NR, Bool]``, ``Array[2, AddressSpace]``."""

    def __class_getitem__(cls, parts: Any) -> ArraySpec:
        if not (isinstance(parts, tuple) and len(parts) == 2 and _is_number(parts[0])):
            raise _malformed("Array takes a size and a type", "Write Array[4, Bool].")
        element = spec_of(parts[1])
        if element is None:
            raise _malformed(
                f"{parts[1]!r} is no bounded type for an element",
                "Use Int[lo, hi], Bool, an Enum class, Ref[n], Array[n, type] or a record.",
            )
        return ArraySpec(parts[0], element)


class Ghost:
    """A field that the kernel does not have: steps update it, only properties ask for it. ``Ghost[Int[0, 7]]``."""

    def __class_getitem__(cls, kind: Any) -> ScalarSpec:
        spec = spec_of(kind)
        if not isinstance(spec, ScalarSpec):
            raise _malformed("Ghost takes the type of one value", "Write Ghost[Int[0, 7]], or Array[4, Ghost[Bool]].")
        return attrs.evolve(spec, ghost=True)


def _is_number(value: Any) -> bool:
    return hasattr(value, "__index__") and not isinstance(value, type)


def _malformed(message: str, hint: str) -> ModelError:
    return ModelError("THP003", message, hint, caller_span(sys._getframe(2)))


Bool = BoolSpec()
Lock = BoolSpec(lock=True)


def spec_of(annotation: Any) -> Spec | None:
    """The spec that an annotation means; None if it means none."""
    if isinstance(annotation, ScalarSpec | ArraySpec | RecordSpec):
        return annotation
    if annotation is bool:
        return Bool
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return EnumSpec(annotation)
    record = getattr(annotation, "__thp_record__", None) if isinstance(annotation, type) else None
    return record if isinstance(record, RecordSpec) else None


def scalar_names(spec: Spec, name: str = "") -> Iterator[str]:
    """The names of the scalar fields of `spec`, as leaves have them: ``mm[].pte[]``."""
    match spec:
        case RecordSpec(fields=fields):
            for field, inner, _ in fields:
                yield from scalar_names(inner, f"{name}.{field}" if name else field)
        case ArraySpec(element=element):
            yield from scalar_names(element, f"{name}[]")
        case _:
            yield name


@attrs.frozen
class Leaf:
    """One scalar field of a state with everything around it: a variable of the IR.

    `name` is as in ``mm[].pte[]``; `path` has a field name or None (an index) per step; `shape` the sizes of the
    indexed steps; `initial` the encoded defaults in row-major order.
    """

    name: str
    path: tuple[str | None, ...]
    shape: tuple[int, ...]
    spec: ScalarSpec
    initial: tuple[int, ...]

    def values(self, state: Any) -> list[int]:
        """The encoded values in the record `state`, in row-major order."""
        objects = [state]
        for step in self.path:
            objects = [x for o in objects for x in o] if step is None else [getattr(o, step) for o in objects]
        return [self.spec.encode(o) for o in objects]

    def assign(self, state: Any, value_of: Callable[[ScalarSpec], Any]) -> None:
        """Give every element in the record `state`, in row-major order, what `value_of` makes for its type."""
        path = [*self.path]
        own = len(path) - 1
        while path[own] is None:
            own -= 1
        owners = [state]
        for step in path[:own]:
            owners = [x for o in owners for x in o] if step is None else [getattr(o, step) for o in owners]
        field = path[own]
        assert field is not None
        for owner in owners:
            if own == len(path) - 1:
                setattr(owner, field, value_of(self.spec))
            else:
                arrays = [getattr(owner, field)]
                for _ in path[own + 2 :]:
                    arrays = [inner for array in arrays for inner in array]
                for array in arrays:
                    for index in range(len(array)):
                        array[index] = value_of(self.spec)


def leaves(spec: RecordSpec) -> list[Leaf]:
    """The leaves of `spec` under the active constants, in order of definition."""
    return _leaves(spec, "", (), (), spec.cls())


def _leaves(spec: Spec, name: str, path: tuple[str | None, ...], shape: tuple[int, ...], root: Any) -> list[Leaf]:
    match spec:
        case RecordSpec(fields=fields):
            dot = f"{name}." if name else ""
            return [leaf for f, s, _ in fields for leaf in _leaves(s, dot + f, (*path, f), shape, root)]
        case ArraySpec(size=size, element=element):
            return _leaves(element, f"{name}[]", (*path, None), (*shape, operator.index(size)), root)
        case _:
            leaf = Leaf(name, path, shape, spec, ())
            return [attrs.evolve(leaf, initial=tuple(leaf.values(root)))]


def names_of(specs: Sequence[Spec]) -> str:
    """A short list for messages."""
    return ", ".join(type(s).__name__.removesuffix("Spec") for s in specs)
