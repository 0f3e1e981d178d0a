"""One model, read several ways; every reading must find the same space."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from thpverify.compiler import compile_scenario
from thpverify.ir.explore import Space, explore
from thpverify.ir.run import Finding
from thpverify.ir.system import System
from thpverify.lang.scenarios import Scenario, forget, registered
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
        del sys.modules[name]
        file.unlink()


def compare(scenario: Scenario, max_states: int = 400, max_steps: int = 20_000) -> tuple[System, Space]:
    """Compile `scenario` and hold all readings in Python to one another, step by step.

    Raises:
        TooManyStates: the space is larger than the limits.
        AssertionError: two readings differ.
    """
    system = compile_scenario(scenario)
    exploration = explore(system, max_states)
    check_findings(scenario, system, exploration.findings)
    same_space("generators", explore_generators(Reading(scenario, system), max_states, max_steps), exploration.space, system)
    return system, exploration.space


def check_findings(scenario: Scenario, system: System, findings: tuple[Finding, ...]) -> None:
    """Every finding must replay, and be told as long as it is."""
    for finding in findings:
        trace = replay(scenario, system, finding)
        assert len(trace.steps) == len(finding.path.moves)


def same_space(reading: str, found: Space, expected: Space, system: System) -> None:
    """Both spaces are equal; otherwise say what differs."""
    only_expected, only_found = expected.states - found.states, found.states - expected.states
    if only_expected or only_found:
        shown = [f"{title}: {_show(system, state)}" for title, states in (("only in the IR", only_expected), (f"only in {reading}", only_found))
                 for state in sorted(states)[:3]]
        raise AssertionError(f"{len(only_expected)} states only in the IR, {len(only_found)} only in {reading}\n" + "\n".join(shown))
    assert found.lengths == expected.lengths, f"{reading}: {found.lengths}, IR: {expected.lengths}"
    assert found.transitions == expected.transitions, f"{reading}: {found.transitions} transitions, IR: {expected.transitions}"
    assert found.depth == expected.depth, f"{reading}: depth {found.depth}, IR: {expected.depth}"


def _show(system: System, state: tuple[int, ...]) -> str:
    return ", ".join(f"{name}={v.type.show(value)}" for (v, _, name), value in zip(system.elements(), state, strict=True))
