"""``lint``: is a model fine enough to show races, and does it treat its locks well?"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from thpverify.lang.errors import ModelError
from thpverify.lang.scenarios import Scenario
from thpverify.loader.select import select
from thpverify.loader.shipped import Profile
from thpverify.reports.text import Style, count, place

if TYPE_CHECKING:
    from thpverify.lint.document import Linted


def lint(
    *targets: str,
    variant: str | None = None,
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="")] = False,
    json: Path | None = None,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Report steps that touch more than one unprotected shared location, and locks and counters that are used badly.

    A step may say why it is allowed: atomic("why"). The exit code is 0 if nothing is found, 1 if something is, 2 for a
    bad model.

    Parameters
    ----------
    targets
        What to look at: model files, directories or scenarios, as for `check`. Without any, every shipped scenario,
        large ones included.
    variant
        Only scenarios with this variant.
    verbose
        Show every step with its accesses and locks, and remarks that are no findings.
    json
        Write findings and steps here as JSON (docs/lint.md).
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    from thpverify.lint.document import to_json
    from thpverify.lint.results import INFO
    from thpverify.lint.text import grouped, needless_reasons, show_group, show_steps
    from thpverify.reports.files import write_file

    selection = select(targets, variant=variant, profile=Profile.ALL)
    style = Style.of(sys.stdout, allowed=color)
    linted, mistakes = _lint_all(selection.scenarios)
    errors = [*selection.broken, *mistakes]
    if verbose:
        for one in linted:
            for line in show_steps(one, style):
                print(line)
            print()
    groups = [group for group in grouped(linted) if verbose or group.finding.severity != INFO]
    for group in groups:
        for line in show_group(group, style):
            print(line)
    if verbose:
        for where, reason in needless_reasons(linted):
            print(f"{place(where.file)}:{where.line}: needless-reason: no step needs it: {reason}")
    for text in errors:
        print(f"thpverify: {text}", file=sys.stderr)
    found = sum(group.finding.severity != INFO for group in groups)
    steps = [step for one in linted for step in one.lint.steps]
    explained = sum(any(reason.needed for reason in step.atomic) for step in steps)
    verdict = style("bad", count(found, "finding")) if found else style("good", "clean")
    reasons = f", {explained:,} of them coarse for a reason" if explained else ""
    print(f"{count(len(linted), 'scenario')}, {count(len(steps), 'step')}{reasons}: {verdict}")
    exit_code = 2 if errors else 1 if found else 0
    if json is not None:
        write_file(json, to_json(linted, errors, exit_code))
    return exit_code


def _lint_all(scenarios: tuple[Scenario, ...]) -> tuple[list[Linted], list[str]]:
    """Every scenario that compiles with what was found in it; what is wrong with the others, each mistake once."""
    from thpverify.compiler import compile_scenario
    from thpverify.lint import lint as lint_system
    from thpverify.lint.document import Linted

    linted: list[Linted] = []
    mistakes: list[str] = []
    for scenario in scenarios:
        try:
            system = compile_scenario(scenario, listed=False)
        except ModelError as error:
            mistakes.append(str(error))
        else:
            linted.append(Linted(scenario.name, scenario.variant, lint_system(system)))
    return linted, list(dict.fromkeys(mistakes))
