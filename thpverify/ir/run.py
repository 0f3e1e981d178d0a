"""What an engine reports: paths through a system, and how far it looked."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from thpverify.ir.statements import Check
from thpverify.ir.system import State


@attrs.frozen
class Move:
    """One firing: the command's number and the value of each of its params."""

    command: int
    params: tuple[int, ...]


@attrs.frozen
class Path:
    """From initial state number `initial`, the moves and the states they lead to (`states[0]` is the initial one).

    When the last move ends in a failed Check it has no successor: then ``len(states) == len(moves)``,
    otherwise ``len(states) == len(moves) + 1``.
    """

    initial: int
    moves: tuple[Move, ...]
    states: tuple[State, ...]


@attrs.frozen
class Finding:
    """A property that was decided by a path: violated, or, for kind "reachable", witnessed.

    `property` is the property's name; for a failed Check in a step it is the check's kind, for a deadlock "deadlock".
    `check` is the Check that failed, in a step or within the property itself; None otherwise.
    """

    property: str
    kind: str
    path: Path
    check: Check | None = None


@attrs.frozen
class Proof:
    """Property `property` holds in every reachable state, or, if it is a "reachable" one, in none.

    `scope` says in words of what instances, to what depth, under what assumptions, and how that was proved.
    """

    property: str
    scope: str


@attrs.frozen
class Limits:
    """When to give up: bytes, seconds, states, steps; None is no limit."""

    memory: int | None = None
    seconds: float | None = None
    states: int | None = None
    depth: int | None = None


@attrs.frozen
class Progress:
    """A moment of a running search; `rate` is in states per second, `memory` in bytes."""

    states: int
    transitions: int
    depth: int
    frontier: int
    rate: float
    memory: int
    seconds: float


@attrs.frozen
class Outcome:
    """A finished search.

    `complete` says that every reachable state was visited. Otherwise `stopped` says in words what ended the search
    ("violation", "memory limit of 512 MiB", "interrupted" ...). `depth` is the number of the last level that was
    searched completely (the initial states are level 0). `transitions` counts firings with a successor. `fired` has
    one count per command, `reached` holds the source spans of statements that executed at least once, as
    (file, line). `peak_bytes` is the peak of states, table and queue together.

    An engine that proves has in `proofs` what it proved, and in `obstacles`, by property, what kept it from more.
    """

    states: int
    transitions: int
    depth: int
    complete: bool
    stopped: str | None
    findings: tuple[Finding, ...]
    fired: tuple[int, ...]
    reached: frozenset[tuple[str, int]]
    seconds: float
    cpu_seconds: float
    compile_seconds: float
    peak_bytes: int
    proofs: tuple[Proof, ...] = ()
    obstacles: Mapping[str, str] = attrs.field(factory=dict)
