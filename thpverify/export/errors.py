"""What can go wrong on the way to another checker and back."""

from __future__ import annotations


class ExportError(Exception):
    """A system that the target language cannot express; the text says which part and why."""


class ToolError(Exception):
    """SPIN, Rumur or the C compiler did not do its work; the text has the tool's own last words."""


class ToolMissing(ToolError):
    """A program that the cross-check needs is not installed."""


class ToolTimeout(ToolError):
    """A program took longer than it was given."""
