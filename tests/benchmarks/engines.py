"""Our search against SPIN and Rumur on one model: ``python -m tests.benchmarks.engines``; see docs/benchmarks.md."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import attrs

from thpverify.compiler import compile_scenario
from thpverify.export.programs import Timeouts, run
from thpverify.export.rumur import run_rumur
from thpverify.export.spin import run_spin
from thpverify.export.tools import Findings
from thpverify.lang.scenarios import Scenario
from thpverify.loader.select import find

ROOT = Path(__file__).resolve().parents[2]
TOUCHED = 3 << 30
PATIENT = Timeouts(translate=120.0, compile=600.0, search=7200.0)
OURS, OURS_2, SPIN, SPIN_BFS, RUMUR = "thpverify", "thpverify, 2 threads", "SPIN DFS", "SPIN BFS", "Rumur"


@attrs.frozen
class Run:
    """One search. `search_cpu_seconds` is that of the search alone, for everybody. `cpu_seconds` is the whole process's
    for us, with the start of Python and compilation; for the others, whose translation and C compilation are in
    `compile_seconds`, it is the search again.
    """

    engine: str
    states: int
    transitions: int
    steps: int | None
    wall_seconds: float
    cpu_seconds: float
    search_cpu_seconds: float
    compile_seconds: float
    peak_bytes: int
    commands: int | None = None

    @property
    def speed(self) -> float:
        """States per second of the search's CPU time."""
        return self.states / self.search_cpu_seconds

    @property
    def whole_speed(self) -> float:
        """States per second of all of our CPU time, against the others' search."""
        return self.states / self.cpu_seconds


def ours(scenario: Scenario, threads: int, cache: Path | None) -> Run:
    """A fresh process with default settings; `cache` is the directory for compiled models, None for an empty one.

    It loads the scenario's file only, as the others are given one model.
    """
    with tempfile.TemporaryDirectory(prefix="thpverify-benchmark-") as name:
        surroundings = ["env", f"XDG_CACHE_HOME={cache or name}", f"PYTHONPATH={ROOT}"]
        command = [*surroundings, sys.executable, "-m", "tests.benchmarks.ours", scenario.span.file, scenario.name]
        done = run([*command, "--variant", scenario.variant, "--threads", str(threads)], Path(name), PATIENT.search)
    found = json.loads(done.output.splitlines()[-1])
    return Run(
        engine=OURS if threads == 1 else OURS_2,
        states=found["states"],
        transitions=found["transitions"],
        steps=found["steps"],
        wall_seconds=found["wall_seconds"],
        cpu_seconds=done.cpu_seconds,
        search_cpu_seconds=found["search_cpu_seconds"],
        compile_seconds=found["compile_seconds"],
        peak_bytes=found["resident_peak"],
        commands=found["commands"],
    )


def theirs(engine: str, found: Findings) -> Run:
    """The run of another tool."""
    return Run(
        engine=engine,
        states=found.states,
        transitions=found.transitions,
        steps=None if found.violation is None else found.violation.steps,
        wall_seconds=found.seconds,
        cpu_seconds=found.cpu_seconds,
        search_cpu_seconds=found.cpu_seconds,
        compile_seconds=found.compile_seconds,
        peak_bytes=found.peak_bytes,
    )


def runners(scenario: Scenario, cache: Path | None, depth: int, bits: int) -> dict[str, Callable[[], Run]]:
    """What to call for one run of each engine."""
    system = compile_scenario(scenario)
    return {
        OURS: lambda: ours(scenario, 1, cache),
        OURS_2: lambda: ours(scenario, 2, cache),
        SPIN: lambda: theirs(SPIN, run_spin(system, depth=depth, hash_bits=bits, timeouts=PATIENT)),
        SPIN_BFS: lambda: theirs(SPIN_BFS, run_spin(system, breadth_first=True, hash_bits=bits, timeouts=PATIENT)),
        RUMUR: lambda: theirs(RUMUR, run_rumur(system, timeouts=PATIENT)),
    }


def touch_memory(size: int) -> None:
    """Write to `size` bytes of memory and free them.

    A virtual machine may have given its free memory back to its host. Whoever writes to it first pays for getting it
    again, some 2 s a gigabyte, and that must not depend on which engine ran before.
    """
    code = f"import mmap; area = mmap.mmap(-1, {size}); area[::4096] = bytes([1]) * len(range(0, {size}, 4096))"
    subprocess.run([sys.executable, "-c", code], check=True)


def measure(runs: dict[str, Callable[[], Run]], rounds: int, touched: int = 0) -> list[Run]:
    """All engines in turn, `rounds` times, so that a busy minute of the machine hits all of them.

    Before each run `touched` bytes of memory are made ready for it.
    """
    done: list[Run] = []
    for number in range(rounds):
        for engine, call in runs.items():
            if touched:
                touch_memory(touched)
            result = call()
            done.append(result)
            line = f"  round {number + 1}: {engine}: {result.states} states, {result.cpu_seconds:.2f} s CPU"
            print(line, file=sys.stderr)
    return done


def median(runs: list[Run], engine: str, figure: str) -> float:
    """The median of a figure of one engine's runs."""
    return float(statistics.median(getattr(r, figure) for r in runs if r.engine == engine))


def report(runs: list[Run]) -> str:
    """A table of medians and spreads, and the ratios that the project has set itself."""
    engines = list(dict.fromkeys(r.engine for r in runs))
    head = ("states", "transitions", "states/CPU-s", "slowest", "fastest", "wall s", "compile s", "B/state")
    lines = [f"{'engine':<21}" + "".join(f"{word:>14}" for word in head)]
    for engine in engines:
        own = [r for r in runs if r.engine == engine]
        speeds = sorted(r.speed for r in own)
        bytes_each = median(runs, engine, "peak_bytes") / own[0].states
        counts = (own[0].states, own[0].transitions, statistics.median(speeds), speeds[0], speeds[-1])
        times = (median(runs, engine, "wall_seconds"), median(runs, engine, "compile_seconds"), bytes_each)
        lines.append(f"{engine:<21}" + "".join(f"{n:>14,.0f}" for n in counts) + "".join(f"{n:>14.2f}" for n in times))
    if OURS in engines:
        speed, memory = median(runs, OURS, "speed"), median(runs, OURS, "peak_bytes")
        for engine in engines:
            if engine not in (OURS, OURS_2):
                faster = speed / median(runs, engine, "speed")
                whole = median(runs, OURS, "whole_speed") / median(runs, engine, "speed")
                share = memory / median(runs, engine, "peak_bytes")
                gained = f"{faster:.1f} times the states per CPU second ({whole:.1f} with our start and compilation)"
                gained += f", {share:.2f} of the memory"
                lines.append(f"against {engine}: {gained}")
        commands = next(r.commands for r in runs if r.engine == OURS)
        compiled = [r.compile_seconds for r in runs if r.engine == OURS]
        lines.append(f"compiling {commands} commands: {max(compiled):.2f} s cold, {min(compiled):.2f} s from the cache")
        if OURS_2 in engines:
            gain = median(runs, OURS, "wall_seconds") / median(runs, OURS_2, "wall_seconds")
            lines.append(f"2 threads: {gain:.2f} times as fast as 1 in wall time")
    totals = {(r.states, r.transitions) for r in runs}
    lines.append("all engines agree on the counts" if len(totals) == 1 else f"THE ENGINES DISAGREE: {sorted(totals)}")
    return "\n".join(lines)


def bug_report(runs: list[Run]) -> str:
    """How long each engine took to find the violation, and how long a path it gave."""
    lines = ["engine                 CPU s (with compilation)   states        steps"]
    for engine in dict.fromkeys(r.engine for r in runs):
        own = [r for r in runs if r.engine == engine]
        extra = 0.0 if engine in (OURS, OURS_2) else median(runs, engine, "compile_seconds")
        steps = "not shortest" if own[0].steps is None else str(own[0].steps)
        total = median(runs, engine, "cpu_seconds") + extra
        lines.append(f"{engine:<21} {total:>12.2f} {own[0].states:>22,}   {steps:>10}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print; with ``--json`` also write every run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="bench-thp-XL")
    parser.add_argument("--variant", default="")
    parser.add_argument("--rounds", type=int, default=3)
    names = "; ".join((OURS, OURS_2, SPIN, SPIN_BFS, RUMUR))
    parser.add_argument("--engines", nargs="*", default=[], help=f"some of: {names}")
    parser.add_argument("--depth", type=int, default=1_000_000, help="SPIN's longest depth-first path")
    parser.add_argument("--hash-bits", type=int, default=25, help="SPIN's hash slots: 2 to the power of this")
    parser.add_argument("--no-bug", action="store_true", help="leave out the search for the 18-step bug")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    results: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory(prefix="thpverify-cache-") as name:
        cases = [(given.scenario, given.variant, given.rounds)]
        cases += [] if given.no_bug else [("bench-thp-M", "no-retry", given.rounds)]
        for number, (scenario, variant, rounds) in enumerate(cases):
            # The bug is to be found within a time that includes compiling: without a cache from an earlier round.
            cache = None if number else Path(name)
            calls = runners(find(scenario, variant), cache, given.depth, given.hash_bits)
            chosen = {engine: call for engine, call in calls.items() if not given.engines or engine in given.engines}
            if number:
                chosen.pop(OURS_2, None)
            print(f"{scenario} {variant}".strip(), file=sys.stderr)
            results[f"{scenario} {variant}".strip()] = runs = measure(chosen, rounds, TOUCHED)
            print(f"\n{scenario} {variant}".rstrip())
            print(bug_report(runs) if number else report(runs))
    if given.json:
        shown = {case: [attrs.asdict(r) for r in runs] for case, runs in results.items()}
        given.json.write_text(json.dumps(shown, indent=1) + "\n")


if __name__ == "__main__":
    main()
