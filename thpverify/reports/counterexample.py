"""A trace as text: one line per step, what changed and only that, the broken property last."""

from __future__ import annotations

from pathlib import Path

from thpverify.checker.judge import STEP_CHECKS
from thpverify.reports.changes import condensed
from thpverify.reports.text import Style, columns, count, line_ranges, paragraph, place, unbroken
from thpverify.traces.trace import Trace, TraceStep

_PLAIN = Style(colour=False)
_LIMITS = (3, 20, 28, 16)


def show_trace(trace: Trace, style: Style = _PLAIN) -> list[str]:
    """The lines of a counterexample, or of a witness of something reachable, at most WIDTH columns wide."""
    witness = is_witness(trace)
    files = sorted({place(step.file) for step in trace.steps if step.file})
    lines = [style("strong", _headline(trace, witness))]
    if trace.steps:
        rows = [("", "thread", "step", "where" if len(files) > 1 else "lines", "what changed")]
        rows += [(str(number), *_cells(step, len(files) > 1)) for number, step in enumerate(trace.steps, 1)]
        head, *table = columns(rows, _LIMITS, indent=2)
        lines += [style("faint", head), *table]
    lines += _ending(trace, style, witness)
    return lines + (paragraph(", ".join(files), indent="    ", first="  in ") if files else [])


def is_witness(trace: Trace) -> bool:
    """Whether `trace` shows something that must be possible, not something that must not."""
    return trace.kind == "reachable" and not trace.message.startswith(tuple(f"{kind}: " for kind in STEP_CHECKS))


def _headline(trace: Trace, witness: bool) -> str:
    after = f"after {count(len(trace.steps), 'step')}" if trace.steps else "in the initial state"
    if trace.kind == "deadlock":
        return f"deadlock {after}"
    return f"{trace.property} is {'reached' if witness else 'violated'} {after}"


def _cells(step: TraceStep, several_files: bool) -> tuple[str, str, str, str]:
    told = [] if step.function == step.thread.partition("[")[0] and step.label else [step.function]
    label = ": ".join(dict.fromkeys([*told, *filter(None, [step.label])]))
    lines = line_ranges(step.lines) if len(step.lines) < 4 else f"{step.lines[0]}..{step.lines[-1]}"
    where = f"{Path(step.file).name}:{lines}" if several_files and step.file else lines
    chosen = [f"chose {choice}" for choice in step.choices]
    changed = condensed(step.changes, step.thread)
    return step.thread, label, where, ", ".join(map(unbroken, chosen + changed)) or "-"


def _ending(trace: Trace, style: Style, witness: bool) -> list[str]:
    message = " ".join(trace.message.split())
    what = f"{trace.property}: {message}" if message else trace.property
    kind, first = ("good", "  reached: ") if witness else ("bad", "  broken: ")
    lines = [style(kind, line) for line in paragraph(what, indent="    ", first=first)]
    link = " " if trace.kind == "deadlock" else " = "
    values = ", ".join(unbroken(f"{name}{link}{value}") for name, value in trace.values)
    return lines + (paragraph(values, indent="      ", first="    with ") if values else [])
