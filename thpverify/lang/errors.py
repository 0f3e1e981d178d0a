"""What goes wrong in a model: mistakes of its author (`ModelError`) and violations while it runs (`Violation`)."""

from __future__ import annotations

from thpverify.ir.statements import Span
from thpverify.lang.codes import TITLES


class ModelError(Exception):
    """A model that cannot be read. `code` is stable (docs/errors.md), `hint` says what to write instead."""

    def __init__(self, code: str, message: str, hint: str, span: Span | None = None) -> None:
        assert code in TITLES, code
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.span = span

    def source_line(self) -> str | None:
        """The line of the model at `span`, if it can be read."""
        if self.span is None:
            return None
        try:
            with open(self.span.file, encoding="utf-8") as file:
                lines = file.read().splitlines()
        except (OSError, UnicodeDecodeError):
            return None
        return lines[self.span.line - 1] if 0 < self.span.line <= len(lines) else None

    def _split(self, source: str) -> tuple[str, str]:
        """What stands before `span` in its first line, and what of that line belongs to it."""
        assert self.span is not None
        # Columns count UTF-8 bytes, carets stand under characters.
        line = source.encode()
        end = self.span.end_column if self.span.end_line == self.span.line else len(line.rstrip())
        before, marked = line[: self.span.column], line[self.span.column : end]
        return before.decode(errors="replace"), marked.decode(errors="replace")

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        lines = [f"{place}{self.code}: {self.message}"]
        source = self.source_line()
        if source is not None and self.span is not None:
            before, marked = self._split(source)
            lines.append(f"    {source}")
            lines.append("    " + "".join("\t" if c == "\t" else " " for c in before) + "^" * max(1, len(marked)))
        lines.append(f"  {self.hint}")
        return "\n".join(lines)


class Violation(Exception):
    """A running model left a range, an index, or divided by zero; `kind` is the built-in property's name."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
