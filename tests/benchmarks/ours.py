"""One search of ours in a process of its own, for the benchmark: prints what it found and used, as JSON."""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader.select import find


def main() -> None:
    """Compile and search one scenario with the defaults, but for the number of threads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("scenario")
    parser.add_argument("--variant", default="")
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    begun = time.process_time()
    system = compile_scenario(find(given.scenario, given.variant, given.file))
    front = time.process_time() - begun
    outcome = search(system, threads=given.threads)
    lengths = [len(f.path.moves) for f in outcome.findings if f.kind != "reachable"]
    print(json.dumps({
        "states": outcome.states,
        "transitions": outcome.transitions,
        "depth": outcome.depth,
        "steps": min(lengths, default=None),
        "commands": len(system.commands),
        "wall_seconds": outcome.seconds,
        "search_cpu_seconds": outcome.cpu_seconds - outcome.compile_seconds,
        "front_seconds": front,
        "compile_seconds": outcome.compile_seconds,
        "resident_peak": resident_peak(),
    }))  # fmt: skip


def resident_peak() -> int:
    """The most bytes this process has had in memory since it was started."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


if __name__ == "__main__":
    main()
