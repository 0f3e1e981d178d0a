"""What the machine sees of suspended generators and their locals."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.agreement.readings import imported
from thpverify.compiler import compile_scenario
from thpverify.ir.system import State
from thpverify.traces import ModelCrashed
from thpverify.traces.choices import ByPosition, ByValue, NotAmongCandidates, NothingToChoose
from thpverify.traces.machine import Failure, Machine, Reading
from thpverify.traces.places import position

MODEL = """
from enum import Enum
from thpverify.lang import Array, Bool, Constant, Int, choose, invariant, local, at, record, scenario, thread

N = Constant("N", 3)

class E(Enum):
    A = 5
    B = 4

@record
class Rec:
    n: Int[0, 3]

@record
class State:
    recs: Array[N, Rec]
    e: E

@thread
def t(s, k: int):
    m = choose(r for r in s.recs if r.n == 0)
    e, pair = E.B, (k, choose((True, False)))
    yield "a"
    x = yield from inner(s, m)
    s.e = e
    if pair[1]:
        m.n = x
    yield "b"

def inner(s, r):
    for i in range(2):
        yield "c"
        r.n = i
    return r.n

@invariant
def q(s) -> bool:
    return local(t[0], "e") == E.A or at(t[0], "a") or s.recs[s.recs[0].n + 2].n == 0

def hook(s):
    assert s.recs[0].n < 3

scenario("x", state=State, threads=[t(k=N)], properties=[q], after_step=[hook], constants={N: 2})
"""


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    with imported(MODEL, tmp_path) as (scenario,):
        return Reading(scenario, compile_scenario(scenario))


def named(reading: Reading, state: State) -> dict[str, int]:
    return {name: value for (_, _, name), value in zip(reading.system.elements(), state, strict=True)}


def test_snapshot_holds_fields_places_and_live_locals(reading: Reading) -> None:
    machine = Machine(reading, ByPosition())
    assert machine.snapshot() == reading.system.initial[0].state
    machine.step(0, ByValue(((1,), (1,))))
    state = named(reading, machine.snapshot())
    assert state["t.m.index0"] == 1
    assert state["t.pair.1"] == 1
    assert "t.pair.0" not in state
    assert machine.point(0).labels == ("a",)
    machine.step(0, ByValue(()))
    assert machine.point(0).labels == ("c",)
    machine.step(0, ByValue(()))
    assert named(reading, machine.snapshot())["recs[1].n"] == 0


def test_chooser_that_wants_something_else(reading: Reading) -> None:
    for wanted in (((2,), (1,)), ((1,),), ((1,), (1,), (0,))):
        with pytest.raises(NotAmongCandidates):
            Machine(reading, ByPosition()).step(0, ByValue(wanted))


def test_nothing_to_choose(reading: Reading) -> None:
    machine = Machine(reading, ByPosition())
    for rec in machine.state.recs:
        rec.n = 1
    with pytest.raises(NothingToChoose):
        machine.step(0, ByPosition())


def test_property_that_fails_itself(reading: Reading) -> None:
    machine = Machine(reading, ByPosition())
    (prop,) = reading.scenario.properties
    assert machine.judge(prop) is True
    machine.step(0, ByPosition())
    assert machine.judge(prop) is True
    machine.step(0, ByPosition())
    verdict = machine.judge(prop)
    assert isinstance(verdict, Failure)
    assert verdict.kind == "index"


def test_hook_that_fails_belongs_to_the_step(reading: Reading) -> None:
    machine = Machine(reading, ByPosition())
    machine.state.recs[0].n = 3
    ran = machine.step(0, ByValue(((1,), (0,))))
    assert ran.failure is not None
    assert ran.failure.kind == "assertion"


def test_error_of_the_model_is_no_violation(reading: Reading) -> None:
    machine = Machine(reading, ByPosition())
    reading.scenario.threads[0].thread.function.__globals__["inner"] = None
    machine.step(0, ByPosition())
    with pytest.raises(ModelCrashed, match="TypeError"):
        machine.step(0, ByPosition())


def test_positions_follow_yield_from() -> None:
    def inner():  # type: ignore[no-untyped-def]
        yield 1

    def outer():  # type: ignore[no-untyped-def]
        _ = (yield 0), (yield 2)
        yield from inner()

    generator, here = outer(), outer.__code__.co_firstlineno
    assert position(generator) == ()
    next(generator)
    assert position(generator) == ((__file__, here + 1, 13),)
    next(generator)
    assert position(generator) == ((__file__, here + 1, 24),)
    next(generator)
    assert [p[1:] for p in position(generator)] == [(here + 2, 8), (inner.__code__.co_firstlineno + 1, 8)]
    assert next(generator, None) is None
    assert position(generator) == ()


def test_python_without_columns_is_told() -> None:
    code = "from thpverify.traces.places import position\ndef g():\n    yield\nt = g(); next(t); position(t)"
    done = subprocess.run(
        [sys.executable, "-X", "no_debug_ranges", "-c", code], capture_output=True, text=True, check=False
    )
    assert "without column numbers" in done.stderr
