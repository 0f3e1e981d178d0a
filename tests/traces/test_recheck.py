"""Traces of yesterday against the model of today."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.traces.example import MODEL, declared, found
from thpverify.compiler import compile_scenario
from thpverify.traces import Trace, TraceFileError, recheck, replay, scenario_of


def traced(folder: Path, name: str, prop: str) -> Trace:
    with declared(folder) as scenarios:
        system, finding = found(scenarios[name], prop)
        return replay(scenarios[name], system, finding)


@pytest.mark.parametrize(
    ("name", "prop"),
    [
        ("maps", "counted"),
        ("maps", "both_huge"),
        ("deadlock", "deadlock"),
        ("assertion", "assertion"),
        ("range", "range"),
        ("index", "index"),
        ("division", "division"),
        ("local", "range"),
    ],
)
def test_trace_still_holds(tmp_path: Path, name: str, prop: str) -> None:
    trace = traced(tmp_path, name, prop)
    with declared(tmp_path) as scenarios:
        scenario = scenario_of(trace, scenarios.values())
        result = recheck(trace, scenario, compile_scenario(scenario))
    assert result.holds
    assert result.trace is not None
    assert [s.changes for s in result.trace.steps] == [s.changes for s in trace.steps]


@pytest.mark.parametrize(
    ("name", "prop", "old", "new", "step", "said"),
    [
        (
            "maps",
            "counted",
            "for m in s.mm for i in range(2))",
            "for m in s.mm for i in range(2)) + any(m.pmd == Pmd.HUGE for m in s.mm)",
            3,
            "property counted is true there",
        ),
        ("maps", "counted", "choose((None, 1))", "choose((None, 0))", 0, "no initial state"),
        ("maps", "counted", "if i == 1 or not h)", "if not h)", 1, "cannot choose"),
        ("maps", "counted", "while m.ptl:", "while not m.ptl:", 3, "cannot step"),
        ("maps", "counted", '"look up"', '"look up"\n    assert False, "never"', 2, "assertion fails already here"),
        ("maps", "counted", "properties=[counted, both_huge]", "properties=[both_huge]", 3, "no property counted"),
        ("deadlock", "deadlock", "threads=[forgets(), forgets()]", "threads=[forgets()]", 3, "no thread number 1"),
        ("assertion", "assertion", "assert how != 0", "assert how != 9", 2, "no property assertion"),
        ("division", "division", "2 // (s.ref - 1)", "2 // s.ref + 4", 2, "range fails now, not division"),
        (
            "deadlock",
            "deadlock",
            '    m.ptl = True\n    yield "lock"',
            '    m.ptl = False\n    yield "lock"',
            3,
            "some thread can step",
        ),
    ],
)
def test_trace_that_departs(tmp_path: Path, name: str, prop: str, old: str, new: str, step: int, said: str) -> None:
    assert old in MODEL
    trace = traced(tmp_path, name, prop)
    with declared(tmp_path, MODEL.replace(old, new)) as scenarios:
        result = recheck(trace, scenarios[name], compile_scenario(scenarios[name]))
    assert not result.holds
    assert said in result.reason
    assert result.step == step


def test_scenario_that_is_gone(tmp_path: Path) -> None:
    trace = attrs.evolve(traced(tmp_path, "maps", "counted"), variant="v4.5")
    with declared(tmp_path) as scenarios, pytest.raises(TraceFileError, match=r"maps \[v4.5\]"):
        scenario_of(trace, scenarios.values())
