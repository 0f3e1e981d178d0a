"""Trace files: JSON, version 1 (trace.schema.json beside this module, docs/traces.md)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from thpverify.traces.choices import Choices
from thpverify.traces.errors import TraceFileError
from thpverify.traces.trace import Trace, TraceStep

FORMAT = "thpverify-trace"
VERSION = 1
SCHEMA = Path(__file__).with_name("trace.schema.json")


def to_json(trace: Trace) -> dict[str, Any]:
    """`trace` as the JSON document that docs/traces.md describes."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "scenario": trace.scenario,
        "variant": trace.variant,
        "property": trace.property,
        "kind": trace.kind,
        "message": trace.message,
        "system": trace.system,
        "initial": {"values": trace.initial, "chosen": [list(c) for c in trace.initial_choices]},
        "steps": [_step_to_json(step) for step in trace.steps],
        "values": [{"name": name, "value": value} for name, value in trace.values],
    }


def from_json(document: Any) -> Trace:
    """The trace that `document` describes.

    Raises:
        TraceFileError: it is no trace, or one of another version.
    """
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise TraceFileError("it is no trace of thpverify")
    if document.get("version") != VERSION:
        found = document.get("version")
        raise TraceFileError(f"it has version {found!r} of the trace format; this thpverify reads version {VERSION}")
    try:
        return Trace(
            scenario=_text(document["scenario"]),
            variant=_text(document["variant"]),
            property=_text(document["property"]),
            kind=_text(document["kind"]),
            message=_text(document["message"]),
            system=_text(document["system"]),
            initial={_text(name): _text(value) for name, value in document["initial"]["values"].items()},
            initial_choices=_choices(document["initial"]["chosen"]),
            steps=tuple(_step_from_json(step) for step in document["steps"]),
            values=tuple((_text(v["name"]), _text(v["value"])) for v in document["values"]),
        )
    except KeyError as error:
        raise TraceFileError(f"{error.args[0]!r} is missing") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise TraceFileError(f"a part of it is of the wrong kind: {error}") from error


def write(trace: Trace, file: Path) -> None:
    """Write `trace` as JSON; `file` is complete or untouched.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(file, json.dumps(to_json(trace), indent=2) + "\n")


def write_whole(file: Path, text: str) -> None:
    """Write `text` to `file`, which is complete or untouched afterwards.

    Raises:
        OSError: it cannot be written.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(file)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read(file: Path) -> Trace:
    """The trace in `file`.

    Raises:
        TraceFileError: it is missing, truncated, no trace, or of another version.
    """
    try:
        return from_json(json.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise TraceFileError(f"{file}: {error.strerror}") from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise TraceFileError(f"{file}: it is truncated or no JSON: {error}") from error
    except TraceFileError as error:
        raise TraceFileError(f"{file}: {error}") from error


def _step_to_json(step: TraceStep) -> dict[str, Any]:
    return {
        "thread": step.thread,
        "number": step.number,
        "function": step.function,
        "label": step.label,
        "choices": list(step.choices),
        "chosen": [list(c) for c in step.chosen],
        "changes": [{"name": name, "before": before, "after": after} for name, before, after in step.changes],
        "places": [{"file": file, "line": line} for file, line in step.places],
    }


def _step_from_json(step: Any) -> TraceStep:
    return TraceStep(
        thread=_text(step["thread"]),
        number=_number(step["number"]),
        function=_text(step["function"]),
        label=_text(step["label"]),
        choices=tuple(_text(c) for c in step["choices"]),
        chosen=_choices(step["chosen"]),
        changes=tuple((_text(c["name"]), _text(c["before"]), _text(c["after"])) for c in step["changes"]),
        places=tuple((_text(p["file"]), _number(p["line"])) for p in step["places"]),
    )


def _choices(value: Any) -> Choices:
    return tuple(tuple(_number(n) for n in made) for made in value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value


def _number(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no whole number")
    return value
