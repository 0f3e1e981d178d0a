"""Explicit states, against which lemmas are screened before a solver sees them."""

from __future__ import annotations

from time import perf_counter

import attrs

from thpverify.explicit.driver import Search
from thpverify.explicit.model import emit_model
from thpverify.explicit.paths import PathFinder
from thpverify.explicit.program import compile_program
from thpverify.explicit.store import make_store
from thpverify.ir.run import Finding, Limits
from thpverify.ir.system import State, System


@attrs.frozen
class Sample:
    """Reachable states, level by level; all there are if `complete`. `findings` is what the search met on its way."""

    states: tuple[State, ...]
    complete: bool
    findings: tuple[Finding, ...]


def sample(system: System, limits: Limits) -> Sample:
    """The states that a native search reaches within `limits`, behind violations too."""
    program = compile_program(emit_model(system), None)
    store = make_store(program, limits, 1)
    try:
        search = Search(program, store, limits, 1, True, None, perf_counter())
        stopped = search.run()
        log = PathFinder(program, store.shared.log, search.starts)
        unpack = program.model.layout.unpack
        states = tuple(unpack(log.record(index)) for index in range(store.states))
        return Sample(states, stopped is None, search.findings())
    finally:
        store.release()
