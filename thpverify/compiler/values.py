"""What an expression of a model stands for while it is compiled."""

from __future__ import annotations

import operator
from enum import Enum
from itertools import islice
from typing import Any, TypeAlias

import attrs

from thpverify.ir.expressions import Expr, Load, Temp, const, ite, subexpressions
from thpverify.ir.types import BOOL, EnumType, IntType, RefType, Type
from thpverify.lang.constants import ConstantExpression
from thpverify.lang.types import ArraySpec, BoolSpec, EnumSpec, IntSpec, RecordSpec, RefSpec, ScalarSpec

Kind: TypeAlias = "str | type[Enum]"
"""What an integer of the IR means: "int", "bool", "none" (only None), "ref" (a number or None), or an Enum class."""


@attrs.frozen(eq=False)
class Scalar:
    """One integer."""

    expr: Expr
    kind: Kind

    @property
    def type(self) -> Type:
        """The tightest IR type of this value."""
        return type_of(self.kind, self.expr.lo, self.expr.hi)


@attrs.frozen(eq=False)
class RecordPlace:
    """A record within the state: ``mm[]`` at `index`; the root has the empty name."""

    spec: RecordSpec
    name: str
    index: tuple[Expr, ...]

    def at(self, index: tuple[Expr, ...]) -> RecordPlace:
        """The same record of other slots."""
        return RecordPlace(self.spec, self.name, index)


@attrs.frozen(eq=False)
class ArrayPlace:
    """An array within the state."""

    spec: ArraySpec
    name: str
    index: tuple[Expr, ...]

    def at(self, index: tuple[Expr, ...]) -> ArrayPlace:
        """The same array of other slots."""
        return ArrayPlace(self.spec, self.name, index)

    @property
    def length(self) -> int:
        """How many elements the array has."""
        return operator.index(self.spec.size)


@attrs.frozen(eq=False)
class TupleValue:
    """A tuple of values."""

    items: tuple[Value, ...]


@attrs.frozen(eq=False)
class Static:
    """A Python object that is known now: a function, class, string, patch, module."""

    value: Any


@attrs.frozen(eq=False)
class Unbound:
    """A local that has no value on some path; `value` is what it has on the others, if on any."""

    value: Value | None = None


@attrs.frozen(eq=False)
class Conflict:
    """A local that has values of different kinds on different paths; an error when it is read."""

    left: Value
    right: Value


Value: TypeAlias = "Scalar | RecordPlace | ArrayPlace | TupleValue | Static | Unbound | Conflict"

NONE = Scalar(const(-1), "none")


def static(value: Any) -> Value:
    """The compile-time value of a Python object."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return Scalar(const(value), "bool")
    if isinstance(value, Enum) and value in list(type(value)):
        return Scalar(const(list(type(value)).index(value)), type(value))
    if isinstance(value, int | ConstantExpression):
        return Scalar(const(operator.index(value)), "int")
    if isinstance(value, tuple):
        return TupleValue(tuple(static(item) for item in value))
    return Static(value)


def kind_of(spec: ScalarSpec) -> Kind:
    """The kind of values that a field of type `spec` holds."""
    match spec:
        case EnumSpec(enum=enum):
            return enum
        case BoolSpec():
            return "bool"
        case RefSpec():
            return "ref"
        case IntSpec():
            return "int"
    raise AssertionError(spec)


def type_of(kind: Kind, lo: int, hi: int) -> Type:
    """The IR type for values of `kind` within `lo`..`hi`."""
    if isinstance(kind, type):
        return EnumType(kind.__name__, tuple(m.name for m in kind))
    if kind == "bool":
        return BOOL
    if kind in ("ref", "none"):
        return RefType(hi + 1)
    return IntType(lo, hi)


def kind_name(value: Value) -> str:
    """What `value` is, for messages."""
    match value:
        case Scalar(kind=kind):
            if isinstance(kind, type):
                return f"a {kind.__name__}"
            return {"int": "an int", "bool": "a bool", "none": "None", "ref": "a Ref (a number or None)"}[kind]
        case RecordPlace(spec=spec):
            return f"the record {spec.name}"
        case ArrayPlace():
            return "an array"
        case TupleValue():
            return "a tuple"
        case Static(value=value):
            if isinstance(value, type) and issubclass(value, Enum):
                return f"the Enum class {value.__name__}"
            name = getattr(value, "__name__", None)
            return f"{type(value).__name__} {name}" if name else f"a {type(value).__name__}"
    return "nothing"


def join_kinds(left: Kind, right: Kind) -> Kind | None:
    """The kind that holds values of both, None if there is none."""
    if left == right:
        return left
    pair = {left, right}
    if pair == {"int", "bool"}:
        return "int"
    return "ref" if pair <= {"int", "none", "ref"} else None


def may_be_mistaken(*values: Scalar) -> bool:
    """Whether an int among `values`, which stand for numbers or None, can be -1, as which None is stored."""
    return any(value.kind == "int" and value.expr.lo < 0 for value in values)


def instead_of(left: Value, right: Value) -> str:
    """What to write where one value is `left` or `right`, which do not go together."""
    match left, right:
        case Scalar(), Scalar() if join_kinds(left.kind, right.kind) == "ref":
            return "A number that may be None is a slot: give it a range from 0 up, so that it cannot be negative."
    return "Use two names, or let both have the same kind."


def join(condition: Expr, left: Value, right: Value) -> Value:
    """`left` where `condition` is true, else `right`."""
    match left, right:
        case Scalar(), Scalar():
            kind = join_kinds(left.kind, right.kind)
            if kind is not None and not (kind == "ref" and may_be_mistaken(left, right)):
                return Scalar(ite(condition, left.expr, right.expr), kind)
        case RecordPlace() | ArrayPlace(), RecordPlace() | ArrayPlace() if left.name == right.name:
            return left.at(tuple(ite(condition, a, b) for a, b in zip(left.index, right.index, strict=True)))
        case TupleValue(), TupleValue() if len(left.items) == len(right.items):
            return TupleValue(tuple(join(condition, a, b) for a, b in zip(left.items, right.items, strict=True)))
        case Static(), Static() if left.value is right.value:
            return left
        case Unbound(), Unbound():
            if left.value is None or right.value is None:
                return Unbound(left.value or right.value)
            return Unbound(join(condition, left.value, right.value))
        case Unbound(), _:
            return Unbound(join(condition, left.value, right) if left.value else right)
        case _, Unbound():
            return Unbound(join(condition, left, right.value) if right.value else left)
    return Conflict(left, right)


def same(left: Value, right: Value) -> bool:
    """Whether two values are known to be equal without asking the state."""
    match left, right:
        case Scalar(), Scalar():
            return left.kind == right.kind and same_expr(left.expr, right.expr)
        case RecordPlace() | ArrayPlace(), RecordPlace() | ArrayPlace():
            return left.name == right.name and all(map(same_expr, left.index, right.index))
        case Static(), Static():
            return left.value is right.value
    return left is right


def same_expr(left: Expr, right: Expr) -> bool:
    """Whether two expressions are the same object, constant, temp or unindexed load."""
    if left is right:
        return True
    match left, right:
        case Load(variable=a, index=()), Load(variable=b, index=()):
            return a is b
        case Temp(number=i), Temp(number=j):
            return i == j
    return left.is_constant and right.is_constant and left.lo == right.lo


def reads_shared(expr: Expr) -> bool:
    """Whether `expr` reads a shared variable, so that its value may change within the step."""
    return any(isinstance(e, Load) and e.variable.role == "shared" for e in subexpressions(expr))


def is_large(expr: Expr, limit: int = 24) -> bool:
    """Whether `expr` has more than `limit` nodes."""
    return any(True for _ in islice(subexpressions(expr), limit, None))


def is_constant(value: Value) -> bool:
    """Whether `value` is the same in every state."""
    match value:
        case Scalar(expr=expr):
            return expr.is_constant
        case RecordPlace(index=index) | ArrayPlace(index=index):
            return all(i.is_constant for i in index)
        case TupleValue(items=items):
            return all(map(is_constant, items))
    return isinstance(value, Static)
