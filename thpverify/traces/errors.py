"""What goes wrong when a schedule is run again or a trace file is read."""

from __future__ import annotations


class ReplayMismatch(Exception):
    """CPython does not do what the engine found: a bug of thpverify.

    `step` counts from 1; 0 is the set-up of the initial state.
    """

    def __init__(self, step: int, difference: str) -> None:
        super().__init__(f"step {step}: {difference}" if step else f"initial state: {difference}")
        self.step = step
        self.difference = difference


class ModelCrashed(Exception):
    """The model's own Python raised something that is no violation, such as a TypeError."""


class TraceFileError(Exception):
    """A trace file that cannot be used: missing, truncated, no trace, or of another version. One line for people."""
