"""Runs tests: makes and loads a model, searches it completely, replays the witness, compares the answer."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import attrs

from thpverify.checker.options import Options
from thpverify.checker.pool import check_all
from thpverify.checker.result import Report, Trouble, Verdict
from thpverify.lang.scenarios import Scenario
from thpverify.litmus.errors import BrokenTest
from thpverify.litmus.files import ALLOWED, FORBIDDEN, Broken, Entry
from thpverify.litmus.sources import source_of
from thpverify.loader.errors import LoadError
from thpverify.loader.modules import scenarios_of
from thpverify.traces.trace import Trace


class Agreement(StrEnum):
    """How an answer compares with what the file expects, best first.

    AGREES: as expected, or nothing was expected. UNDECIDED: a limit came first. DIFFERS: the models say otherwise, or
    thpverify has a bug. BROKEN: the test makes no sense.
    """

    AGREES = "agrees"
    UNDECIDED = "undecided"
    DIFFERS = "differs"
    BROKEN = "broken"

    @property
    def exit_code(self) -> int:
        """What a run exits with if this is its worst answer."""
        return {"agrees": 0, "undecided": 3, "differs": 1, "broken": 2}[self.value]


@attrs.frozen
class Answer:
    """What the models say of one test.

    `outcome` is "allowed" or "forbidden", None without an answer; `message` says why there is none, `details` is the
    traceback of an error of ours. `seconds` is the whole time, from the test's text on. `witness` is the trace to an
    allowed outcome.
    """

    id: str
    agreement: Agreement
    kind: str = ""
    arch: str = ""
    title: str = ""
    expected: str | None = None
    outcome: str | None = None
    states: int = 0
    seconds: float = 0.0
    witness: Trace | None = None
    message: str = ""
    details: str = ""


@attrs.frozen
class _Loaded:
    """A test whose model is there; making it took `seconds`."""

    entry: Entry
    scenario: Scenario
    seconds: float


def answers(
    tests: Sequence[Entry | Broken], directory: Path, options: Options, *, jobs: int = 1
) -> Iterator[Answer]:
    """The answers to `tests`, in their order, each as soon as it is known.

    `directory` takes the generated models.
    """
    prepared = [_prepare(number, test, directory) for number, test in enumerate(tests)]
    reports = check_all([p.scenario for p in prepared if isinstance(p, _Loaded)], options, jobs=jobs)
    for one in prepared:
        yield one if isinstance(one, Answer) else _judge(one, next(reports))


def _prepare(number: int, test: Entry | Broken, directory: Path) -> _Loaded | Answer:
    if isinstance(test, Broken):
        return Answer(test.id, Agreement.BROKEN, message=test.message)
    started = time.perf_counter()
    try:
        scenario = load(test, directory / f"{_stem(test.id)}_{number}.py")
    except BrokenTest as error:
        return _answer(test, Agreement.BROKEN, message=str(error))
    except LoadError as error:
        return _answer(test, Agreement.DIFFERS, message=f"internal error: the model cannot be loaded: {error}")
    return _Loaded(test, scenario, time.perf_counter() - started)


def load(entry: Entry, file: Path) -> Scenario:
    """Write the model of a test to `file` and load it.

    Raises:
        BrokenTest: the test is malformed.
        LoadError: the model is; that is a bug.
    """
    file.write_text(source_of(entry), encoding="utf-8")
    (scenario,) = scenarios_of(file)
    return scenario


def _stem(name: str) -> str:
    """A file name for a test."""
    return re.sub(r"[^A-Za-z0-9]", "_", name)[:80]


def _answer(entry: Entry, agreement: Agreement, message: str = "") -> Answer:
    return Answer(entry.id, agreement, entry.kind, entry.arch, entry.title, entry.expected, message=message)


def _judge(loaded: _Loaded, report: Report) -> Answer:
    """From what the search found to an answer."""
    entry, seconds = loaded.entry, loaded.seconds + report.seconds
    if report.trouble in (Trouble.MODEL, Trouble.BUG):
        return attrs.evolve(
            _answer(entry, Agreement.DIFFERS, message=f"internal error: {report.message}"),
            details=report.details,
            seconds=seconds,
        )
    asked = report.results[0]
    failed = [r.property for r in report.results[1:] if r.verdict is Verdict.VIOLATED]
    answer = attrs.evolve(
        _answer(entry, Agreement.UNDECIDED), states=asked.states, seconds=seconds, witness=asked.trace
    )
    if failed:
        message = f"internal error: the model leaves its bounds ({failed[0]})"
        return attrs.evolve(answer, agreement=Agreement.DIFFERS, message=message)
    if asked.verdict in (Verdict.BOUNDED, Verdict.UNKNOWN):
        return attrs.evolve(answer, message=asked.stopped or report.message)
    outcome = ALLOWED if asked.verdict is Verdict.HOLDS else FORBIDDEN
    agrees = entry.expected in (None, outcome)
    return attrs.evolve(answer, outcome=outcome, agreement=Agreement.AGREES if agrees else Agreement.DIFFERS)


def worst(found: Sequence[Answer]) -> Agreement:
    """The worst agreement of a run."""
    order = list(Agreement)
    return max((answer.agreement for answer in found), key=order.index, default=Agreement.AGREES)
