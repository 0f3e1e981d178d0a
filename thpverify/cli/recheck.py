"""``recheck``: whether a certificate that check wrote still stands, by the word of other solvers."""

from __future__ import annotations

import sys
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from thpverify.cli.quantities import duration_option
from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import UsageError
from thpverify.loader.select import find, named
from thpverify.reports.phase import PhaseLine
from thpverify.reports.text import Style, count, paragraph, seconds
from thpverify.symbolic.foreign import SOLVERS, command_of, describe
from thpverify.symbolic.packing import opened
from thpverify.symbolic.recheck import (
    CertificateError,
    Flaw,
    damaged_files,
    names_of,
    read_manifest,
    unrefuted_files,
)

QUERY_SECONDS = 60.0


def recheck(
    directory: Path,
    *,
    solver: tuple[Literal["z3", "cvc5", "bitwuzla"], ...] = (),
    model: Path | None = None,
    files_only: Annotated[bool, Parameter(negative="")] = False,
    lemmas: Annotated[bool, Parameter(negative="")] = False,
    query_time: Annotated[float, Parameter(converter=duration_option)] = QUERY_SECONDS,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Check a proof again that prove or check --engine z3 wrote; the exit code is 1 if it does not stand.

    Parameters
    ----------
    directory
        The certificate of one scenario: a directory with a manifest.json, or a zip archive of it.
    solver
        Who is to answer, one or more times (by default z3's command line, cvc5 and bitwuzla, those that are installed).
    model
        The file that declares its scenario; by default one of the shipped models.
    files_only
        Do not compare the files with today's model.
    lemmas
        Show the lemmas of the proof too.
    query_time
        Give up on a file after this time, such as 30 or 5m (by default 1m).
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    style = Style.of(sys.stdout, allowed=color)
    try:
        with opened(directory) as home:
            return _recheck(home, solver, model, files_only, lemmas, query_time, style)
    except CertificateError as error:
        raise UsageError(str(error)) from error


def _recheck(
    directory: Path,
    solver: tuple[str, ...],
    model: Path | None,
    files_only: bool,
    lemmas: bool,
    query_time: float,
    style: Style,
) -> int:
    begun, manifest = time.perf_counter(), read_manifest(directory)
    solvers = _installed(solver, manifest["theory"])
    title = named(manifest["scenario"], manifest["variant"])
    flaws = list(damaged_files(directory, manifest))
    line = PhaseLine(sys.stderr, title)
    if not flaws and not files_only:
        line.show("comparing with the model")
        flaws = list(_differences(directory, manifest, model))
    for name in solvers if not flaws else ():
        asked = partial(_show_file, line, name)
        flaws += unrefuted_files(directory, manifest, name, query_time, asked)
    line.clear()
    for flaw in flaws:
        print(f"{style('bad', 'FAIL')}  {flaw.where}: {flaw.why}")
    taken = seconds(time.perf_counter() - begun)
    if flaws:
        print(f"{style('bad', 'does not stand')}: {title} ({taken})")
        return 1
    for proof in manifest["proved"]:
        first, *others = paragraph(f"{proof['property']}: {proof['scope']}", indent=" " * 8, first=" " * 6)
        print("\n".join([f"{style('good', 'ok')}    {first.strip()}", *others]))
    for lemma in manifest["lemmas"] if lemmas else ():
        print(f"      {lemma['says']}")
    said = f"{count(len(manifest['files']), 'file')} unsat by {', '.join(map(describe, solvers))}"
    compared = "not compared with the model" if files_only else "as today's model has it"
    proved = count(len(names_of(manifest)), "property")
    print(f"{style('good', 'stands')}: {title}, {proved}, {said}, {compared} ({taken})")
    return 0


def _show_file(line: PhaseLine, solver: str, file: str) -> None:
    line.show(f"{solver}: {file}")


def _installed(wanted: tuple[str, ...], theory: str) -> list[str]:
    if theory == "integers" and "bitwuzla" in wanted:
        raise UsageError("bitwuzla knows bit-vectors only, and this proof is about integers: use --solver z3 or cvc5")
    missing = [name for name in wanted if command_of(name) is None]
    found = [name for name in wanted or _solvers_of(theory) if command_of(name) is not None]
    if missing or not found:
        raise UsageError(f"{' and '.join(missing) or 'no solver'} is not installed: pip install 'thpverify[proof]'")
    return found


def _solvers_of(theory: str) -> list[str]:
    return [name for name in SOLVERS if theory != "integers" or name != "bitwuzla"]


def _differences(directory: Path, manifest: dict[str, Any], model: Path | None) -> list[Flaw]:
    if find_spec("z3") is None:
        raise UsageError("comparing with the model needs z3: pip install 'thpverify[proof]', or use --files-only")
    scenario = find(manifest["scenario"], manifest["variant"], model)
    if manifest.get("kind") == "counting":
        return _differences_of_counting(directory, manifest, scenario)
    from thpverify.compiler import compile_scenario
    from thpverify.symbolic.rebuilding import differences_from_model

    system = compile_scenario(scenario, listed=False)
    return list(differences_from_model(directory, manifest, system))


def _differences_of_counting(directory: Path, manifest: dict[str, Any], scenario: Scenario) -> list[Flaw]:
    from thpverify.counting.certificate import differences_from_counting
    from thpverify.counting.errors import NotSimulated, Uncountable
    from thpverify.lang.counting import registered_countings

    counting = next((c for c in registered_countings() if c.scenario is scenario), None)
    if counting is None:
        return [Flaw("the model", f"declares no counting of {scenario.title} any more")]
    try:
        return list(differences_from_counting(directory, manifest, counting))
    except (NotSimulated, Uncountable) as error:
        return [Flaw("the model", str(error))]
