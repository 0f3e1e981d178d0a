"""``lift``: whether the counterexample of a small instance is one at the real size, and at which least one."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from thpverify.cli.prove import countings_of
from thpverify.loader.errors import UsageError
from thpverify.reports.text import Style

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
        Scenarios that are counted and violate something, by name, file or directory.
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
    from thpverify.counting.lifting import lift as lift_all
    from thpverify.counting.system import counter_system
    from thpverify.symbolic.solving import NoAnswer, OutOfTime

    style, code = Style.of(sys.stdout, allowed=color), 0
    for counting in countings_of(targets):
        try:
            lifted = lift_all(counter_system(counting), counting, size)
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
