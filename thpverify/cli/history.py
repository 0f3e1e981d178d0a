"""``history``: the table of known bugs, without their fixes and with them."""

from __future__ import annotations

import json as json_module
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from thpverify.checker.options import Options
from thpverify.checker.pool import check_all
from thpverify.checker.result import Run, Status
from thpverify.cli.machine import memory_to_use
from thpverify.cli.quantities import duration_option
from thpverify.ir.run import Limits, Progress
from thpverify.lang.history import KnownBug, bug_of
from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import UsageError
from thpverify.loader.select import Selection, named, select
from thpverify.reports.files import write_file
from thpverify.reports.history import entries, show, to_markdown
from thpverify.reports.progress import ProgressLine
from thpverify.reports.results import read_results, to_json
from thpverify.reports.text import Style


def history(
    *targets: str,
    results: Path | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    json: Path | None = None,
    max_time: Annotated[float | None, Parameter(converter=duration_option)] = None,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Print each known bug with its fix, the property that breaks without it, and the verdict with it.

    The exit code is 0 if every bug fails without its fix and holds with it.

    Parameters
    ----------
    targets
        Scenarios, model files or directories, as for `check`. Without any, the whole history.
    results
        Take the verdicts from this file, which `check --json` wrote, instead of checking.
    output
        Write the table here too, as Markdown, with every scenario of every bug.
    json
        Write the results here as JSON, as `check --json` does.
    max_time
        Give up on a scenario after this time, such as 90, 5m or 1h.
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    if results is not None and (json is not None or max_time is not None):
        raise UsageError("--results takes verdicts that there are: --json and --max-time are for checking")
    selection = select(targets)
    scenarios = [s for s in selection.scenarios if bug_of(s.name, selection.bugs) is not None]
    bugs = _told_by(scenarios, selection)
    if not bugs:
        raise UsageError("no known bug among these; a model declares one with known_bug(...)")
    style = Style.of(sys.stdout, allowed=color)
    run = Run((), selection.broken)
    if results is not None:
        verdicts = read_results(results)
    else:
        run = _check(scenarios, max_time, selection)
        text = to_json(run, run.status.exit_code, {})
        verdicts = json_module.loads(text)["results"]
        if json is not None:
            write_file(json, text)
    found = entries(bugs, scenarios, verdicts)
    for line in show(found, style):
        print(line)
    for broken in selection.broken:
        print(f"thpverify: {broken}", file=sys.stderr)
    if output is not None:
        write_file(output, to_markdown(found))
    as_expected = sum(entry.as_expected for entry in found)
    print(f"{as_expected} of {len(found)} fail without their fix and hold with it")
    if run.status is not Status.AS_EXPECTED:
        return run.status.exit_code
    return 0 if as_expected == len(found) else 1


def _told_by(scenarios: Sequence[Scenario], selection: Selection) -> list[KnownBug]:
    """The bugs of `selection` that one of `scenarios` belongs to."""
    told = {bug.id for s in scenarios if (bug := bug_of(s.name, selection.bugs)) is not None}
    return [bug for bug in selection.bugs if bug.id in told]


def _check(scenarios: Sequence[Scenario], max_time: float | None, selection: Selection) -> Run:
    line = ProgressLine(sys.stderr)
    jobs = max(1, min(len(os.sched_getaffinity(0)), len(scenarios)))
    memory = memory_to_use()
    limits = Limits(None if memory is None else memory // jobs, max_time)

    def progress(scenario: Scenario, made: Progress) -> None:
        line.show(named(scenario.name, scenario.variant), made)

    try:
        reports = tuple(check_all(scenarios, Options(limits), jobs=jobs, on_progress=progress))
    finally:
        line.clear()
    for report in reports:
        if report.message:
            print(f"thpverify: {report.title}: {report.message}", file=sys.stderr)
    return Run(reports, selection.broken)
