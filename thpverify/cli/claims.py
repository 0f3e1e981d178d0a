"""``claims``: answers to the declared claims, from verdicts."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from thpverify.checker.options import Options
from thpverify.checker.pool import check_all
from thpverify.checker.result import Result, Run
from thpverify.cli.outputs import file_stem
from thpverify.ir.run import Limits
from thpverify.lang.claims import registered_claims
from thpverify.loader.errors import UsageError
from thpverify.loader.select import select
from thpverify.loader.shipped import Profile
from thpverify.reports.claims import to_markdown
from thpverify.reports.files import write_file


def claims(
    output: Annotated[Path, Parameter(name=["--output", "-o"])] = Path("docs/claims.md"),
    *,
    check: Annotated[bool, Parameter(negative="")] = False,
    runs: Path = Path("reports"),
) -> int:
    """Check every scenario that a claim rests on and write the answers.

    Parameters
    ----------
    output
        The Markdown file to write.
    check
        Write nothing: exit with 1 if the file does not say what the verdicts say today.
    runs
        The directory with the last full check (check.json, traces/), which the page links to.
    """
    searched, proofs = select().scenarios, select(profile=Profile.PROOF).scenarios
    shipped = (*searched, *proofs)
    declared = registered_claims()
    needed = {(e.scenario, e.variant) for c in declared for e in c.needed}
    missing = needed - {(s.name, s.variant) for s in shipped}
    for name, variant in sorted(missing):
        print(f"thpverify: a claim rests on {name}@{variant}, which is no scenario", file=sys.stderr)
    if missing:
        return 2
    scenarios = [s for s in shipped if (s.name, s.variant) in needed]
    proved = {(s.name, s.variant) for s in proofs}
    if find_spec("z3") is None and proved & needed:
        raise UsageError("a claim rests on proofs, which need z3: pip install 'thpverify[proof]'")
    jobs = len(os.sched_getaffinity(0))
    by_search = check_all([s for s in scenarios if s in searched], Options(Limits(), 1, False, True), jobs=jobs)
    by_z3 = check_all([s for s in scenarios if s in proofs], Options(engine="z3"), jobs=jobs)
    run = Run((*by_search, *by_z3))

    def link_of(result: Result) -> str | None:
        if (result.scenario, result.variant) in proved:
            return None
        target = f"traces/{file_stem(result)}.json" if result.trace is not None else "check.json"
        return os.path.relpath(runs / target, output.parent)

    text = to_markdown(declared, run, link_of)
    if not check:
        write_file(output, text)
        print(f"{output}: {len(declared)} claims answered from {len(scenarios)} scenarios")
        return run.status.exit_code
    if not output.exists() or output.read_text(encoding="utf-8") != text:
        message = f"thpverify: {output} does not say what the verdicts say: run `python -m thpverify claims`"
        print(message, file=sys.stderr)
        return 1
    print(f"{output} agrees with the verdicts of {len(scenarios)} scenarios")
    return run.status.exit_code
