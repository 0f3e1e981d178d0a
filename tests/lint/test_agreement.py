"""What the linter says that steps touch, against what they do: on random models, state by state."""

from __future__ import annotations

from collections import deque
from collections.abc import Container
from pathlib import Path
from typing import Any

import pytest

from tests.agreement.models import model
from thpverify.compiler import compile_scenario
from thpverify.ir.evaluator import Frame, Step, execute, steps
from thpverify.ir.statements import Block, Check, If, Let, Note, Statement
from thpverify.ir.system import Command, State, System
from thpverify.lang.errors import ModelError
from thpverify.lint.events import ACQUIRE, PEEK, READ, RELEASE, WRITE, is_lock
from thpverify.lint.paths import Walker
from thpverify.lint.threads import ThreadPaths, explore
from thpverify.loader.modules import scenarios_of

_MOST_STATES = 400


def _system(seed: int, directory: Path) -> System | None:
    file = directory / f"random_{seed}.py"
    file.write_text(model(seed))
    (scenario,) = scenarios_of(file)
    try:
        return compile_scenario(scenario)
    except ModelError:
        return None


def _reach(system: System) -> list[tuple[State, Step]]:
    """Steps with the states in which they start, breadth first from the initial states."""
    seen = {initial.state for initial in system.initial}
    waiting, found = deque(seen), []
    while waiting and len(seen) < _MOST_STATES:
        state = waiting.popleft()
        for step in steps(system, state):
            found.append((state, step))
            if step.state is not None and step.state not in seen:
                seen.add(step.state)
                waiting.append(step.state)
    return found


class _Recorded(list[int]):
    """The elements of a state; notes which of them are read."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.read: set[int] = set()

    def __getitem__(self, index: Any) -> Any:
        self.read.add(index)
        return super().__getitem__(index)


def _unchecked(block: Block, counted: frozenset[int]) -> Block:
    """`block` without Checks, what only they need, and notes for traces."""
    kept: list[Statement] = []
    for statement in block:
        match statement:
            case Check() | Note():
                continue
            case Let(temp=temp) if temp.number not in counted:
                continue
            case If(span=span, condition=condition, then=then, orelse=orelse):
                kept.append(If(span, condition, _unchecked(then, counted), _unchecked(orelse, counted)))
            case _:
                kept.append(statement)
    return tuple(kept)


def _read(system: System, command: Command, state: State, step: Step) -> set[int]:
    """The elements that the body of a step reads."""
    elements = _Recorded(state)
    body = _unchecked(command.body, Walker(command, {}).counted)
    execute(body, Frame(system, elements, step.move.params), command.thread)
    return elements.read


def _touched(threads: list[ThreadPaths], system: System, kinds: Container[str]) -> dict[tuple[int, str], set[int]]:
    """The elements of the state that each command may touch before it ends with a label."""
    found: dict[tuple[int, str], set[int]] = {}
    for path in (path for thread in threads for path in thread.paths):
        elements = found.setdefault((path.command.number, path.cut.label), set())
        for event in path.events:
            if event.kind in kinds:
                first = system.offsets[event.location.variable]
                elements |= {first + flat for flat in event.location.elements}
    return found


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_no_write_is_missed(first: int, tmp_path: Path) -> None:
    compared = 0
    for seed in range(first, first + 20):
        system = _system(seed, tmp_path)
        if system is None or system.after_step:
            continue
        written = _touched([explore(system, thread) for thread in system.threads], system, (WRITE, ACQUIRE, RELEASE))
        names = [(variable, name) for variable, _, name in system.elements()]
        for before, step in _reach(system):
            if step.state is None:
                continue
            changed = {n for n, (old, new) in enumerate(zip(before, step.state, strict=True)) if old != new}
            shared = {n for n in changed if names[n][0].role == "shared"}
            missed = shared - written[step.move.command, step.label]
            assert not missed, (seed, step.label, [names[n][1] for n in missed])
            compared += len(shared)
    assert compared > 100


def test_no_read_is_missed(tmp_path: Path) -> None:
    compared = 0
    for seed in range(200, 225):
        system = _system(seed, tmp_path)
        if system is None:
            continue
        kinds = (READ, WRITE, PEEK, ACQUIRE, RELEASE)
        touched = _touched([explore(system, thread) for thread in system.threads], system, kinds)
        names = [(variable, name) for variable, _, name in system.elements()]
        for before, step in _reach(system):
            if step.state is None:
                continue
            read = _read(system, system.commands[step.move.command], before, step)
            shared = {n for n in read if names[n][0].role == "shared" and not is_lock(names[n][0])}
            missed = shared - touched[step.move.command, step.label]
            assert not missed, (seed, step.label, [names[n][1] for n in missed])
            compared += len(shared)
    assert compared > 100


def test_every_end_of_a_step_is_found(tmp_path: Path) -> None:
    compared = 0
    for seed in range(100, 120):
        system = _system(seed, tmp_path)
        if system is None:
            continue
        paths = [path for thread in system.threads for path in explore(system, thread).paths]
        ends = {(path.command.number, path.cut.pc, path.cut.label) for path in paths}
        for _, step in _reach(system):
            if step.state is not None:
                command = system.commands[step.move.command]
                pc = step.state[system.offsets[system.threads[command.thread].pc]]
                assert (command.number, pc, step.label) in ends, (seed, step.label)
                compared += 1
    assert compared > 100
