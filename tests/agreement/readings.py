"""One model, read several ways; every reading must find the same space."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from time import perf_counter

import attrs

from thpverify.compiler import compile_scenario, functions
from thpverify.explicit.driver import Search
from thpverify.explicit.model import emit_model
from thpverify.explicit.paths import PathFinder
from thpverify.explicit.program import compile_program
from thpverify.explicit.search import search
from thpverify.explicit.store import make_store
from thpverify.export.crosscheck import crosscheck, violations
from thpverify.ir.explore import Exploration, Space, explore
from thpverify.ir.run import Finding, Limits, Outcome
from thpverify.ir.system import State, System
from thpverify.lang import source as source_files
from thpverify.lang.registry import forget
from thpverify.lang.scenarios import Scenario, registered
from thpverify.traces.explore import explore as explore_generators
from thpverify.traces.machine import Reading
from thpverify.traces.replay import replay

_number = count()


@contextmanager
def imported(source: str, folder: Path) -> Iterator[list[Scenario]]:
    """The scenarios of a model's source text, written to `folder` and imported."""
    name = f"generated_model_{next(_number)}"
    file = folder / f"{name}.py"
    file.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        spec.loader.exec_module(module)
        yield [s for s in registered() if s.span.file == str(file)]
    finally:
        sys.dont_write_bytecode = before
        forget(str(file))
        functions._known.clear()  # the trees of thousands of models would fill the memory
        source_files._parse.cache_clear()
        del sys.modules[name]
        file.unlink()


@attrs.frozen
class Compared:
    """A model on which all readings in Python and the native search agree."""

    system: System
    space: Space
    outcome: Outcome


def compare(scenario: Scenario, max_states: int = 400, max_steps: int = 20_000) -> Compared:
    """Compile `scenario` and hold all readings to one another.

    Raises:
        TooManyStates: the space is larger than the limits.
        AssertionError, ReplayMismatch: two readings differ.
    """
    system = compile_scenario(scenario)
    exploration = explore(system, max_states)
    generators = explore_generators(Reading(scenario, system), max_states, max_steps)
    check_findings(scenario, system, exploration.findings)
    same_space("the generators", generators, exploration.space, system)
    space, findings = native_space(system)
    same_space("the native search", space, exploration.space, system)
    check_findings(scenario, system, findings)
    return Compared(system, exploration.space, _outcome(exploration))


def native_space(system: System) -> tuple[Space, tuple[Finding, ...]]:
    """What the native search finds when it goes on behind violations: its log, read back."""
    program = compile_program(emit_model(system), None)
    limits = Limits()
    store = make_store(program, limits, 1)
    try:
        search = Search(program, store, limits, 1, True, None, perf_counter())
        stopped = search.run()
        assert stopped is None, stopped
        findings = search.findings()
        log = PathFinder(program, store.shared.log, search.starts)
        states = frozenset(program.model.layout.unpack(log.record(index)) for index in range(store.states))
        lengths = {f.property: len(f.path.moves) for f in findings}
        assert len(states) == store.states, "a state is twice in the log"
        return Space(states, store.transitions, search.depth, lengths), findings
    finally:
        store.release()


def check_first_violation(compared: Compared) -> None:
    """A search that stops at the first violation must report one of the shortest."""
    outcome = search(compared.system, cache=None)
    shortest = min((len(f.path.moves) for f in violations(compared.outcome)), default=None)
    assert min((len(f.path.moves) for f in violations(outcome)), default=None) == shortest
    assert outcome.complete == (shortest is None)


def rumur_differences(compared: Compared) -> tuple[str, ...]:
    """In what Rumur, on the exported model, contradicts the space that was found."""
    return crosscheck(compared.system, compared.outcome, "rumur", optimise="-O0").differences


def _outcome(exploration: Exploration) -> Outcome:
    """An exploration in the terms of an engine."""
    return Outcome(
        states=len(exploration.space.states),
        transitions=exploration.space.transitions,
        depth=exploration.space.depth,
        complete=True,
        stopped=None,
        findings=exploration.findings,
        fired=(),
        reached=frozenset(),
        seconds=0,
        cpu_seconds=0,
        compile_seconds=0,
        peak_bytes=0,
    )


def check_findings(scenario: Scenario, system: System, findings: tuple[Finding, ...]) -> None:
    """Every finding must replay, and be told as long as it is."""
    for finding in findings:
        trace = replay(scenario, system, finding)
        assert len(trace.steps) == len(finding.path.moves)


def same_space(reading: str, found: Space, expected: Space, system: System) -> None:
    """Both spaces are equal; otherwise say what differs."""
    only_expected, only_found = expected.states - found.states, found.states - expected.states
    if only_expected or only_found:
        said = [f"{len(only_expected)} states only in the IR, {len(only_found)} only in {reading}"]
        said += [f"only in the IR: {_show(system, state)}" for state in sorted(only_expected)[:3]]
        said += [f"only in {reading}: {_show(system, state)}" for state in sorted(only_found)[:3]]
        raise AssertionError("\n".join(said))
    assert found.lengths == expected.lengths, f"{reading}: {found.lengths}, IR: {expected.lengths}"
    taken, wanted = found.transitions, expected.transitions
    assert taken == wanted, f"{reading}: {taken} transitions, IR: {wanted}"
    assert found.depth == expected.depth, f"{reading}: depth {found.depth}, IR: {expected.depth}"


def _show(system: System, state: State) -> str:
    return ", ".join(
        f"{name}={v.type.show(value)}" for (v, _, name), value in zip(system.elements(), state, strict=True)
    )
