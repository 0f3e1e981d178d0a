"""Lines of a model being written, with indentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

WIDTH = 110
_BREAK = re.compile(r"(?<= (?:&&|\|\|)) |(?<= [&|+]) ")


def folded(line: str) -> list[str]:
    """`line` in pieces of at most WIDTH characters where it has conjunctions, disjunctions or sums to break at.

    A macro goes on in the next line only behind a backslash.
    """
    behind = " \\" if line.lstrip().startswith("#define ") else ""
    lines: list[str] = []
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    # What stands in comments and messages is not looked at: a line with one of them stays whole.
    while len(line) > WIDTH and not re.search(r'"|/\*|--', line):
        breaks = [m.start() for m in _BREAK.finditer(line) if m.start() > len(indent)]
        breaks = [at for at in breaks if not _within_call(line[:at])]
        if not breaks:
            break
        near = [at for at in breaks if at <= WIDTH] or breaks[:1]
        best = max(near, key=lambda at: (line.count(")", 0, at) - line.count("(", 0, at), at))
        lines.append(line[:best] + behind)
        line = indent + line[best + 1 :]
    return [*lines, line]


def _within_call(start: str) -> bool:
    # After a macro call over several lines the preprocessor starts a new line, and there SPIN supplies a semicolon.
    opened: list[bool] = []
    for position, character in enumerate(start):
        if character == "(":
            opened.append(bool(re.search(r"(?<!\bassert)(?<=\w)$", start[:position])))
        elif character == ")" and opened:
            opened.pop()
    return any(opened)


@attrs.define
class Text:
    """Collects lines; `indented` moves what is written within it to the right."""

    step: str = "  "
    lines: list[str] = attrs.field(factory=list)
    depth: int = 0

    def line(self, text: str = "") -> None:
        """Add a line, or several if there are line breaks; long ones are broken at operators."""
        for part in text.split("\n"):
            self.lines += folded(self.step * self.depth + part) if part else [""]

    @contextmanager
    def indented(self, levels: int = 1) -> Iterator[None]:
        """Everything within is `levels` deeper."""
        self.depth += levels
        yield
        self.depth -= levels

    def __str__(self) -> str:
        return "\n".join(self.lines) + "\n"
