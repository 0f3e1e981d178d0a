"""``replay``: whether a trace from a file still holds against today's model."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import UsageError
from thpverify.loader.select import find, named
from thpverify.reports.counterexample import show_trace
from thpverify.reports.text import Style, count
from thpverify.traces.trace import Trace


def replay(
    file: Path, *, model: Path | None = None, color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True
) -> int:
    """Run the steps of a trace again and say whether they still lead where they led; the exit code is 1 if not.

    Parameters
    ----------
    file
        The trace, as `check --trace-dir` wrote it.
    model
        The file that declares its scenario; by default the one the trace was made from, or else the shipped models.
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    from thpverify.compiler import compile_scenario
    from thpverify.traces.files import read
    from thpverify.traces.recheck import recheck

    trace = read(file)
    scenario = scenario_of(trace, model)
    result = recheck(trace, scenario, compile_scenario(scenario, listed=False))
    title = f"{file}: {named(trace.scenario, trace.variant)}, {trace.property}"
    style = Style.of(sys.stdout, allowed=color)
    if result.trace is None:
        place = f"step {result.step}" if result.step else "the initial state"
        print(f"{title}: {style('doubt', 'holds no longer')}; it departs at {place}: {result.reason}")
        return 1
    print(f"{title}: {style('good', 'still holds')} after {count(len(trace.steps), 'step')}")
    print("\n".join(show_trace(result.trace, style)))
    return 0


def scenario_of(trace: Trace, model: Path | None) -> Scenario:
    """The scenario of `trace`: in `model` if given, else in a file that its steps come from, else a shipped one.

    Raises:
        UsageError: there is none.
        LoadError: the file that should declare it cannot be loaded.
    """
    if model is not None:
        return find(trace.scenario, trace.variant, model)
    files = dict.fromkeys(file for step in trace.steps for file, _ in step.places)
    for file in files:
        if Path(file).is_file():
            with suppress(UsageError):
                return find(trace.scenario, trace.variant, Path(file))
    return find(trace.scenario, trace.variant)
