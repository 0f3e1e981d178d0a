"""Which steps of the models a run has executed: every labelled yield of every file that takes part, and every line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from thpverify.checker.result import Line, Report
from thpverify.checker.source import steps_of
from thpverify.reports.text import Style, columns, count, line_ranges, place


@attrs.frozen
class FileCoverage:
    """`steps` are the lines of `file` with a ``yield "label"``, `unfired` those lines of steps that nothing executed.

    A bare yield, which mostly waits, is no step.
    """

    file: str
    steps: frozenset[int]
    unfired: frozenset[int]

    @property
    def unfired_lines(self) -> tuple[Line, ...]:
        """`unfired` with the file."""
        return tuple((self.file, line) for line in sorted(self.unfired))


def coverage_of(reports: Sequence[Report]) -> list[FileCoverage]:
    """The coverage of every file of which some scenario has a step, all scenarios together."""
    compiled = {line for report in reports for line in report.lines}
    reached = {line for report in reports for line in report.reached}
    found = []
    for file in sorted({file for file, _ in compiled}):
        steps, silent = steps_of(Path(file))
        lines = (steps | {line for f, line in compiled if f == file}) - silent
        found.append(FileCoverage(file, steps, frozenset(lines - {line for f, line in reached if f == file})))
    return found


def show_coverage(found: Sequence[FileCoverage], style: Style) -> Iterator[str]:
    """A line per file: steps that fired, of how many, and what did not."""
    rows = [("steps", "fired", "file", "never executed")]
    for one in found:
        fired = f"{len(one.steps - one.unfired)}"
        rows.append((str(len(one.steps)), fired, place(one.file), line_ranges(sorted(one.unfired)) or "-"))
    first, *lines = columns(rows, (5, 5, 50))
    yield style("faint", first)
    yield from lines
    steps = sum(len(one.steps) for one in found)
    unfired = sum(len(one.unfired) for one in found)
    said = f"{count(unfired, 'line')} never executed" if unfired else "all fired"
    yield style("bad" if unfired else "good", f"{count(steps, 'step')} in {count(len(found), 'file')}: {said}")
