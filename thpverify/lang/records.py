"""Records and arrays as a running model sees them: every assignment is checked against the type."""

from __future__ import annotations

import operator
import sys
from collections.abc import Iterator
from enum import Enum
from inspect import get_annotations
from types import FrameType
from typing import Any, TypeVar, dataclass_transform

import attrs

from thpverify.lang.bounds import is_symbolic, refusal
from thpverify.lang.context import active
from thpverify.lang.errors import ModelError, Violation
from thpverify.lang.source import caller_span, field_span
from thpverify.lang.types import Array, ArraySpec, Int, RecordSpec, Ref, ScalarSpec, Spec, spec_of

T = TypeVar("T")

_TYPES = "Use Int[lo, hi], Bool, Lock, an Enum class, Ref[n], Array[n, type] or a record."
_BOUNDS = "Write the lower bound first, within 62 bits; arrays, Refs and Enums need at least one place, slot or member."


class ArrayValue:
    """The value of an ``Array`` field. Indices that are negative, too large or None are violations, not Python's."""

    __slots__ = ("_items", "_spec")

    def __init__(self, spec: ArraySpec, items: list[Any]) -> None:
        self._spec = spec
        self._items = items

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._items)

    def __getitem__(self, index: Any) -> Any:
        return self._items[self._position(index)]

    def __setitem__(self, index: Any, value: Any) -> None:
        element = self._spec.element
        if not isinstance(element, ScalarSpec):
            raise TypeError("records and arrays cannot be assigned as a whole")
        position = self._position(index)
        self._items[position] = element.accept(value, f"[{position}]")
        active().wrote = True

    def _position(self, index: Any) -> int:
        position = -1 if index is None else operator.index(index)
        if not 0 <= position < len(self._items):
            raise Violation("index", f"index {index} is not within 0..{len(self._items) - 1}")
        return position

    def __repr__(self) -> str:
        return repr(self._items)


@dataclass_transform(kw_only_default=True)
def record(cls: type[T]) -> type[T]:
    """Make a record of an annotated class: bounded fields with defaults, stored by the engines bit by bit.

    Raises:
        ModelError: a field has no bounded type, or a default that does not fit or would be shared.
    """
    caller = sys._getframe(1)
    file = caller.f_code.co_filename
    if not isinstance(cls, type) or cls.__bases__ != (object,):
        raise ModelError(
            "THP055",
            f"@record decorates {'a class that inherits' if isinstance(cls, type) else 'no class'}",
            "Decorate a plain class once, and make what records have in common a field that is a record.",
            caller_span(caller),
        )
    _refuse_untyped(cls, file)
    fields = tuple((name, *_field_of(cls, name, given, caller)) for name, given in get_annotations(cls).items())
    made = attrs.define(
        cls,
        slots=True,
        eq=False,
        kw_only=True,
        on_setattr=_assign,
        field_transformer=lambda _, old: [_field(a, s, d) for a, (_, s, d) in zip(old, fields, strict=True)],
    )
    made.__thp_record__ = RecordSpec(cls.__name__, fields, made)  # type: ignore[attr-defined]  # read by spec_of
    return made


def build(spec: Spec, default: Any) -> Any:
    """A fresh value of `spec` from a field's default under the active constants."""
    match spec:
        case ArraySpec(size=size, element=element):
            length = operator.index(size)
            if isinstance(default, tuple):
                if len(default) != length:
                    raise TypeError(f"the default has {len(default)} values for {length} elements")
                return ArrayValue(spec, [build(element, d) for d in default])
            return ArrayValue(spec, [build(element, default) for _ in range(length)])
        case RecordSpec(cls=cls):
            return cls()
        case ScalarSpec():
            return spec.default() if default is attrs.NOTHING else spec.accept(default, "default")


def _field(attribute: attrs.Attribute[Any], spec: Spec, default: Any) -> attrs.Attribute[Any]:
    return attribute.evolve(default=attrs.Factory(lambda: build(spec, default)), metadata={"spec": spec})


def _assign(instance: Any, attribute: attrs.Attribute[Any], value: Any) -> Any:
    spec = attribute.metadata["spec"]
    if not isinstance(spec, ScalarSpec):
        raise TypeError(f"{attribute.name} is a record or an array and cannot be assigned as a whole")
    active().wrote = True
    return spec.accept(value, attribute.name)


def _field_of(cls: type, name: str, annotation: Any, caller: FrameType) -> tuple[Spec, Any]:
    """Type and default of a field. Where it stands is only looked for if there is something wrong with it."""
    default = cls.__dict__.get(name, attrs.NOTHING)
    try:
        spec = _field_spec(cls, name, annotation, caller)
        _check_default(spec, default, name)
    except ModelError as error:
        error.span = field_span(caller.f_code.co_filename, cls.__name__, name)
        raise
    return spec, default


def _field_spec(cls: type, name: str, annotation: Any, caller: FrameType) -> Spec:
    if isinstance(annotation, str):
        annotation = _evaluated(cls, name, annotation, caller)
    if annotation is int or annotation is Int:
        raise ModelError("THP003", f"field {name} has no bounds", f"Write {name}: Int[lo, hi].")
    if annotation in (Array, Ref):
        raise ModelError("THP003", f"field {name} has no size", f"Write {name}: Array[n, type] or {name}: Ref[n].")
    spec = spec_of(annotation)
    if spec is None:
        raise ModelError("THP002", f"field {name} has type {annotation!r}, which is not bounded", _TYPES)
    wrong = None if is_symbolic(spec) else refusal(spec)
    if wrong is not None:
        raise ModelError("THP003", f"field {name} cannot hold anything: {wrong}", _BOUNDS)
    return spec


def _evaluated(cls: type, name: str, annotation: str, caller: FrameType) -> Any:
    """What an annotation means that is a string, as ``from __future__ import annotations`` makes of all."""
    try:
        return eval(annotation, caller.f_globals, {**caller.f_locals, **vars(cls)})
    except ModelError:
        raise
    except Exception as error:  # whatever the author's annotation raises is the author's mistake
        raise ModelError("THP002", f"the type of field {name} cannot be read: {error}", _TYPES) from error


def _refuse_untyped(cls: type, file: str) -> None:
    annotations = get_annotations(cls)
    for name, value in cls.__dict__.items():
        if (
            name.startswith("__")
            or name in annotations
            or callable(value)
            or isinstance(value, classmethod | staticmethod)
        ):
            continue
        raise ModelError(
            "THP001",
            f"field {name} of record {cls.__name__} has no type",
            f"Write {name}: Int[lo, hi] = ...",
            field_span(file, cls.__name__, name),
        )


def _check_default(spec: Spec, default: Any, name: str) -> None:
    if isinstance(default, list | dict | set | ArrayValue) or hasattr(default, "__thp_record__"):
        raise ModelError(
            "THP004",
            f"the default of {name} is a mutable value that all records would share",
            "Write a tuple with one value per element, or one value for all.",
        )
    if default is attrs.NOTHING:
        return
    try:
        _fits(spec, default)
    except (TypeError, ValueError, Violation) as error:
        raise ModelError(
            "THP005",
            f"the default of {name} does not fit its type: {error}",
            "Give a default within the type, or leave it out.",
        ) from error


def _fits(spec: Spec, default: Any) -> None:
    match spec:
        case ArraySpec(size=size, element=element):
            if isinstance(default, tuple) and isinstance(size, int) and len(default) != size:
                raise TypeError(f"it has {len(default)} values for {size} elements")
            for value in default if isinstance(default, tuple) else (default,):
                _fits(element, value)
        case ScalarSpec():
            spec.accept(default.value if isinstance(default, Enum) and not _is_enum(spec) else default, "default")
        case RecordSpec():
            raise TypeError("a record takes its defaults from its own fields")


def _is_enum(spec: ScalarSpec) -> bool:
    return hasattr(spec, "enum")
