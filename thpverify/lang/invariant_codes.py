"""Codes of kinds of invariants (``LVL``, ``REF``): what a property checks, and what a known bug breaks."""

from __future__ import annotations

import re
from typing import Any

from thpverify.ir.statements import Span
from thpverify.lang.errors import ModelError


def invariant_codes(given: Any, owner: str, span: Span) -> tuple[str, ...]:
    """`given`, one code or several, as a tuple; `owner` is what they are given for.

    Raises:
        ModelError: one is no word of capital letters, or stands there twice.
    """
    codes = (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list | tuple) else (given,)
    for number, code in enumerate(codes):
        if not isinstance(code, str) or not re.fullmatch(r"[A-Z]+", code):
            raise ModelError(
                "THP058", f"{code!r}, given for {owner}, is no code", 'Write capital letters: "LVL", or "REF".', span
            )
        if code in codes[:number]:
            raise ModelError("THP058", f"code {code} is given twice for {owner}", "Remove one.", span)
    return codes
