"""``check``: a verdict on every property of every scenario that is asked for."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import attrs
from cyclopts import Parameter
from cyclopts.validators import Number

from thpverify.checker.options import Options
from thpverify.checker.pool import check_all
from thpverify.checker.result import Report, Run, Status, Trouble
from thpverify.cli.machine import memory_to_use
from thpverify.cli.outputs import Outputs
from thpverify.cli.quantities import duration_option, memory_option
from thpverify.cli.trouble import save_traceback
from thpverify.ir.run import Limits, Progress
from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import UsageError
from thpverify.loader.select import named, select
from thpverify.loader.shipped import Profile
from thpverify.reports.coverage import FileCoverage, coverage_of, show_coverage
from thpverify.reports.progress import ProgressLine
from thpverify.reports.terminal import show_report, show_summary
from thpverify.reports.text import Style

_Positive = Parameter(validator=Number(gte=1))


def check(
    *targets: str,
    variant: str | None = None,
    all_traces: Annotated[bool, Parameter(name="--all", negative="")] = False,
    traces: Annotated[bool, Parameter(negative="")] = False,
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="")] = False,
    json: Path | None = None,
    junit: Path | None = None,
    trace_dir: Path | None = None,
    max_memory: Annotated[int | None, Parameter(converter=memory_option)] = None,
    max_time: Annotated[float | None, Parameter(converter=duration_option)] = None,
    max_states: Annotated[int | None, _Positive] = None,
    max_depth: Annotated[int | None, _Positive] = None,
    threads: Annotated[int | None, _Positive] = None,
    jobs: Annotated[int | None, _Positive] = None,
    engine: Literal["search", "z3"] = "search",
    depth: Annotated[int | None, _Positive] = None,
    certificate: Path | None = None,
    profile: Literal["gate", "deep", "proof"] = "gate",
    coverage: Annotated[bool, Parameter(negative="")] = False,
    cache: Annotated[bool, Parameter(negative="--no-cache", show=True)] = True,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Search every reachable state of scenarios and report a verdict, or the shortest counterexample, per property.

    Parameters
    ----------
    targets
        What to check: a scenario (kvm-thp-adjust-pte-split), one variant of it (NAME@VARIANT), several (kvm-*), a model
        file or directory, a scenario of a file (FILE::NAME). Without any, every shipped scenario.
    variant
        Only scenarios with this variant.
    all_traces
        Go on after a violation until every property has a verdict or a trace.
    traces
        Show expected counterexamples too when several scenarios are checked.
    quiet
        Show only what is not as expected, and the last line.
    json
        Write the results here as JSON (docs/output.md).
    junit
        Write the results here as JUnit XML.
    trace_dir
        Write every trace into this directory, as JSON and as ITF.
    max_memory
        Give up at this much memory, such as 512M or 2G (by default, nine tenths of what is free).
    max_time
        Give up on a scenario after this time, such as 90, 5m or 1h.
    max_states
        Give up on a scenario after this many states.
    max_depth
        Search only this many steps deep.
    threads
        Threads of each search (by default, the cores shared out among the jobs).
    jobs
        Scenarios checked side by side (by default one per core; one if there is a limit on memory).
    engine
        search visits every state; z3 looks at all paths of some steps, then proves by induction (docs/symbolic.md).
    depth
        With --engine z3: the steps of the longest paths (by default 8).
    certificate
        With --engine z3: write each proof into a directory of its own in this one, for recheck.
    profile
        Without targets: gate checks the shipped scenarios, deep their larger instances, which run for minutes each,
        proof those with symbolic fields that no search can list, for --engine z3.
    coverage
        Show which steps of the models were executed, and fail if one never was (docs/output.md).
    cache
        Keep compiled models in the user's cache directory.
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    started = time.perf_counter()
    outputs = Outputs(json, junit, trace_dir)
    _refuse_mismatch(engine, depth, certificate)
    if certificate is not None:
        # Before, and not after, hours of work.
        certificate.mkdir(parents=True, exist_ok=True)
    if targets and profile != "gate":
        raise UsageError("--profile chooses among the shipped scenarios: leave the targets out, or name them: deep-*")
    if profile == "proof" and engine != "z3":
        raise UsageError("--profile proof is for --engine z3: its initial states are too many to list")
    selection = select(targets, variant=variant, profile=Profile(profile))
    scenarios = selection.scenarios
    jobs, threads = share_cores(len(scenarios), jobs, threads, limited=max_memory is not None)
    memory = memory_to_use() if max_memory is None else max_memory
    limits = Limits(None if memory is None else memory // jobs, max_time, max_states, max_depth)
    options = Options(limits, threads, all_traces, cache, engine, depth, certificate)
    view = View(
        style=Style.of(sys.stdout, allowed=color),
        progress=ProgressLine(sys.stderr, allowed=not quiet),
        quiet=quiet,
        traces=traces or len(scenarios) == 1,
        properties=len(scenarios) == 1,
    )
    reports = []
    for report in check_all(
        scenarios, options, jobs=jobs, on_progress=view.show_progress, on_warning=view.show_warning
    ):
        view.show(report)
        reports.append(report)
    covered = coverage_of(reports) if coverage else []
    run = Run(tuple(reports), selection.broken, tuple(line for one in covered for line in one.unfired_lines))
    view.show_coverage(covered)
    view.finish(run, time.perf_counter() - started)
    failed = outputs.write(run)
    for message in failed:
        print(f"thpverify: {message}", file=sys.stderr)
    return Status.BROKEN.exit_code if failed else run.status.exit_code


def _refuse_mismatch(engine: str, depth: int | None, certificate: Path | None) -> None:
    """Options that the engine would not heed, and an engine that is not installed, are mistakes to tell at once."""
    if engine == "z3" and find_spec("z3") is None:
        raise UsageError("--engine z3 needs z3: pip install 'thpverify[proof]'")
    if engine != "z3" and (depth is not None or certificate is not None):
        raise UsageError(f"{'--depth' if depth is not None else '--certificate'} is for --engine z3")


def share_cores(scenarios: int, jobs: int | None, threads: int | None, *, limited: bool) -> tuple[int, int]:
    """How many scenarios to check side by side and with how many threads each.

    Small scenarios gain from jobs, large ones from threads; a limit on memory is best used by one at a time.
    """
    cores = len(os.sched_getaffinity(0))
    if jobs is None:
        jobs = 1 if limited or threads is not None else cores
    jobs = max(1, min(jobs, scenarios))
    return jobs, threads or max(1, cores // jobs)


@attrs.define
class View:
    """What the user sees, scenario by scenario."""

    style: Style
    progress: ProgressLine
    quiet: bool
    traces: bool
    properties: bool
    _hidden: int = 0
    _warned: set[str] = attrs.field(factory=set)
    _mistakes: dict[tuple[str, str], str] = attrs.field(factory=dict)

    def show_progress(self, scenario: Scenario, progress: Progress) -> None:
        """A running search moved on."""
        self.progress.show(named(scenario.name, scenario.variant), progress)

    def show_warning(self, text: str) -> None:
        """Something is not as it should be, though it costs no verdict."""
        if text not in self._warned:
            self._warned.add(text)
            self.progress.clear()
            print(f"thpverify: {text}", file=sys.stderr)

    def show(self, report: Report) -> None:
        """A scenario is finished."""
        self.progress.clear()
        if report.status is Status.AS_EXPECTED:
            if self.quiet:
                return
            self._hidden += 0 if self.traces else len(report.traces)
        report = self._shortened(report)
        for line in show_report(report, self.style, traces=self.traces and not self.quiet, properties=self.properties):
            print(line)
        if report.trouble is Trouble.BUG and report.details:
            print(f"      {save_traceback(report.details)}")
        sys.stdout.flush()

    def _shortened(self, report: Report) -> Report:
        """`report`; but of a mistake that was already shown in full for another scenario, without the repetition."""
        if report.trouble not in (Trouble.MODEL, Trouble.BUG):
            return report
        first = self._mistakes.setdefault((report.message, report.details), report.title)
        if first == report.title:
            return report
        return attrs.evolve(report, message=f"the same mistake as in {first}", details="")

    def show_coverage(self, covered: Sequence[FileCoverage]) -> None:
        """Which steps were executed, where that was asked for."""
        self.progress.clear()
        for line in show_coverage(covered, self.style) if covered else ():
            print(line)

    def finish(self, run: Run, elapsed: float) -> None:
        """All are."""
        self.progress.clear()
        for line in show_summary(run, self.style, elapsed=elapsed, hidden_traces=self._hidden):
            print(line)
