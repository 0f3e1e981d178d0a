"""The table of known bugs: what the checker says of each without its fix and with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from thpverify.lang.history import KnownBug, bug_of
from thpverify.lang.scenarios import Scenario
from thpverify.loader.select import named
from thpverify.reports.text import NO_BREAK, Style, columns, count, seconds, unbroken

_ORDER = ("unknown", "bounded", "violated", "proved", "holds")
"""Verdicts, the one that says the least of a scenario that should hold first."""


@attrs.frozen
class Side:
    """What a run says of one scenario of an entry.

    `fixed` is whether its kernel has the fix, `fails` whether it is expected to fail. `decisive` is the property that
    is expected to be violated, or the one with the worst verdict, `steps` the length of its counterexample, None
    without one.
    """

    scenario: str
    variant: str
    fixed: bool
    fails: bool
    decisive: str
    verdict: str
    as_expected: bool | None
    steps: int | None
    states: int
    seconds: float

    @property
    def says(self) -> str:
        """The verdict in a few words."""
        if self.verdict == "violated":
            after = f" after {count(self.steps, 'step')}" if self.steps is not None else ""
            return f"{self.decisive}{after}"
        return {"holds": "holds, complete"}.get(self.verdict, self.verdict)


@attrs.frozen
class Entry:
    """A known bug with the scenarios that a run has of it."""

    bug: KnownBug
    sides: tuple[Side, ...]

    @property
    def without_fix(self) -> Side | None:
        """The scenario that stands for the kernel without the fix: the first that is expected to fail there."""
        return next((side for side in self.sides if side.fails and not side.fixed), None)

    @property
    def with_fix(self) -> Side | None:
        """The one that stands for the kernel with it: the first that is expected to hold there."""
        return next((side for side in self.sides if side.fixed and not side.fails), None)

    @property
    def as_expected(self) -> bool:
        """Whether both are there, and every scenario came out as its author expects."""
        both = self.without_fix is not None and self.with_fix is not None
        return both and all(side.as_expected for side in self.sides)


def entries(
    bugs: Sequence[KnownBug], scenarios: Iterable[Scenario], results: Sequence[Mapping[str, Any]]
) -> list[Entry]:
    """The entries of `bugs`, from what the results of a results file (docs/output.md) say of `scenarios`."""
    by_scenario: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for result in results:
        by_scenario.setdefault((result["scenario"], result["variant"]), []).append(result)
    sides: dict[str, list[Side]] = {bug.id: [] for bug in bugs}
    for scenario in scenarios:
        bug, given = bug_of(scenario.name, bugs), by_scenario.get((scenario.name, scenario.variant))
        if bug is not None and given is not None:
            sides[bug.id].append(_side(scenario, scenario.patches.issuperset(bug.fixes), given))
    return [Entry(bug, tuple(sides[bug.id])) for bug in bugs]


def _side(scenario: Scenario, fixed: bool, results: Sequence[Mapping[str, Any]]) -> Side:
    wanted = next((r for r in results if r["expected"] == "violated"), None)
    shown = wanted or min(results, key=lambda r: _ORDER.index(r["verdict"]))
    judged = [r["as_expected"] for r in results]
    return Side(
        scenario=scenario.name,
        variant=scenario.variant,
        fixed=fixed,
        fails=wanted is not None,
        decisive=shown["property"],
        verdict=shown["verdict"],
        as_expected=False if False in judged else None if None in judged else True,
        steps=shown["steps"],
        states=shown["states"],
        seconds=shown["seconds"],
    )


def show(found: Sequence[Entry], style: Style) -> Iterator[str]:
    """The table for a terminal. An entry has two rows: its id and the kernel without the fix, the fix and that with."""
    head = ("", "bug, fix", "without the fix, with it", "steps", _right("states", 10), _right("time", 8))
    rows = [head]
    for entry in found:
        fix = f"{entry.bug.commit} {unbroken(f'({entry.bug.fixed})')}"
        rows.append(("ok" if entry.as_expected else "FAIL", entry.bug.id, *_row(entry, entry.without_fix)))
        rows.append(("", fix, *_row(entry, entry.with_fix)))
    first, *lines = columns(rows, (4, 30, 33, 5, 10, 8))
    yield style("faint", first)
    for line in lines:
        mark = line[:4].strip()
        colour = {"ok": "good", "FAIL": "bad"}.get(mark)
        yield line if colour is None else style(colour, mark) + line[len(mark) :]


def _row(entry: Entry, side: Side | None) -> tuple[str, str, str, str]:
    says, steps, states, taken = _cells(entry, side, steps=True)
    return says, _right(steps, 5), _right(states, 10), _right(taken, 8)


def _right(text: str, width: int) -> str:
    return unbroken(text).rjust(width, NO_BREAK)


def to_markdown(found: Sequence[Entry]) -> str:
    """The table as a page, and under it every scenario of every entry."""
    lines = [
        "# Known bugs, without their fixes and with them",
        "",
        "Written by `python -m thpverify history`; do not edit. Times are those of the search.",
        "",
        "| bug | fix | violated without it | steps | states | time | with it | states | time |",
        "| --- | --- | --- | ---: | ---: | ---: | --- | ---: | ---: |",
    ]
    for entry in found:
        cells = [entry.bug.id, f"{entry.bug.commit}, {entry.bug.fixed}"]
        cells += _cells(entry, entry.without_fix, steps=True) + _cells(entry, entry.with_fix, steps=False)
        lines.append(f"| {' | '.join(cells)} |")
    for entry in found:
        lines += _section(entry)
    return "\n".join(lines) + "\n"


def _cells(entry: Entry, side: Side | None, *, steps: bool) -> list[str]:
    if side is None:
        return ["no scenario" if entry.sides else "not run", *([""] if steps else []), "", ""]
    says = side.decisive if side.verdict == "violated" else side.says
    taken = [str(side.steps) if side.steps is not None else "-"] if steps else []
    return [says, *taken, f"{side.states:,}", seconds(side.seconds)]


def _section(entry: Entry) -> list[str]:
    bug = entry.bug
    cve = f", {bug.cve}" if bug.cve else ""
    lines = ["", f"## {bug.id}", "", f"{bug.breaks}", ""]
    lines += [f"- {fix.commit}: {fix.subject} ({fix.version})" for fix in bug.fixes]
    lines += [f"- since {bug.introduced}{cve}; breaks {', '.join(bug.invariants)}", ""]
    lines += ["| scenario | expected | verdict | states | time |", "| --- | --- | --- | ---: | ---: |"]
    for side in entry.sides:
        expected = ("fails" if side.fails else "holds") + (", fixed" if side.fixed else "")
        flag = "" if side.as_expected else ", **not as expected**"
        scenario = named(side.scenario, side.variant)
        lines.append(f"| `{scenario}` | {expected} | {side.says}{flag} | {side.states:,} | {seconds(side.seconds)} |")
    return lines
