"""A run as JSON, version 1. docs/output.md explains every field, schemas/results-v1.json is the schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from thpverify import __version__
from thpverify.checker.result import Expected, Result, Run
from thpverify.loader.shipped import portable

VERSION = 1


def schema() -> dict[str, Any]:
    """The JSON Schema of what `to_json` makes."""
    text = files("thpverify.reports").joinpath("schemas", f"results-v{VERSION}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


class ResultsFileError(Exception):
    """A file that should hold results and does not; the text says which and why."""


def read_results(file: Path) -> list[dict[str, Any]]:
    """The results of a file that `to_json` made.

    Raises:
        ResultsFileError: it cannot be read, holds something else, or is of another version.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResultsFileError(f"{file}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise ResultsFileError(f"{file}: no results file: {error}") from error
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        raise ResultsFileError(f"{file}: no results file; `thpverify check --json FILE` writes one")
    if document.get("version") != VERSION:
        raise ResultsFileError(f"{file}: results of version {document.get('version')}, not {VERSION}; check again")
    required = schema()["$defs"]["result"]["required"]
    for result in document["results"]:
        missing = [name for name in required if not isinstance(result, dict) or name not in result]
        if missing:
            raise ResultsFileError(f"{file}: no results file; a result lacks {', '.join(missing)}")
    results: list[dict[str, Any]] = document["results"]
    return results


def to_json(run: Run, exit_code: int, trace_files: Mapping[tuple[str, str, str], str]) -> str:
    """The text of a results file; `trace_files` has the path of each trace that was written, by `Result.key`."""
    document = {
        "version": VERSION,
        "thpverify": __version__,
        "exit_code": exit_code,
        "results": [_result(result, trace_files.get(result.key)) for result in run.results],
        "warnings": [{"kind": "never executed", "file": portable(file), "line": line} for file, line in run.dead_lines],
        "errors": _errors(run),
    }
    return json.dumps(document, indent=1) + "\n"


def _result(result: Result, trace_file: str | None) -> dict[str, Any]:
    return {
        "scenario": result.scenario,
        "variant": result.variant,
        "property": result.property,
        "kind": result.kind,
        "verdict": str(result.verdict),
        "expected": None if result.expected is Expected.ANY else str(result.expected),
        "as_expected": result.as_expected,
        "states": result.states,
        "transitions": result.transitions,
        "depth": result.depth,
        "seconds": round(result.seconds, 6),
        "peak_bytes": result.peak_bytes,
        "steps": None if result.trace is None else len(result.trace.steps),
        "trace": trace_file,
        "stopped": result.stopped,
        "why": result.why,
    }


def _errors(run: Run) -> list[dict[str, Any]]:
    unread = [{"scenario": None, "variant": None, "kind": "load", "message": text} for text in run.broken]
    failed = [
        {"scenario": r.scenario, "variant": r.variant, "kind": str(r.trouble), "message": r.message}
        for r in run.reports
        if r.trouble is not None
    ]
    return unread + failed
