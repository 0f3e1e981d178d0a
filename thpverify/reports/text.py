"""Text for people: columns that wrap, numbers, paths, and colour where there is a terminal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import TextIO

import attrs

WIDTH = 100
"""Columns of everything that is printed, whatever the terminal has, so that logs look alike."""

NO_BREAK = "\N{NO-BREAK SPACE}"
_CODES = {"good": "32", "bad": "1;31", "doubt": "33", "strong": "1", "faint": "2"}


@attrs.frozen
class Style:
    """Colours, or none."""

    colour: bool

    @classmethod
    def of(cls, stream: TextIO, *, allowed: bool = True) -> Style:
        """Colour on a terminal, unless the user (NO_COLOR, `allowed`) or the terminal does not want it."""
        wanted = allowed and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return cls(wanted and stream.isatty())

    def __call__(self, kind: str, text: str) -> str:
        """`text` as "good", "bad", "doubt", "strong" or "faint"."""
        return f"\x1b[{_CODES[kind]}m{text}\x1b[0m" if self.colour and text else text


def columns(rows: Sequence[Sequence[str]], limits: Sequence[int], *, indent: int = 0, gap: int = 2) -> list[str]:
    """`rows` as lines. Column i is as wide as its longest cell, at most ``limits[i]``, and wraps within itself; one
    column more than there are limits takes what is left of WIDTH."""
    widths = [min(limit, max((len(row[i]) for row in rows), default=0)) for i, limit in enumerate(limits)]
    if rows and len(rows[0]) > len(widths):
        widths.append(WIDTH - indent - sum(widths) - gap * len(widths))
    lines: list[str] = []
    for row in rows:
        cells = [_wrap(cell, max(1, width)) for cell, width in zip(row, widths, strict=True)]
        for number in range(max(1, *map(len, cells))):
            parts = [
                (cell[number] if number < len(cell) else "").ljust(width)
                for cell, width in zip(cells, widths, strict=True)
            ]
            lines.append((" " * indent + (" " * gap).join(parts)).rstrip().replace(NO_BREAK, " "))
    return lines


def _wrap(cell: str, width: int) -> list[str]:
    words = [word if len(word) < width else word.replace(NO_BREAK, " ") for word in cell.split(" ")]
    return wrap(" ".join(words), width, subsequent_indent=" ")


def unbroken(text: str) -> str:
    """`text` for `columns` or `paragraph` that should rather stay on one line."""
    return text.replace(" ", NO_BREAK)


def paragraph(text: str, *, indent: str = "", first: str | None = None) -> list[str]:
    """`text` wrapped to WIDTH, `first` standing in for the indentation of the first line."""
    start = indent if first is None else first
    # A path or a scenario's name must stay whole, for whoever copies it.
    lines = wrap(
        text, WIDTH, initial_indent=start, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [line.replace(NO_BREAK, " ") for line in lines] or [start.rstrip()]


def count(number: int, noun: str) -> str:
    """``1 state``, ``1,234 states``."""
    plural = noun[:-1] + "ies" if noun.endswith("y") else noun + "s"
    return f"{number:,} {noun if number == 1 else plural}"


def size(number: int) -> str:
    """Bytes in the largest binary unit that leaves a whole part: ``12.3 MiB``."""
    value = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"


def seconds(number: float) -> str:
    """``0.04 s``, ``12.3 s``, ``3 min 20 s``."""
    if number < 1:
        return f"{number:.2f} s"
    if number < 120:
        return f"{number:.1f} s"
    return f"{int(number // 60)} min {int(number % 60)} s"


def place(file: str) -> str:
    """`file` from the current directory if it lies below it."""
    path = Path(file)
    try:
        return str(path.relative_to(Path.cwd())) if path.is_absolute() else file
    except (ValueError, OSError):
        return file


def line_ranges(lines: Sequence[int]) -> str:
    """``3, 7-9, 12`` for (3, 7, 8, 9, 12)."""
    ranges: list[list[int]] = []
    for line in sorted(set(lines)):
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1][1] = line
        else:
            ranges.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
