"""Types that have no value, or more than an engine can count: bounds and sizes are numbers only once constants are."""

from __future__ import annotations

import operator
from enum import Flag

from thpverify.lang.constants import ConstantExpression
from thpverify.lang.types import ArraySpec, EnumSpec, IntSpec, RecordSpec, RefSpec, Spec

LARGEST = 1 << 62
"""Integers beyond this, in either direction, could overflow 64 bits in an engine."""


def refusal(spec: Spec) -> str | None:
    """What is wrong with the bounds and sizes of `spec` under the active constants, None if nothing is."""
    match spec:
        case IntSpec(lo=lower, hi=upper):
            lo, hi = operator.index(lower), operator.index(upper)
            if lo > hi:
                return f"Int[{lo}, {hi}] has no value"
            return f"Int[{lo}, {hi}] is wider than 62 bits" if max(-lo, hi) > LARGEST else None
        case RefSpec(slots=slots):
            return f"Ref[{operator.index(slots)}] has no slot" if operator.index(slots) < 1 else None
        case EnumSpec(enum=enum) if issubclass(enum, Flag):
            return f"{enum.__name__} is a Flag, whose members can be combined"
        case EnumSpec(enum=enum):
            return None if len(enum) else f"{enum.__name__} has no member"
        case ArraySpec(size=size, element=element):
            length = operator.index(size)
            return f"an array of {length} elements has no place" if length < 1 else refusal(element)
        case RecordSpec(fields=fields):
            return next((f"field {name}: {why}" for name, field, _ in fields if (why := refusal(field))), None)
    return None


def is_symbolic(spec: Spec) -> bool:
    """Whether a bound or size of `spec` depends on the scenario's constants."""
    match spec:
        case IntSpec(lo=lo, hi=hi):
            return isinstance(lo, ConstantExpression) or isinstance(hi, ConstantExpression)
        case RefSpec(slots=slots):
            return isinstance(slots, ConstantExpression)
        case ArraySpec(size=size, element=element):
            return isinstance(size, ConstantExpression) or is_symbolic(element)
        case RecordSpec(fields=fields):
            return any(is_symbolic(field) for _, field, _ in fields)
    return False
