"""``export``: a scenario as a model for another checker."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from thpverify.loader.errors import UsageError
from thpverify.loader.select import named, select
from thpverify.reports.files import write_file


def export(
    target: str,
    *,
    to: Literal["promela", "murphi"],
    variant: str | None = None,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
) -> int:
    """Write one scenario as a complete, readable model for SPIN (promela) or Rumur (murphi).

    Parameters
    ----------
    target
        The scenario: NAME, NAME@VARIANT, FILE, or FILE::NAME.
    to
        The language.
    variant
        The variant, if the scenario has several.
    output
        The file to write; without it, the standard output.
    """
    from thpverify.compiler import compile_scenario
    from thpverify.export.murphi import to_murphi
    from thpverify.export.promela import to_promela

    scenarios = select([target], variant=variant).scenarios
    if len(scenarios) != 1:
        titles = ", ".join(named(s.name, s.variant) for s in scenarios)
        raise UsageError(f"{target} is {len(scenarios)} scenarios, export takes one: {titles}")
    system = compile_scenario(scenarios[0])
    text = to_promela(system) if to == "promela" else to_murphi(system)
    if output is None:
        sys.stdout.write(text)
    else:
        write_file(output, text)
    return 0
