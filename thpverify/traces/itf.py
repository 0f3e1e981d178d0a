"""Traces in the Informal Trace Format, for the viewers and scripts of other checkers."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

from thpverify.traces.files import write_whole
from thpverify.traces.trace import Trace

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_AT = "at"


def to_itf(trace: Trace) -> dict[str, Any]:
    """`trace` as an ITF document.

    Its variables are the fields of the state (records and arrays keep their shape; an enum member is its name, a Ref
    that is None is -1), and `at`: a map from each thread to the label of its last step, "" before its first.
    """
    values = dict(trace.initial)
    at = {step.thread: "" for step in trace.steps}
    states = [_state(0, values, at, {})]
    for number, step in enumerate(trace.steps, start=1):
        values.update((name, after) for name, _, after in step.changes if name in values)
        at[step.thread] = step.label
        meta = {"thread": step.thread, "function": step.function, "label": step.label, "choices": list(step.choices)}
        states.append(_state(number, values, at, meta))
    return {
        "#meta": {
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "description": f"{trace.scenario} {trace.variant}".strip() + f": {trace.property}",
            "status": trace.kind,
        },
        "vars": [name for name in states[0] if name != "#meta"],
        "states": states,
    }


def write_itf(trace: Trace, file: Path) -> None:
    """Write `trace` in ITF; `file` is complete or untouched.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(file, json.dumps(to_itf(trace), indent=1) + "\n")


def _state(index: int, values: dict[str, str], at: dict[str, str], meta: dict[str, Any]) -> dict[str, Any]:
    state: dict[str, Any] = {"#meta": {"index": index, **meta}}
    for name, shown in values.items():
        _place(state, [int(i) if i else part for i, part in _PART.findall(name)], _value(shown))
    name = _AT
    while name in state:
        name = f"_{name}"
    return {**state, name: {"#map": [[thread, label] for thread, label in at.items()]}}


def _place(container: Any, parts: list[int | str], value: Any) -> None:
    # Names come in row-major order, so an array's next element is always its end.
    for part, following in pairwise(parts):
        inner: Any = [] if isinstance(following, int) else {}
        container = _grow(container, part, inner)
    _grow(container, parts[-1], value)


def _grow(container: Any, part: int | str, value: Any) -> Any:
    if isinstance(part, str):
        return container.setdefault(part, value)
    if part == len(container):
        container.append(value)
    return container[part]


def _value(shown: str) -> int | bool | str:
    if shown in ("True", "False"):
        return shown == "True"
    if shown == "None":
        return -1
    return int(shown) if re.fullmatch(r"-?\d+", shown) else shown
