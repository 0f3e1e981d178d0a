"""The line that says what a long computation is at, on a terminal only."""

from __future__ import annotations

import time
from typing import TextIO

import attrs

EVERY = 0.2
"""Seconds between two changes of the line."""


@attrs.define
class PhaseLine:
    """The last line of a terminal, saying what is being done."""

    stream: TextIO
    title: str
    shown: bool = False
    last: float = 0.0

    def show(self, text: str) -> None:
        """Replace what is shown."""
        now = time.perf_counter()
        if self.stream.isatty() and now - self.last > EVERY:
            self.stream.write(f"\r\x1b[K{self.title}: {text}"[:99])
            self.stream.flush()
            self.shown, self.last = True, now

    def clear(self) -> None:
        """Remove it."""
        if self.shown:
            self.stream.write("\r\x1b[K")
            self.stream.flush()
