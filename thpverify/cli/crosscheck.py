"""``crosscheck``: do SPIN and Rumur, on the exported models, come to our states, transitions and verdicts?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from thpverify.cli.quantities import duration_option
from thpverify.ir.run import Limits
from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import UsageError
from thpverify.loader.select import named, select
from thpverify.loader.shipped import Profile, shipped_files
from thpverify.reports.text import Style, count

Tool = Literal["spin", "spin-bfs", "rumur"]
_AGREES, _DIFFERS, _NO_ANSWER, _LEFT_OUT = "ok", "FAIL", "??", "-"


def crosscheck(
    *targets: str,
    tool: Annotated[tuple[Tool, ...], Parameter(negative="")] = ("spin", "rumur"),
    sample: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    seed: str = "",
    max_states: Annotated[int, Parameter(validator=Number(gte=1))] = 10_000_000,
    max_time: Annotated[float, Parameter(converter=duration_option)] = 600.0,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Search scenarios here and with other checkers, and compare states, transitions, verdicts and path lengths.

    The exit code is 0 if all agree, 1 if one does not, 3 if a tool took too long.

    Parameters
    ----------
    targets
        What to compare, as for `check`; by default every shipped scenario, large ones included.
    tool
        The other checker; may be given more than once.
    sample
        Compare only this many of the scenarios, drawn by the seed.
    seed
        Any text, such as a commit's id: the same seed draws the same scenarios.
    max_states
        Leave out scenarios with more states.
    max_time
        Seconds that a tool may search one scenario, such as 90 or 10m.
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    from thpverify.export.crosscheck import sample as draw

    _require(tool)
    selection = select(targets, profile=Profile.ALL)
    proofs = set(map(str, shipped_files(Profile.PROOF)))
    scenarios = {named(s.name, s.variant): s for s in selection.scenarios if targets or s.span.file not in proofs}
    names = list(scenarios) if sample is None else draw(list(scenarios), seed, sample)
    style = Style.of(sys.stdout, allowed=color)
    colours = {_AGREES: "good", _DIFFERS: "bad", _NO_ANSWER: "doubt", _LEFT_OUT: "faint"}
    marks: list[str] = []
    for name in names:
        for mark, text in _compare(scenarios[name], tool, max_states, max_time):
            marks.append(mark)
            print(f"{style(colours[mark], mark)}{' ' * (6 - len(mark))}{text}", flush=True)
    for text in selection.broken:
        print(f"thpverify: {text}", file=sys.stderr)
    agreements, differences = count(marks.count(_AGREES), "agreement"), count(marks.count(_DIFFERS), "difference")
    rest = f"{marks.count(_NO_ANSWER)} without an answer, {marks.count(_LEFT_OUT)} left out"
    print(f"{count(len(names), 'scenario')}: {agreements}, {differences}, {rest}")
    if selection.broken:
        return 2
    return 1 if _DIFFERS in marks else 3 if _NO_ANSWER in marks else 0


def _require(tools: tuple[Tool, ...]) -> None:
    from thpverify.export.crosscheck import missing_programs

    absent = sorted({program for tool in tools for program in missing_programs(tool)})
    if absent:
        raise UsageError(f"not installed: {', '.join(absent)} (on Debian: apt-get install spin rumur gcc)")


def _compare(
    scenario: Scenario, tools: tuple[Tool, ...], max_states: int, max_time: float
) -> Iterator[tuple[str, str]]:
    """A mark and a sentence for each tool."""
    from thpverify.compiler import compile_scenario
    from thpverify.explicit import search
    from thpverify.export.crosscheck import crosscheck as compare
    from thpverify.export.crosscheck import violations
    from thpverify.export.errors import ExportError, ToolError, ToolTimeout
    from thpverify.export.programs import Timeouts

    name = named(scenario.name, scenario.variant)
    system = compile_scenario(scenario)
    outcome = search(system, limits=Limits(states=max_states))
    if outcome.stopped == "interrupted":
        raise KeyboardInterrupt
    if not outcome.complete and not violations(outcome):
        yield _LEFT_OUT, f"{name}: left out, it has more than {count(max_states, 'state')}"
        return
    for tool in tools:
        try:
            agreement = compare(system, outcome, tool, timeouts=Timeouts(search=max_time))
        except ToolTimeout as error:
            yield _NO_ANSWER, f"{name}: {tool}: {error}"
        except (ToolError, ExportError) as error:
            yield _DIFFERS, f"{name}: {tool}: {error}"
        else:
            yield (_AGREES if agreement.agrees else _DIFFERS), str(agreement)
