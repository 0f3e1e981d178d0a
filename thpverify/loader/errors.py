"""What goes wrong before a scenario can be checked."""

from __future__ import annotations


class LoadError(Exception):
    """A model file that cannot be read or imported; the text says which, where and why."""


class UsageError(Exception):
    """A request that names something that does not exist, or names it in a way that has no meaning."""
