"""What can be wrong with litmus tests."""

from __future__ import annotations


class LitmusFileError(Exception):
    """A file that holds no litmus tests; the text says which file and why."""


class BrokenTest(Exception):
    """A test that cannot be understood; the text says why, without the test's id."""
