"""The files that a check writes. One that cannot be written does not keep the others from being written."""

from __future__ import annotations

import re
from pathlib import Path

import attrs

from thpverify.checker.result import Result, Run, Status
from thpverify.loader.shipped import SHIPPED_ROOT, portable
from thpverify.reports.files import OutputError, write_file
from thpverify.reports.junit import to_junit
from thpverify.reports.results import to_json
from thpverify.traces.files import write as write_trace
from thpverify.traces.itf import write_itf
from thpverify.traces.trace import Trace

Key = tuple[str, str, str]


@attrs.define
class Outputs:
    """Where to write; None for what is not wanted. `failures` says what could not be written."""

    json: Path | None
    junit: Path | None
    trace_dir: Path | None
    failures: list[str] = attrs.field(factory=list)

    def write(self, run: Run) -> list[str]:
        """Write all that is wanted; what could not be written, in words."""
        trace_files = {} if self.trace_dir is None else self._write_traces(self.trace_dir, run)
        if self.junit is not None:
            self._write(self.junit, to_junit(run))
        if self.json is not None:
            exit_code = Status.BROKEN.exit_code if self.failures else run.status.exit_code
            self._write(self.json, to_json(run, exit_code, trace_files))
        return self.failures

    def _write(self, path: Path, text: str) -> None:
        try:
            write_file(path, text)
        except OutputError as error:
            self.failures.append(str(error))

    def _write_traces(self, directory: Path, run: Run) -> dict[Key, str]:
        """Every trace as JSON and as ITF, up to the first failure; the path of each JSON file."""
        written: dict[Key, str] = {}
        try:
            directory.mkdir(parents=True, exist_ok=True)
            for result in run.results:
                if result.trace is not None:
                    path = directory / f"{file_stem(result)}.json"
                    write_trace(portable_trace(result.trace), path)
                    written[result.key] = str(path)
                    write_itf(result.trace, directory / f"{file_stem(result)}.itf.json")
        except OSError as error:
            self.failures.append(f"cannot write traces to {directory}: {error.strerror or error}")
        return written


def portable_trace(trace: Trace) -> Trace:
    """`trace` with files of the shipped models named from where these lie, so that it means the same on any machine."""
    steps = tuple(attrs.evolve(s, places=tuple((portable(f), line) for f, line in s.places)) for s in trace.steps)
    values = tuple((name, value.replace(f"{SHIPPED_ROOT}/", "")) for name, value in trace.values)
    return attrs.evolve(trace, steps=steps, values=values)


def file_stem(result: Result) -> str:
    """A file name for a result's trace: scenario, variant and property, with what a file name cannot have replaced."""
    variant = f"@{result.variant}" if result.variant else ""
    return re.sub(r"[^A-Za-z0-9@.+_-]", "_", f"{result.scenario}{variant}.{result.property}")
