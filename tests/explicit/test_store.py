"""The table apart from any real model: what was inserted is found, nothing is lost when it grows or is shared."""

from __future__ import annotations

import pytest

from tests.explicit.build import Builder, at, op, param
from thpverify.explicit import search, store
from thpverify.explicit.layout import make_layout
from thpverify.explicit.model import emit_model
from thpverify.explicit.program import compile_program
from thpverify.ir.run import Limits
from thpverify.ir.system import System

SIDE = 40


def cube(width: int = SIDE) -> System:
    """Every point of a cube, each reached in many ways: exactly SIDE**3 states."""
    b = Builder()
    t = b.thread("t", 1)
    for name in "xyz":
        axis = b.variable(name, 0, width)
        i = param(0, 1, 3)
        b.command(t, 0, op("<", op("+", at(axis), i), SIDE), (b.put(axis, op("+", at(axis), i)),), 0, (i,))
    return b.system()


def cube_transitions() -> int:
    return 3 * SIDE**2 * sum(min(3, SIDE - 1 - at_) for at_ in range(SIDE))


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("width", [SIDE, 1 << 20, 1 << 40])
def test_growth_from_a_tiny_table(monkeypatch: pytest.MonkeyPatch, threads: int, width: int) -> None:
    """Records of 4, 8 and 16 bytes; workers join in from levels of two states on."""
    monkeypatch.setattr(store, "FIRST_LINES", 1)
    monkeypatch.setattr(store.Store, "next_lines", lambda self: self.shared.lines * 3 // 2 + 1)
    monkeypatch.setattr("thpverify.explicit.driver.THREADS_PAY_OFF", 2)
    outcome = search(cube(width), threads=threads, cache=None)
    assert outcome.complete
    assert outcome.states == SIDE**3
    assert outcome.transitions == cube_transitions()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_table_with_hardly_an_empty_slot(monkeypatch: pytest.MonkeyPatch, threads: int) -> None:
    """Searches leave their first line often, and go on from the last line to the first."""
    monkeypatch.setattr(store, "FIRST_LINES", 3)
    monkeypatch.setattr(store, "MAX_LOAD", 0.98)
    monkeypatch.setattr(store.Store, "next_lines", lambda self: self.shared.lines + 1)
    monkeypatch.setattr("thpverify.explicit.driver.THREADS_PAY_OFF", 2)
    small = 12
    monkeypatch.setattr("tests.explicit.test_store.SIDE", small)
    outcome = search(cube(small), threads=threads, cache=None)
    assert (outcome.complete, outcome.states, outcome.transitions) == (True, small**3, cube_transitions())


def test_a_state_of_zeros_is_not_taken_for_a_recent_one() -> None:
    """It is the only one that is made again and again before anything else."""
    b = Builder()
    value = b.variable("x", 0, 3, start=3)
    t = b.thread("t", 1)
    b.command(t, 0, op(">", at(value), 0), (b.bump(value, -1),), 0)
    b.invariant("zero", op("==", at(value), 0), kind="reachable")
    outcome = search(b.system(), cache=None)
    assert (outcome.states, len(outcome.findings)) == (4, 1)


def test_the_log_holds_each_state_once() -> None:
    system = cube()
    model = emit_model(system)
    space = store.make_store(compile_program(model, None), Limits(), 1)
    assert space.program.model.layout == make_layout(system)
    from thpverify.explicit.driver import Search
    from thpverify.explicit.paths import PathFinder

    running = Search(space.program, space, Limits(), 1, False, None, 0.0)
    assert running.run() is None
    finder = PathFinder(space.program, space.log.address, running.starts)
    records = {finder.record(index) for index in range(space.states)}
    assert len(records) == space.states == SIDE**3
    assert {model.layout.unpack(words)[1:] for words in records} == {
        (x, y, z) for x in range(SIDE) for y in range(SIDE) for z in range(SIDE)
    }
    space.release()
