"""What another checker found, in terms that can be compared with ours."""

from __future__ import annotations

import attrs


@attrs.frozen
class Violation:
    """What a tool stopped at: a "deadlock", an "invariant", a "check" within a step, or an "assertion", one of the two.

    `property` is its name if the tool tells it, `steps` the length of the shortest path, where the tool looks for it.
    """

    kind: str
    property: str | None
    steps: int | None
    message: str


@attrs.frozen
class Findings:
    """A search by another tool. Counts leave out the tool's start-up, which is in `startup_states` and
    `startup_transitions`. `witnesses` has how often each "reachable" property was true, if the tool counts that.

    Seconds, cpu_seconds and peak_bytes are those of the search; `compile_seconds` the CPU time before it.
    """

    tool: str
    states: int
    transitions: int
    startup_states: int
    startup_transitions: int
    violation: Violation | None
    witnesses: dict[str, int]
    seconds: float
    cpu_seconds: float
    compile_seconds: float
    peak_bytes: int
