"""The line that changes while a search runs; on a terminal only."""

from __future__ import annotations

from typing import TextIO

from thpverify.ir.run import Progress
from thpverify.reports.text import WIDTH, seconds, size


class ProgressLine:
    """Shows the last progress of one scenario on the last line of `stream`; nothing if that is no terminal."""

    def __init__(self, stream: TextIO, *, allowed: bool = True) -> None:
        self._stream = stream
        self._active = allowed and stream.isatty()
        self._shown = False

    def show(self, title: str, progress: Progress) -> None:
        """Replace what is shown."""
        if self._active:
            self._stream.write("\r\x1b[K" + progress_text(title, progress)[: WIDTH - 1])
            self._stream.flush()
            self._shown = True

    def clear(self) -> None:
        """Remove it, so that a report can be printed."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False


def progress_text(title: str, progress: Progress) -> str:
    """States, rate, depth, frontier, memory and time in one line."""
    return (
        f"{progress.states:,} states, {progress.rate / 1e6:.2f} M/s, depth {progress.depth}, "
        f"frontier {progress.frontier:,}, {size(progress.memory)}, {seconds(progress.seconds)}: {title}"
    )
