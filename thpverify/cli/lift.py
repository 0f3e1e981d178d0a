"""``lift``: whether the counterexample of a small instance is one at the real size, and at which least one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from thpverify.cli.prove import countings_of
from thpverify.cli.replay import scenario_of
from thpverify.ir.run import Finding
from thpverify.lang.counting import Counting, registered_countings
from thpverify.loader.errors import UsageError
from thpverify.loader.select import named
from thpverify.reports.text import Style

if TYPE_CHECKING:
    from thpverify.counting.lifting import Lifted

REAL_SIZE = 512


def lift(
    *targets: str,
    size: Annotated[int, Parameter(validator=Number(gte=2))] = REAL_SIZE,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Replay counterexamples at the real number of subpages, with loops over subpages folded.

    The exit code is 0 if every counterexample lifts, 1 if one does not.

    Parameters
    ----------
    targets
        Scenarios that are counted and violate something, by name, file or directory; or a trace of one, as
        `check --trace-dir` wrote it, by its file's name, which ends in .json.
    size
        The number of subpages (by default 512).
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    if not targets:
        raise UsageError("lift needs a scenario that is counted, such as mutant-count-shmem-pte-without-put")
    if find_spec("z3") is None:
        raise UsageError("lift needs z3: pip install 'thpverify[proof]'")
    from thpverify.counting.errors import Uncountable
    from thpverify.symbolic.solving import NoAnswer, OutOfTime

    style, code = Style.of(sys.stdout, allowed=color), 0
    for counting, finding in _wanted(targets):
        try:
            lifted = _lifted(counting, finding, size)
        except Uncountable as error:
            raise UsageError(str(error)) from error
        except (NoAnswer, OutOfTime) as reason:
            print(f"unknown: {counting.name}: {reason or 'time limit'}")
            code = max(code, 3)
            continue
        if not lifted:
            print(f"{style('good', 'ok')}    {counting.name}: no invariant is violated, nothing to lift")
        for one in lifted:
            where = f"{counting.name}: {one.property}, {one.steps} steps with N = {one.found}"
            if one.told is None:
                code = max(code, 1)
                print(f"{style('bad', 'FAIL')}  {where}: the same moves do not violate it with N = {one.n}")
                continue
            print(f"{style('good', 'ok')}    {where}: lifts to N = {one.n}; least N with these moves: {one.least}")
            for number, (move, times) in enumerate(one.told, start=1):
                often = f", {times} times" if times > 1 else ""
                print(f"      {number:3}  {move.name}{often}")
    return code


def _wanted(targets: tuple[str, ...]) -> Iterator[tuple[Counting, Finding | None]]:
    """What to lift: a counterexample from a file, or, with None, all that a search of the scenario finds."""
    names = tuple(target for target in targets if not target.endswith(".json"))
    for target in targets:
        if target.endswith(".json"):
            yield _told(Path(target))
    if names:
        yield from ((counting, None) for counting in countings_of(names))


def _told(file: Path) -> tuple[Counting, Finding]:
    """The counterexample that a trace tells of, in today's model.

    Raises:
        UsageError: it is none of an invariant of a scenario that is counted, or holds no longer.
        TraceFileError: the file cannot be read.
    """
    from thpverify.counting.lifting import own_size
    from thpverify.counting.system import compiled
    from thpverify.traces.files import read
    from thpverify.traces.recheck import recheck

    trace = read(file)
    scenario = scenario_of(trace, None)
    counting = next((c for c in registered_countings() if c.scenario is scenario), None)
    if counting is None:
        raise UsageError(f"{file}: no counting is declared for {named(trace.scenario, trace.variant)}")
    if trace.kind != "invariant":
        raise UsageError(f"{file}: only counterexamples of invariants can be lifted, this is one of {trace.kind}")
    again = recheck(trace, scenario, compiled(counting, own_size(counting)))
    if again.finding is None:
        raise UsageError(f"{file}: the trace holds no longer, it departs at step {again.step}: {again.reason}")
    return counting, again.finding


def _lifted(counting: Counting, finding: Finding | None, size: int) -> list[Lifted]:
    from thpverify.counting.lifting import lift as lift_all
    from thpverify.counting.lifting import lift_finding
    from thpverify.counting.system import counter_system

    system = counter_system(counting)
    if finding is None:
        return lift_all(system, counting, size)
    return [lift_finding(system, counting, finding, size)]
