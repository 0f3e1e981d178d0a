"""Other solvers, each in a process of its own, on one SMT-LIB file: what they print is their answer.

Run as a program, it is such a process: ``python -m thpverify.symbolic.foreign cvc5 FILE``. It imports no z3.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import attrs

SOLVERS = ("z3", "cvc5", "bitwuzla")
UNSATISFIABLE = "unsat"


@attrs.frozen
class Answer:
    """What a solver printed, in one line; the proof stands only if that is literally "unsat" and it ended well."""

    text: str
    exit_code: int

    @property
    def refutes(self) -> bool:
        """Whether the file is unsatisfiable, and nothing else was said."""
        return self.exit_code == 0 and self.text == UNSATISFIABLE


def command_of(solver: str) -> list[str] | None:
    """How to start `solver`; None if it is not installed. z3's program comes with its wheel."""
    if solver == "z3":
        beside = Path(sys.executable).parent / "z3"
        found = str(beside) if beside.exists() else shutil.which("z3")
        return None if found is None else [found, "-smt2"]
    return [sys.executable, "-m", __name__, solver] if find_spec(solver) is not None else None


def describe(solver: str) -> str:
    """Name and version of an installed solver."""
    if solver == "z3":
        command = command_of(solver)
        assert command is not None
        said = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=False).stdout.split()
        return f"z3 {said[2]}" if len(said) > 2 else "z3"
    try:
        return f"{solver} {version(solver)}"
    except PackageNotFoundError:
        return solver


def ask_foreign(solver: str, file: Path, seconds: float) -> Answer:
    """What `solver`, which must be installed, says of `file` within `seconds`."""
    command = command_of(solver)
    assert command is not None
    try:
        ran = subprocess.run(
            [*command, str(file)], capture_output=True, text=True, timeout=seconds, check=False, errors="replace"
        )
    except subprocess.TimeoutExpired:
        return Answer(f"no answer in {seconds:g} s", 1)
    # Whatever stands beside the answer, on either stream, may be an error that the solver has gone on behind.
    said = " ".join((ran.stdout + ran.stderr).split())
    return Answer(said or f"nothing (exit code {ran.returncode})", ran.returncode)


def _run_cvc5(file: str) -> None:
    import cvc5

    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, file)
    symbols = parser.getSymbolManager()
    while not (command := parser.nextCommand()).isNull():
        said = str(command.invoke(solver, symbols)).strip()
        if said:
            print(said)


def _run_bitwuzla(file: str) -> None:
    import bitwuzla

    # The second argument is "parse only": true would mean that nothing is ever checked.
    bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options()).parse(file, False, True)


if __name__ == "__main__":
    {"cvc5": _run_cvc5, "bitwuzla": _run_bitwuzla}[sys.argv[1]](sys.argv[2])
