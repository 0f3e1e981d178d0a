"""Running other programs: within a time limit, with what they used, and with an error that says what was wrong."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import attrs

from thpverify.export.errors import ToolError, ToolMissing, ToolTimeout


@attrs.frozen
class Timeouts:
    """Seconds for the translation into C, for the C compiler, and for the search; None is no limit."""

    translate: float | None = 60.0
    compile: float | None = 300.0
    search: float | None = 600.0


DEFAULT_TIMEOUTS = Timeouts()


@attrs.frozen
class Finished:
    """A program that ran to its end: its output, and its seconds and peak bytes of memory."""

    output: str
    exit_code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int


def missing(programs: Sequence[str]) -> list[str]:
    """Those of `programs` that are not installed."""
    return [program for program in programs if shutil.which(program) is None]


def run(
    command: Sequence[str], directory: Path, timeout: float | None, accepted: frozenset[int] = frozenset({0})
) -> Finished:
    """Run `command` in `directory`; all processes that it starts end with it.

    Raises:
        ToolMissing: there is no such program.
        ToolTimeout: it took longer than `timeout` seconds.
        ToolError: its exit code is not `accepted`.
    """
    if missing(command[:1]):
        raise ToolMissing(f"{command[0]} is not installed")
    log, started = directory / "output.txt", time.monotonic()
    late = threading.Event()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip

    def stop() -> None:
        late.set()
        _kill(process.pid)

    timer = threading.Timer(timeout, stop) if timeout is not None else None
    if timer is not None:
        timer.start()
    try:
        # Not process.wait(): only wait4 says what this child used, and not all children together.
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        _kill(process.pid)
        process.wait()
        raise
    finally:
        if timer is not None:
            timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    text = log.read_text(errors="replace")
    if late.is_set():
        raise ToolTimeout(f"{_shown(command)}: no end within {timeout:g} seconds")
    if process.returncode not in accepted:
        raise ToolError(f"{_shown(command)}: exit code {process.returncode}{_last_words(text)}")
    cpu = usage.ru_utime + usage.ru_stime
    return Finished(text, process.returncode, time.monotonic() - started, cpu, usage.ru_maxrss * 1024)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _shown(command: Sequence[str]) -> str:
    return " ".join(command)


def _last_words(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return ": " + " | ".join(lines[:3] + lines[3:][-2:]) if lines else ""
