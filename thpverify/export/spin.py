"""Running SPIN on an exported model."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from thpverify.export.errors import ToolError
from thpverify.export.names import comment
from thpverify.export.programs import DEFAULT_TIMEOUTS, Timeouts, run
from thpverify.export.promela import to_promela
from thpverify.export.promela_threads import STUCK
from thpverify.export.tools import Findings, Violation
from thpverify.export.values import initial_states
from thpverify.ir.system import System

PROGRAMS = ("spin", "gcc")

EXACT = ("-o1", "-o2")
"""Without these SPIN resets variables it thinks dead and hides those never read, and then has fewer states."""


def run_spin(
    system: System,
    *,
    breadth_first: bool = False,
    reachable: str | None = None,
    depth: int = 1_000_000,
    hash_bits: int = 20,
    optimise: str = "-O2",
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Findings:
    """Let SPIN search all of `system`, all states stored, without partial order reduction.

    `depth` is the longest path of a depth-first search, `hash_bits` the logarithm of the number of SPIN's hash slots.
    `reachable` is as for `to_promela`.

    Raises:
        ExportError: Promela cannot express the system.
        ToolError: SPIN or the C compiler failed, or the search was not exhaustive for want of depth or memory.
    """
    with tempfile.TemporaryDirectory(prefix="thpverify-spin-") as name:
        directory = Path(name)
        (directory / "model.pml").write_text(to_promela(system, reachable=reachable))
        mode = ["-DBREADTH_FIRST"] if breadth_first else []
        translation = run(["spin", *EXACT, *mode, "-a", "model.pml"], directory, timeouts.translate)
        if not (directory / "pan.c").exists():
            raise ToolError(f"spin -a: {comment(translation.output)[:300]}")
        flags = [optimise, "-DSAFETY", "-DNOREDUCE", f"-DVECTORSZ={_vector_bytes(system)}"]
        flags += ["-DBFS"] if breadth_first else []
        compilation = run(["gcc", "-w", *flags, "-o", "pan", "pan.c"], directory, timeouts.compile)
        options = [f"-w{hash_bits}"] + ([] if breadth_first else [f"-m{depth}"])
        search = run([str(directory / "pan"), *options], directory, timeouts.search)
    tool = "spin-bfs" if breadth_first else "spin"
    violation = _violation(search.output, system, breadth_first)
    if violation is None and (trouble := re.search(r"max search depth too small|Search not completed", search.output)):
        raise ToolError(f"pan: {trouble[0]}: {comment(search.output)[:200]}")
    states, transitions = startup(system, breadth_first)
    return Findings(
        tool=tool,
        states=_number(r"^\s*(\d+) states, stored", search.output) - states,
        transitions=_number(r"^\s*(\d+) transitions", search.output) - transitions,
        startup_states=states,
        startup_transitions=transitions,
        violation=violation,
        witnesses={},
        seconds=search.seconds,
        cpu_seconds=search.cpu_seconds,
        compile_seconds=translation.cpu_seconds + compilation.cpu_seconds,
        peak_bytes=search.peak_bytes,
    )


def startup(system: System, breadth_first: bool) -> tuple[int, int]:
    """(states, transitions) that SPIN counts before and until the system's initial states.

    There is the state in which `init` has done nothing. From it one step leads to the values of each initial state, and
    from there one step for each process, after one for the properties if there are several initial states, to the
    initial state itself. These are an atomic sequence: depth first, SPIN does not store what lies within it and counts
    one transition, breadth first it stores all.
    What SPIN calls transitions is what it stored and what it met again, so that the very first state counts as one.
    """
    starts, steps = len(initial_states(system)), _starting_steps(system)
    before = starts * (steps if breadth_first else min(steps, 1))
    return 1 + before, 1 + before + starts


def _starting_steps(system: System) -> int:
    """The steps of `init` between the values of an initial state and that state."""
    return len(system.threads) + (len(initial_states(system)) > 1)


def _violation(output: str, system: System, breadth_first: bool) -> Violation | None:
    if _number(r"errors: (\d+)", output) == 0:
        return None
    found = re.search(r"^pan:\d+: (.*) \(at depth (\d+)\)", output, re.MULTILINE)
    if found is None:
        raise ToolError(f"pan reports an error without saying which: {comment(output)[:300]}")
    message, depth = found[1], int(found[2])
    deadlock = message.startswith("invalid end state") or f"({STUCK.replace(' ', '')})" in message
    if not deadlock and not message.startswith("assertion violated"):
        raise ToolError(f"pan: {message}")
    # An assertion fails within the step that follows depth `depth`; a deadlock is in a state at that depth.
    steps = depth + (0 if deadlock else 1) - (1 + _starting_steps(system))
    return Violation("deadlock" if deadlock else "assertion", None, max(steps, 0) if breadth_first else None, message)


def _number(pattern: str, output: str) -> int:
    found = re.search(pattern, output, re.MULTILINE)
    if found is None:
        raise ToolError(f"pan's output has no {pattern!r}: {comment(output)[:300]}")
    return int(found[1])


def _vector_bytes(system: System) -> int:
    """Room for SPIN's state vector: at most 4 bytes an element, and what each process and `init` needs."""
    needed = sum(v.size for v in system.variables) * 4 + (len(system.threads) + 1) * 32
    return max(1024, -(-needed // 1024) * 1024)
