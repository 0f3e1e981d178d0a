"""Finds the command, runs it, and turns every way to fail into one clear line and the right exit code.

0: every scenario came out as expected. 1: some did not, or thpverify has a bug. 2: a bad model, bad usage, or a file
that cannot be written. 3: a limit or an interrupt came before a verdict.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from cyclopts import App, CycloptsError

from thpverify import __version__
from thpverify.cli.trouble import save_traceback
from thpverify.lang.errors import ModelError
from thpverify.loader.errors import LoadError, UsageError
from thpverify.reports.files import OutputError
from thpverify.reports.results import ResultsFileError
from thpverify.traces.errors import TraceFileError

OK, UNEXPECTED, BAD_INPUT, STOPPED = 0, 1, 2, 3

# Imported when they are used: `list` needs no engine.
_COMMANDS = {
    "check": ("check:check", "Search scenarios: a verdict or the shortest counterexample per property."),
    "lint": ("lint:lint", "Find steps that are too coarse to show races, and bad use of locks."),
    "list": ("list:list_scenarios", "Name the scenarios there are."),
    "replay": ("replay:replay", "Say whether a trace still holds against today's model."),
    "prove": ("prove:prove", "Prove invariants for any number of subpages, processes and tasks."),
    "lift": ("lift:lift", "Say whether the counterexample of a small instance is one with 512 subpages."),
    "recheck": ("recheck:recheck", "Check the certificate of a proof again, with other solvers."),
    "export": ("export:export", "Write a scenario as a model for SPIN or Rumur."),
    "history": ("history:history", "Print the known bugs, without their fixes and with them."),
    "claims": ("claims:claims", "Answer the declared claims from verdicts."),
    "litmus": ("litmus:litmus", "Ask the hardware models what litmus tests allow."),
    "crosscheck": ("crosscheck:crosscheck", "Compare counts and verdicts with SPIN and Rumur."),
}

app = App(
    name="thpverify",
    version=__version__,
    help="A model checker for the Linux kernel's memory management and KVM.",
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)
for _name, (_function, _help) in _COMMANDS.items():
    app.command(f"thpverify.cli.{_function}", name=_name, help=_help)


def run() -> NoReturn:
    """The console script."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run the command that `arguments` name and return its exit code; never raises."""
    try:
        return _main(arguments)
    # The last line of defence: a user never sees a traceback of ours.
    except Exception as error:
        text = traceback.format_exception_only(error)[-1].strip()
        return _fail(UNEXPECTED, f"internal error: {text}; {save_traceback(traceback.format_exc())}")


def _main(arguments: Sequence[str]) -> int:
    try:
        code = app(list(arguments), exit_on_error=False, print_error=False, result_action="return_value")
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except CycloptsError as error:
        return _fail(BAD_INPUT, f"{' '.join(str(error).split())} (thpverify --help)")
    except (LoadError, UsageError, ModelError, OutputError, ResultsFileError, TraceFileError) as error:
        return _fail(BAD_INPUT, str(error))
    except KeyboardInterrupt:
        return _fail(STOPPED, "interrupted")
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is still buffered must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        return _fail(BAD_INPUT, f"{error.filename or 'output'}: {error.strerror or error}")


def _fail(code: int, message: str) -> int:
    print(f"thpverify: {message}", file=sys.stderr)
    return code
