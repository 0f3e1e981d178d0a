"""Answers as text for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from thpverify.litmus.running import Agreement, Answer, worst
from thpverify.reports.counterexample import show_trace
from thpverify.reports.text import Style, count, paragraph, seconds, unbroken

_MARKS = {
    Agreement.AGREES: ("ok", "good"),
    Agreement.UNDECIDED: ("??", "doubt"),
    Agreement.DIFFERS: ("FAIL", "bad"),
    Agreement.BROKEN: ("FAIL", "bad"),
}
_INDENT = " " * 6


def show_answer(answer: Answer, style: Style, *, traces: bool) -> list[str]:
    """A test's line; what is wrong with it; the witness as a sequence of steps, or with `traces` as a table."""
    mark, colour = _MARKS[answer.agreement]
    start = style(colour, mark) + " " * (len(_INDENT) - len(mark))
    lines = [f"{start}{answer.id.ljust(40)}  {_says(answer)}"]
    if answer.message:
        lines += paragraph(answer.message, indent=f"{_INDENT}  ", first=_INDENT)
    if answer.witness is not None:
        if traces:
            lines += ["", *show_trace(answer.witness, style), ""]
        else:
            steps = "; ".join(unbroken(f"{step.thread}: {step.label}") for step in answer.witness.steps)
            lines += paragraph(steps, indent=f"{_INDENT}    ", first=f"{_INDENT}  witness: ")
    return lines


def _says(answer: Answer) -> str:
    if answer.agreement is Agreement.BROKEN:
        return "broken"
    expected = "not said" if answer.expected is None else answer.expected
    effort = f"{count(answer.states, 'state')}, {seconds(answer.seconds)}"
    return f"{(answer.outcome or 'no answer').ljust(9)}  expected: {expected.ljust(9)}  {effort}"


def show_summary(found: Sequence[Answer], style: Style, *, elapsed: float) -> str:
    """The last line."""
    tally = Counter(answer.agreement for answer in found)
    words = {Agreement.AGREES: "agree", Agreement.UNDECIDED: "undecided", Agreement.DIFFERS: "differ"}
    parts = [f"{tally[a]} {words.get(a, a)}" for a in Agreement if tally[a]]
    states = sum(answer.states for answer in found)
    verdict = f"{count(len(found), 'test')}: {', '.join(parts) or 'nothing asked'}"
    return f"{style(_MARKS[worst(found)][1], verdict)} ({count(states, 'state')}, {seconds(elapsed)})"
