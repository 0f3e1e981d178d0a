"""What keeps a model from being counted, or a counter system from being believed."""

from __future__ import annotations

from thpverify.ir.statements import Span


class Uncountable(Exception):
    """The model, or a property of it, is outside of what can be counted; the text says where and what to write."""

    def __init__(self, message: str, span: Span | None = None) -> None:
        super().__init__(message if span is None else f"{span}: {message}")


class NotSimulated(Exception):
    """A step of a bounded instance is no move of the counter system: the abstraction is wrong."""
