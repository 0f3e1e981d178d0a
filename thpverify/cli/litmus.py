"""``litmus``: do the hardware models say of litmus tests what is expected?"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from thpverify.checker.options import Options
from thpverify.cli.machine import memory_to_use
from thpverify.cli.quantities import duration_option
from thpverify.cli.trouble import save_traceback
from thpverify.ir.run import Limits
from thpverify.litmus.errors import BrokenTest, LitmusFileError
from thpverify.litmus.files import Broken, Entry, read_tests
from thpverify.litmus.outputs import to_json, to_junit
from thpverify.litmus.running import Answer, answers, worst
from thpverify.litmus.sources import source_of
from thpverify.litmus.terminal import show_answer, show_summary
from thpverify.loader.errors import UsageError
from thpverify.reports.files import OutputError, write_file
from thpverify.reports.text import Style

_BAD_INPUT = 2


def litmus(
    *files: Path,
    arch: Literal["x86_64", "arm64", "lkmm"] | None = None,
    only: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    show: str | None = None,
    traces: Annotated[bool, Parameter(negative="")] = False,
    json: Path | None = None,
    junit: Path | None = None,
    models: Path | None = None,
    max_time: Annotated[float, Parameter(converter=duration_option)] = 60.0,
    jobs: Annotated[int | None, Parameter(validator=Number(gte=1))] = None,
    cache: Annotated[bool, Parameter(negative="--no-cache", show=True)] = True,
    color: Annotated[bool, Parameter(negative="--no-color", show=True)] = True,
) -> int:
    """Answer litmus tests with the shipped models of x86-64, ARM64 and the kernel's memory model.

    Parameters
    ----------
    files
        Files of tests (docs/litmus.md).
    arch
        Only tests of this architecture; lkmm for those of the kernel's memory model.
    only
        Only the test with this id; can be given several times.
    show
        Print the model that is made of the test with this id, and run nothing.
    traces
        Show the witness of an allowed outcome as a table, with what each step changed, as for a single test.
    json
        Write the answers here as JSON.
    junit
        Write the answers here as JUnit XML.
    models
        Keep the generated models in this directory.
    max_time
        Give up on a test after this time, such as 90, 5m or 1h.
    jobs
        Tests run side by side (by default one per core).
    cache
        Keep compiled models in the user's cache directory.
    color
        Use colours on a terminal; NO_COLOR is respected too.
    """
    started = time.perf_counter()
    if not files:
        raise UsageError("litmus needs a file of tests (docs/litmus.md)")
    tests = _select(files, arch, (show,) if show is not None else only)
    if show is not None:
        return _show(tests)
    jobs = jobs or len(os.sched_getaffinity(0))
    memory = memory_to_use()
    options = Options(Limits(None if memory is None else memory // jobs, max_time), cache=cache)
    style = Style.of(sys.stdout, allowed=color)
    found: list[Answer] = []
    with ExitStack() as stack:
        for answer in answers(tests, _directory(models, stack), options, jobs=jobs):
            found.append(answer)
            _print(answer, style, traces=traces or len(tests) == 1)
    print(show_summary(found, style, elapsed=time.perf_counter() - started))
    written = _write(json, junit, found)
    return worst(found).exit_code if written else _BAD_INPUT


def _select(files: Sequence[Path], arch: str | None, only: Sequence[str]) -> list[Entry | Broken]:
    try:
        tests = [test for file in files for test in read_tests(file)]
    except LitmusFileError as error:
        raise UsageError(str(error)) from error
    for wanted in only:
        if wanted not in {test.id for test in tests}:
            raise UsageError(f"no test has the id {wanted!r}")
    tests = [test for test in tests if not only or test.id in only]
    if arch is not None:
        tests = [test for test in tests if isinstance(test, Broken) or test.arch == arch]
    return tests


def _show(tests: Sequence[Entry | Broken]) -> int:
    for test in tests:
        try:
            if isinstance(test, Broken):
                raise BrokenTest(test.message)
            print(source_of(test), end="")
        except BrokenTest as error:
            print(f"thpverify: {test.id}: {error}", file=sys.stderr)
            return _BAD_INPUT
    return 0


def _directory(models: Path | None, stack: ExitStack) -> Path:
    """Where the generated models go: `models`, or a place for the time of the run."""
    if models is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="thpverify-litmus-")))
    try:
        models.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write models to {models}: {error.strerror or error}") from error
    return models


def _print(answer: Answer, style: Style, *, traces: bool) -> None:
    for line in show_answer(answer, style, traces=traces):
        print(line)
    if answer.details:
        print(f"      {save_traceback(answer.details)}")
    sys.stdout.flush()


def _write(json: Path | None, junit: Path | None, found: Sequence[Answer]) -> bool:
    """Write what is wanted; whether all of it could be."""
    written = True
    for path, text in ((json, to_json(found)), (junit, to_junit(found))):
        try:
            if path is not None:
                write_file(path, text)
        except OutputError as error:
            print(f"thpverify: {error}", file=sys.stderr)
            written = False
    return written
