"""Finds and imports models, the shipped ones and the reader's own, and picks scenarios by name."""

from thpverify.loader.errors import LoadError, UsageError
from thpverify.loader.select import Selection, find, select
from thpverify.loader.shipped import Profile

__all__ = ["LoadError", "Profile", "Selection", "UsageError", "find", "select"]
