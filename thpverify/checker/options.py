"""How to check: the same for every scenario of a run."""

from __future__ import annotations

from pathlib import Path

import attrs

from thpverify.ir.run import Limits


@attrs.frozen
class Options:
    """`limits` hold for each scenario's search by itself. `threads` are those of one search.

    `collect_all` looks for a trace of every property instead of stopping at the first violation. `cache` keeps
    compiled models between runs.

    `engine` is "search" or "z3"; for z3, `depth` is the depth of bounded model checking (None for the engine's own) and
    `certificate` the directory that proofs are written to.
    """

    limits: Limits = attrs.field(factory=Limits)
    threads: int = 1
    collect_all: bool = False
    cache: bool = True
    engine: str = "search"
    depth: int | None = None
    certificate: Path | None = None
