"""What the linter found, for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from thpverify.lint.document import Linted
from thpverify.lint.results import INFO, Access, Finding, Place, StepSummary
from thpverify.reports.text import Style, columns, count, paragraph, place, unbroken

_INDENT = 6


@attrs.define
class Group:
    """One finding, however many threads and scenarios have it; `finding` is the one with the most locations."""

    finding: Finding
    functions: list[str] = attrs.field(factory=list)
    scenarios: list[str] = attrs.field(factory=list)


def grouped(linted: Iterable[Linted]) -> list[Group]:
    """The findings of all scenarios by place."""
    groups: dict[object, Group] = {}
    for one in linted:
        title = f"{one.scenario} [{one.variant}]" if one.variant else one.scenario
        for finding in one.lint.findings:
            group = groups.setdefault((finding.kind, finding.label, finding.place), Group(finding))
            if len(finding.accesses) > len(group.finding.accesses):
                group.finding = finding
            group.functions.extend({finding.function} - set(group.functions))
            group.scenarios.extend({title} - set(group.scenarios))
    return sorted(groups.values(), key=lambda g: (g.finding.place.file, g.finding.place.line, g.finding.kind))


def needless_reasons(linted: Iterable[Linted]) -> list[tuple[Place, str]]:
    """Reasons that no step that gives them needs, in any scenario, with a place where such a step starts."""
    reasons: dict[str, tuple[Place, bool]] = {}
    for step in (step for one in linted for step in one.lint.steps):
        for reason in step.atomic:
            start, needed = reasons.get(reason.text, (step.start, False))
            reasons[reason.text] = start, needed or reason.needed
    return [(start, reason) for reason, (start, needed) in reasons.items() if not needed]


def show_group(group: Group, style: Style) -> Iterator[str]:
    """A finding: where, what, the locations with whoever else touches them, what to do."""
    finding = group.finding
    colour = "faint" if finding.severity == INFO else "bad"
    threads = ", ".join(sorted(group.functions))
    more = f" and {count(len(group.scenarios) - 1, 'other scenario')}" if len(group.scenarios) > 1 else ""
    yield f"{style('strong', _show(finding.place))}: {style(colour, finding.kind)}: {finding.label}"
    pad = " " * 4
    yield from paragraph(f"{finding.message} (thread {threads}; in {group.scenarios[0]}{more})", indent=pad)
    yield from columns([_row(a, finding.place) for a in finding.accesses], (40, 16), indent=_INDENT)
    yield from paragraph(f"-> {finding.advice}", indent=pad + "   ", first=pad)


def _row(access: Access, near: Place) -> tuple[str, str, str]:
    where = f"line {access.place.line}" if access.place.file == near.file else _show(access.place)
    if access.other is None:
        return access.location, access.words, where
    function, label, other = access.other
    return access.location, access.words, f"{where}; also in {function}, {_show(other)}: {label}"


def _show(where: Place) -> str:
    return f"{place(where.file)}:{where.line}"


def show_steps(linted: Linted, style: Style) -> Iterator[str]:
    """A table of all steps: end, label, locks, and what is read (r) and written (w); ``*`` where others race."""
    title = f"{linted.scenario} [{linted.variant}]" if linted.variant else linted.scenario
    yield style("strong", title)
    thread = None
    rows: list[tuple[str, str, str]] = []
    for step in linted.lint.steps:
        if step.thread != thread:
            yield from columns(rows, (30, 24), indent=4)
            rows, thread = [], step.thread
            yield f"  thread {thread}"
        rows.append((unbroken(_show(step.end)), step.label, _doing(step)))
    yield from columns(rows, (30, 24), indent=4)


def _doing(step: StepSummary) -> str:
    touched = [
        f"{'r' if a.reads else ''}{'w' if a.writes else ''} {a.location}{'*' if a.races else ''}" for a in step.accesses
    ]
    parts = [", ".join(map(unbroken, touched)) or "nothing shared"]
    if step.locks_at_start or step.locks_at_end:
        parts.append(f"locks: {_locks(step.locks_at_start)} -> {_locks(step.locks_at_end)}")
    parts.extend(f"atomic: {reason.text}" for reason in step.atomic)
    return "; ".join(parts)


def _locks(names: Sequence[str]) -> str:
    return " + ".join(names) or "none"
