"""What a check comes to: one `Result` per property, gathered in a `Report` per scenario."""

from __future__ import annotations

import builtins
from enum import StrEnum
from pathlib import Path

import attrs

from thpverify.checker.source import steps_of
from thpverify.traces.trace import Trace


class Verdict(StrEnum):
    """What is known of a property.

    HOLDS: every reachable state was visited. PROVED: by induction, for what `Result.why` says. VIOLATED: there is a
    counterexample, or what must be reachable is not. BOUNDED: nothing was found as far as the search went. UNKNOWN: it
    went nowhere.
    """

    VIOLATED = "violated"
    HOLDS = "holds"
    PROVED = "proved"
    BOUNDED = "bounded"
    UNKNOWN = "unknown"


class Expected(StrEnum):
    """What a scenario's author says of a property; ANY is nothing."""

    HOLDS = "holds"
    VIOLATED = "violated"
    ANY = "any"


@attrs.frozen
class Result:
    """The verdict on one property of one scenario.

    `states`, `transitions`, `depth`, `seconds` and `peak_bytes` are those of the search that decided it, `depth` being
    the last level that was searched completely. `stopped` says what kept a verdict short of complete. `why` is a
    sentence for a violation that has no trace, the scope of a proof, or what kept a property from being
    proved. `trace` is the counterexample; for "reachable" a witness.
    `as_expected` is None while the verdict is too weak to say.
    """

    scenario: str
    variant: str
    property: str
    kind: str
    verdict: Verdict
    expected: Expected
    states: int = 0
    transitions: int = 0
    depth: int = 0
    seconds: float = 0.0
    peak_bytes: int = 0
    stopped: str | None = None
    why: str | None = None
    trace: Trace | None = None

    @builtins.property
    def key(self) -> tuple[str, str, str]:
        """What names it among all results of a run."""
        return (self.scenario, self.variant, self.property)

    @builtins.property
    def as_expected(self) -> bool | None:
        """Whether the verdict is the expected one; None while it is undecided."""
        if self.expected is Expected.ANY:
            return True
        if self.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN):
            return None
        return (self.verdict is Verdict.VIOLATED) == (self.expected is Expected.VIOLATED)


class Trouble(StrEnum):
    """Why a scenario has no verdict, or none to trust: the model is wrong, thpverify is, or it was given up."""

    MODEL = "model"
    BUG = "bug"
    STOPPED = "stopped"


class Status(StrEnum):
    """A scenario, or a run, in one word, the worst last."""

    AS_EXPECTED = "as expected"
    UNDECIDED = "undecided"
    UNEXPECTED = "not as expected"
    BROKEN = "broken"

    @property
    def exit_code(self) -> int:
        """What a run exits with."""
        return {"as expected": 0, "undecided": 3, "not as expected": 1, "broken": 2}[self.value]


Line = tuple[str, int]
"""A file and a line of it."""


@attrs.frozen
class Report:
    """All that is known of one scenario.

    `trouble` and `message` tell of a failure; `details` is the traceback of one of ours. `lines` are the lines on which
    a statement of the compiled model starts, `reached` those that were executed; `complete` as in `Outcome`.
    """

    scenario: str
    variant: str
    file: str
    results: tuple[Result, ...] = ()
    seconds: float = 0.0
    complete: bool = False
    lines: frozenset[Line] = frozenset()
    reached: frozenset[Line] = frozenset()
    trouble: Trouble | None = None
    message: str = ""
    details: str = ""

    @property
    def title(self) -> str:
        """Name and variant, as a user asks for them."""
        return f"{self.scenario}@{self.variant}" if self.variant else self.scenario

    @property
    def status(self) -> Status:
        """The scenario in one word."""
        judged = [result.as_expected for result in self.results]
        if self.trouble is Trouble.MODEL:
            return Status.BROKEN
        if self.trouble is Trouble.BUG or False in judged:
            return Status.UNEXPECTED
        if self.trouble is Trouble.STOPPED or None in judged:
            return Status.UNDECIDED
        return Status.AS_EXPECTED

    @property
    def traces(self) -> tuple[Result, ...]:
        """The results that have a counterexample."""
        return tuple(r for r in self.results if r.verdict is Verdict.VIOLATED and r.trace is not None)


@attrs.frozen
class Run:
    """Reports of all scenarios of one command, in order, and the files that could not be loaded, in words.

    `unfired` are lines that should have been executed and were not, where the user asked for coverage.
    """

    reports: tuple[Report, ...]
    broken: tuple[str, ...] = ()
    unfired: tuple[Line, ...] = ()

    @property
    def results(self) -> tuple[Result, ...]:
        """Those of all reports."""
        return tuple(result for report in self.reports for result in report.results)

    @property
    def status(self) -> Status:
        """The worst of all reports."""
        order = list(Status)
        found = [report.status for report in self.reports] + [Status.BROKEN] * bool(self.broken)
        found += [Status.UNEXPECTED] * bool(self.unfired)
        return max(found, key=order.index, default=Status.AS_EXPECTED)

    @property
    def dead_lines(self) -> tuple[Line, ...]:
        """Lines of the model that some scenario searched completely and that nothing ever executed.

        That nobody ever had to wait (a bare yield) is no dead code.
        """
        searched = {line for report in self.reports if report.complete for line in report.lines}
        dead = searched.difference(line for report in self.reports for line in report.reached)
        silent = {file: steps_of(Path(file))[1] for file, _ in dead}
        return tuple(sorted({(f, line) for f, line in dead if line not in silent[f]}.union(self.unfired)))
