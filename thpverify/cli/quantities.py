"""Memory and time as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cyclopts import Token

_MEMORY = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_TIME = {"": 1, "s": 1, "m": 60, "h": 3600}


def memory(text: str) -> int:
    """Bytes in ``512M``, ``1.5G``, ``2GiB`` or a plain number.

    Raises:
        ValueError: it is none of these, or nothing at all.
    """
    return int(_quantity(text, _MEMORY, r"([KMGT]?)(?:i?B)?", "an amount of memory such as 512M or 2G"))


def duration(text: str) -> float:
    """Seconds in ``90``, ``90s``, ``5m`` or ``1h``.

    Raises:
        ValueError: it is none of these, or no time at all.
    """
    return _quantity(text, _TIME, r"([smh]?)", "a time such as 90, 5m or 1h")


def _quantity(text: str, units: Mapping[str, int], pattern: str, wanted: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*" + pattern, text.strip())
    value = float(match[1]) * units[match[2]] if match else 0.0
    if value <= 0:
        raise ValueError(f"{text!r} is not {wanted}")
    return value


def memory_option(_type: type, tokens: Sequence[Token]) -> int:
    """`memory` as a converter of an option."""
    return memory(tokens[0].value)


def duration_option(_type: type, tokens: Sequence[Token]) -> float:
    """`duration` as a converter of an option."""
    return duration(tokens[0].value)
