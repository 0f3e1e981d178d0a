"""Whether SPIN or Rumur, on the exported model, comes to our states, transitions, verdict and path length."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import attrs

from thpverify.export.names import comment
from thpverify.export.programs import DEFAULT_TIMEOUTS, Timeouts, missing
from thpverify.export.rumur import PROGRAMS as RUMUR_PROGRAMS
from thpverify.export.rumur import run_rumur
from thpverify.export.spin import PROGRAMS as SPIN_PROGRAMS
from thpverify.export.spin import run_spin
from thpverify.export.tools import Findings, Violation
from thpverify.ir.run import Finding, Outcome
from thpverify.ir.system import System

Tool = Literal["spin", "spin-bfs", "rumur"]
TOOLS: tuple[Tool, ...] = ("spin", "spin-bfs", "rumur")
DEEPEST = 20_000_000
"""SPIN's longest depth-first path: its stack takes about 46 bytes a step."""


@attrs.frozen
class Agreement:
    """What the tool found beside our outcome; `differences` says in words what does not agree, nothing if all does."""

    system: str
    tool: Tool
    findings: Findings
    differences: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether the tool confirms the outcome."""
        return not self.differences

    def __str__(self) -> str:
        if self.differences:
            return f"{self.system}: {self.tool} differs: " + "; ".join(self.differences)
        found, stopped = self.findings, self.findings.violation
        if stopped is not None:
            length = "" if stopped.steps is None else f" after {stopped.steps} steps"
            return f"{self.system}: {self.tool} agrees: violated{length}"
        return f"{self.system}: {self.tool} agrees: {found.states} states, {found.transitions} transitions"


def missing_programs(tool: Tool) -> list[str]:
    """What has to be installed before `tool` can be used."""
    return missing(RUMUR_PROGRAMS if tool == "rumur" else SPIN_PROGRAMS)


def crosscheck(
    system: System, outcome: Outcome, tool: Tool, *, timeouts: Timeouts = DEFAULT_TIMEOUTS, optimise: str = "-O2"
) -> Agreement:
    """Let `tool` search `system` and compare with `outcome`, our own search's.

    The tool stores all states, reduces nothing and uses one thread. `optimise` is the C compiler's level.

    Raises:
        ValueError: `outcome` is neither complete nor stopped at a violation, so that there is nothing to compare.
        ExportError: the tool's language cannot express the system.
        ToolMissing, ToolTimeout, ToolError: the tool is not installed, took too long, or failed.
    """
    if not outcome.complete and not violations(outcome):
        raise ValueError(f"{system.name}: the search was stopped ({outcome.stopped}), there is no verdict to compare")
    if tool == "rumur":
        found = run_rumur(system, optimise=optimise, timeouts=timeouts)
    else:
        # No path visits a state twice; a violation may stop our search long before SPIN's depth-first one.
        depth = outcome.states + 1000 if outcome.complete else DEEPEST
        found = run_spin(
            system,
            breadth_first=tool == "spin-bfs",
            depth=min(depth, DEEPEST),
            hash_bits=min(max(outcome.states.bit_length(), 16), 28),
            optimise=optimise,
            timeouts=timeouts,
        )
    return Agreement(system.name, tool, found, tuple(differences(outcome, found)))


def violations(outcome: Outcome) -> list[Finding]:
    """The findings that are violations: not the witnesses of "reachable" properties."""
    return [f for f in outcome.findings if f.kind != "reachable" or f.check is not None]


def differences(outcome: Outcome, found: Findings) -> list[str]:
    """In words, all in which `found` contradicts `outcome`."""
    ours, theirs = violations(outcome), found.violation
    if theirs is not None and not ours:
        return [f"it finds a violation ({theirs.message}), we find none"]
    if theirs is None and ours:
        return [f"it finds no violation, we find {', '.join(f.property for f in ours)}"]
    if theirs is not None:
        return _path_differences(outcome, ours, theirs)
    counts = (("states", outcome.states, found.states), ("transitions", outcome.transitions, found.transitions))
    said = [f"it has {its} {what}, we have {our}" for what, our, its in counts if our != its]
    witnessed = {f.property for f in outcome.findings if f.kind == "reachable"}
    for name, count in found.witnesses.items():
        if (count > 0) != (name in witnessed):
            said.append(f"{name} is {'reached' if count else 'not reached'} there and the other way round here")
    return said


def _path_differences(outcome: Outcome, ours: list[Finding], theirs: Violation) -> list[str]:
    said: list[str] = []
    all_known = outcome.complete and theirs.kind == "invariant"
    if all_known and theirs.property not in {comment(f.property) for f in ours}:
        said.append(f"it finds {theirs.property} violated, we do not")
    shortest = min(ours, key=lambda f: len(f.path.moves))
    length = len(shortest.path.moves)
    # While a level is searched, deadlocks in it and violations one step on come in any order.
    slack = 1 if ("deadlock" in (shortest.kind, theirs.kind)) and shortest.kind != theirs.kind else 0
    if theirs.steps is not None and abs(theirs.steps - length) > slack:
        said.append(f"its shortest path has {theirs.steps} steps, ours {length}")
    return said


def sample(names: Sequence[str], seed: str, size: int) -> list[str]:
    """`size` of `names`, in their order: always the same for one `seed` (a commit's id), others for another."""
    chosen = sorted(set(names), key=lambda name: hashlib.sha256(f"{seed}\0{name}".encode()).digest())[:size]
    return [name for name in dict.fromkeys(names) if name in set(chosen)]
