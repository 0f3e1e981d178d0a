"""The native search: a system compiled to machine code, every reachable state visited, breadth first."""

from thpverify.explicit.errors import NativeError, SearchError, StateTooWide
from thpverify.explicit.search import search

__all__ = ["NativeError", "SearchError", "StateTooWide", "search"]
