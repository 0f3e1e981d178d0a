"""``prove``: the properties of scenarios that are counted, for any number of subpages, records and tasks."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from cyclopts.validators import Number

from thpverify.checker.result import Report, Run, Trouble
from thpverify.cli.quantities import duration_option
from thpverify.cli.trouble import save_traceback
from thpverify.lang.counting import Counting, registered_countings
from thpverify.loader.errors import UsageError
from thpverify.loader.select import select
from thpverify.reports.phase import PhaseLine
from thpverify.reports.terminal import show_report, show_summary
from thpverify.reports.text import Style, paragraph


def prove(
    *targets: str,
    size: Annotated[int | None, Parameter(validator=Number(gte=2))] = None,
    max_time: Annotated[float | None, Parameter(converter=duration_option)] = None,
    certificate: Path | None = None,
    packed: Annotated[bool, Parameter(negative="")] = False,
    equations: Annotated[bool, Parameter(negative="")] = False,
    lemmas: Annotated[bool, Parameter(negative="")] = False,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Prove invariants by counting: for every number of subpages, processes and tasks, at any depth.

    Parameters
    ----------
    targets
        What to prove: scenarios that a counting is declared for, by name, file or directory, as for check. Without any,
        every shipped one that is expected to hold.
    size
        Prove it for this many subpages only, such as 512 (by default, for all from 2 on at once).
    max_time
        Give up on a scenario after this time, such as 90 or 5m (by default 15m).
    certificate
        Write each proof into a directory of its own in this one, for recheck.
    packed
        Write each as one file instead, a zip archive.
    equations
        Show the equations that no step changes.
    lemmas
        Show the lemmas that the proof needs.
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    if find_spec("z3") is None:
        raise UsageError("prove needs z3: pip install 'thpverify[proof]'")
    from thpverify.counting.certificate import write_counting_certificate
    from thpverify.counting.reporting import report_on

    started, style = time.perf_counter(), Style.of(sys.stdout, allowed=color)
    chosen = countings_of(targets)
    if packed and certificate is None:
        raise UsageError("--packed is for --certificate")
    if certificate is not None:
        certificate.mkdir(parents=True, exist_ok=True)
    reports: list[Report] = []
    for counting in chosen:
        line = PhaseLine(sys.stderr, counting.name)
        told = report_on(counting, size, max_time, line.show)
        line.clear()
        if certificate is not None and told.proof is not None and told.proof.proved:
            write_counting_certificate(certificate, told.proof, packed)
        reports.append(told.report)
        for text in show_report(told.report, style, traces=True, properties=True):
            print(text)
        if told.report.trouble is Trouble.BUG and told.report.details:
            print(f"      {save_traceback(told.report.details)}")
        wanted = (("equation", told.equations if equations else ()), ("lemma", told.lemmas if lemmas else ()))
        for title, shown in wanted:
            for text in shown:
                print("\n".join(paragraph(text, indent=" " * 10, first=f"      {title}: ")))
        sys.stdout.flush()
    run = Run(tuple(reports))
    for text in show_summary(run, style, elapsed=time.perf_counter() - started, hidden_traces=0):
        print(text)
    return run.status.exit_code


def countings_of(targets: tuple[str, ...]) -> list[Counting]:
    """The countings that `targets` name.

    Raises:
        UsageError: one of them names no scenario that is counted.
    """
    scenarios = select(targets).scenarios
    titles = {(s.name, s.variant) for s in scenarios}
    found = [c for c in registered_countings() if (c.scenario.name, c.scenario.variant) in titles]
    if not targets:
        found = [c for c in found if not c.scenario.expect.violated]
    if not found:
        named = ", ".join(targets) or "no shipped scenario"
        raise UsageError(f"{named}: no counting is declared for it; docs/counting.md says how to")
    return found
