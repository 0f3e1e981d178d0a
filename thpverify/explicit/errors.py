"""What a search may raise besides what Python itself raises."""

from __future__ import annotations


class SearchError(Exception):
    """A system that the native search cannot take."""


class StateTooWide(SearchError):
    """A packed state has more than `MAX_STATE_BITS` bits; the text names the largest variables."""


class NativeError(SearchError):
    """LLVM refused the generated code: a bug in this package, never the model's fault."""
