"""A run as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from thpverify.checker.result import Expected, Report, Result, Run, Status, Trouble, Verdict
from thpverify.reports.counterexample import show_trace
from thpverify.reports.text import (
    NO_BREAK,
    WIDTH,
    Style,
    columns,
    count,
    line_ranges,
    paragraph,
    place,
    seconds,
    size,
    unbroken,
)

_MARKS = {
    Status.AS_EXPECTED: ("ok", "good"),
    Status.UNDECIDED: ("??", "doubt"),
    Status.UNEXPECTED: ("FAIL", "bad"),
    Status.BROKEN: ("FAIL", "bad"),
}
_COLOURS = {"violated": "bad", "holds": "good", "proved": "good", "bounded": "doubt", "unknown": "doubt"}
_MARK_WIDTH = 6
_TITLE_WIDTH = 44


def show_report(report: Report, style: Style, *, traces: bool, properties: bool) -> list[str]:
    """One scenario: its line; with `properties`, or if it is not as expected, a line each; with `traces` the
    counterexamples. Unexpected ones are always shown."""
    lines = _head(report, style)
    if report.trouble in (Trouble.MODEL, Trouble.BUG):
        return lines
    if properties or report.status is Status.UNEXPECTED:
        lines += _property_lines(report, style)
    for result in report.results:
        unexpected = result.as_expected is False
        if result.trace is not None and result.verdict is Verdict.VIOLATED and (traces or unexpected):
            lines += ["", *show_trace(result.trace, style), ""]
    return lines


def _head(report: Report, style: Style) -> list[str]:
    mark, kind = _MARKS[report.status]
    start = style(kind, mark) + " " * (_MARK_WIDTH - len(mark))
    indent = " " * _MARK_WIDTH
    if report.trouble in (Trouble.MODEL, Trouble.BUG):
        return [f"{start}{report.title}", *_message(report.message, indent)]
    says = _summary(report)
    if len(report.title) <= _TITLE_WIDTH and _MARK_WIDTH + _TITLE_WIDTH + 2 + len(says) <= WIDTH:
        return [f"{start}{report.title.ljust(_TITLE_WIDTH)}  {says}".replace(NO_BREAK, " ")]
    return [f"{start}{report.title}", *paragraph(says, indent=indent + "  ")]


def _message(message: str, indent: str) -> list[str]:
    """`message` with its first line wrapped: below it may be a source line and a mark, which must stay as they are."""
    first, *others = message.splitlines()
    return paragraph(first, indent=f"{indent}  ", first=indent) + [f"{indent}{line}".rstrip() for line in others]


def _summary(report: Report) -> str:
    """The verdict on a scenario in one sentence."""
    if report.trouble is Trouble.STOPPED:
        return f"unknown: {report.message}"
    violated = [r for r in report.results if r.verdict is Verdict.VIOLATED]
    effort = ""
    if report.results:
        first = report.results[0]
        effort = unbroken(f"{count(first.states, 'state')}, {seconds(report.seconds)}")
    if violated:
        expected = [r for r in violated if r.expected is Expected.VIOLATED]
        shown = (expected or violated)[0]
        after = f" after {count(len(shown.trace.steps), 'step')}" if shown.trace is not None else ""
        others = f" and {len(violated) - 1} more" if len(violated) > 1 else ""
        return f"violated{', as expected' if expected else ''}: {shown.property}{after}{others}; {effort}"
    if all(r.verdict is Verdict.HOLDS for r in report.results):
        return f"holds, complete: {effort}"
    weakest = next((r for r in report.results if r.verdict not in (Verdict.HOLDS, Verdict.PROVED)), None)
    if weakest is None:
        return f"proved: {effort}"
    depth = f" to depth {weakest.depth}" if weakest.verdict is Verdict.BOUNDED else ""
    return f"{weakest.verdict}{depth}: {weakest.stopped}; {effort}"


def _property_lines(report: Report, style: Style) -> list[str]:
    rows = [(str(r.verdict), r.property, r.kind if r.kind != r.property else "", _remark(r)) for r in report.results]
    lines = columns(rows, (8, 50, 9), indent=_MARK_WIDTH)
    for number, line in enumerate(lines):
        word = line.split()[0]
        if word in _COLOURS:
            lines[number] = line.replace(word, style(_COLOURS[word], word), 1)
    return lines


def _remark(result: Result) -> str:
    if result.why is not None:
        return result.why
    if result.verdict is Verdict.BOUNDED:
        return f"to depth {result.depth}"
    if result.trace is not None:
        return f"after {count(len(result.trace.steps), 'step')}"
    return ""


def show_summary(run: Run, style: Style, *, elapsed: float, hidden_traces: int = 0) -> Iterator[str]:
    """The last lines: what could not be loaded, dead lines of the models, the count."""
    for text in run.broken:
        yield f"{style('bad', 'FAIL')}  {text}"
    by_file: dict[str, list[int]] = {}
    for file, line in run.dead_lines:
        by_file.setdefault(file, []).append(line)
    for file, lines in by_file.items():
        yield from paragraph(f"{place(file)}:{line_ranges(lines)}", indent="    ", first="warning: never executed: ")
    if hidden_traces:
        yield f"{count(hidden_traces, 'expected counterexample')} not shown; --traces shows them"
    tally = Counter(report.status for report in run.reports)
    parts = [f"{tally[status]} {status}" for status in Status if tally[status]]
    if run.broken:
        parts.append(f"{count(len(run.broken), 'file')} not loaded")
    states = sum(report.results[0].states for report in run.reports if report.results)
    peak = max((result.peak_bytes for result in run.results), default=0)
    verdict = f"{count(len(run.reports), 'scenario')}: {', '.join(parts) or 'nothing checked'}"
    kind = {Status.AS_EXPECTED: "good", Status.UNDECIDED: "doubt"}.get(run.status, "bad")
    yield f"{style(kind, verdict)} ({count(states, 'state')}, {size(peak)} at most, {seconds(elapsed)})"
