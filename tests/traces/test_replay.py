"""Findings replayed: what a trace tells, and that nothing false gets through."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from tests.traces.example import MODEL, declared, found
from thpverify.ir.run import Path as Way
from thpverify.traces import ReplayMismatch, replay


def test_trace_of_an_invariant(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["maps"], "counted")
        trace = replay(scenarios["maps"], system, finding)
    assert (trace.scenario, trace.property, trace.kind) == ("maps", "counted", "invariant")
    assert trace.message == "ref counts the mappings and one for the cache."
    assert trace.initial["mm[1].pmd"] == "NONE"
    assert trace.initial["page"] == "1"
    assert trace.initial_choices == ((1,),)
    assert [step.label for step in trace.steps] == ["look up", "lock", "map"]
    assert {step.thread for step in trace.steps} == {"fault[0]"}
    first, locks, maps = trace.steps
    assert first.choices == ("0", "(1, True)")
    assert first.chosen == ((0,), (1, 1))
    assert ("mm[0].ptl", "False", "True") in locks.changes
    assert set(maps.changes) >= {("mm[0].pmd", "NONE", "HUGE"), ("ref", "1", "2")}
    written = MODEL.splitlines().index("        m.pmd = Pmd.HUGE") + 1
    assert written in maps.lines
    assert dict(trace.values)["ref"] == "2"
    assert dict(trace.values)["page"] == "1"
    assert not any(name.startswith("mm[0].pmd") for name, _ in trace.values)


def test_trace_of_a_witness(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["maps"], "both_huge")
        trace = replay(scenarios["maps"], system, finding)
    assert trace.kind == "reachable"
    assert dict(trace.values)["mm[0].pmd"] == dict(trace.values)["mm[1].pmd"] == "HUGE"


def test_trace_of_a_deadlock_says_who_waits_where(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["deadlock"], "deadlock")
        trace = replay(scenarios["deadlock"], system, finding)
    ((thread, where),) = trace.values
    waits = MODEL.splitlines().index("    while m.ptl:") + 1
    assert thread.startswith("forgets")
    assert f":{waits}:" in where


@pytest.mark.parametrize("name", ["assertion", "range", "index", "division"])
def test_trace_of_a_check(tmp_path: Path, name: str) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios[name], name)
        trace = replay(scenarios[name], system, finding)
    assert trace.kind == trace.property == name
    assert trace.message.startswith(f"{name}: ")
    assert [step.label for step in trace.steps] == ["start", ""]
    if name != "assertion":
        assert ("ref", "1") in trace.values


def test_trace_of_a_local_that_leaves_its_range(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["local"], "range")
        assert len(replay(scenarios["local"], system, finding).steps) == 2


def test_other_state_is_a_mismatch(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["maps"], "counted")
        at = next(number for number, (_, _, name) in enumerate(system.elements()) if name == "ref")
        states = list(finding.path.states)
        states[2] = (*states[2][:at], 3, *states[2][at + 1 :])
        wrong = attrs.evolve(finding, path=attrs.evolve(finding.path, states=tuple(states)))
        with pytest.raises(ReplayMismatch, match="ref is 1, not 3") as caught:
            replay(scenarios["maps"], system, wrong)
    assert caught.value.step == 2


def test_generators_that_differ_from_the_compiled_model_are_a_mismatch(tmp_path: Path) -> None:
    """The same places, but one thread does something else: the system of one text, the generators of another."""
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["maps"], "counted")
        file = scenarios["maps"].span.file
    other = MODEL.replace("s.ref += 1", "s.ref = 3 ")
    with declared(tmp_path, other) as scenarios:
        moved = _renamed(system, file, scenarios["maps"].span.file)
        with pytest.raises(ReplayMismatch, match="ref is 3, not 2") as caught:
            replay(scenarios["maps"], moved, finding)
    assert caught.value.step == 3


def test_violation_that_is_none_is_a_mismatch(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["maps"], "counted")
        start = Way(finding.path.initial, (), finding.path.states[:1])
        for kind, name in (("invariant", "counted"), ("reachable", "both_huge"), ("deadlock", "deadlock")):
            with pytest.raises(ReplayMismatch):
                replay(scenarios["maps"], system, attrs.evolve(finding, kind=kind, property=name, path=start))


def test_move_that_is_not_enabled_is_a_mismatch(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["maps"], "counted")
        moves = (finding.path.moves[0], *finding.path.moves[:2])
        wrong = attrs.evolve(finding, path=attrs.evolve(finding.path, moves=moves))
        with pytest.raises(ReplayMismatch, match="refuses"):
            replay(scenarios["maps"], system, wrong)


def _renamed(system, file, new):  # type: ignore[no-untyped-def]  # rewrites positions of any depth
    def points(thread):  # type: ignore[no-untyped-def]
        return tuple(
            attrs.evolve(p, positions=frozenset(tuple((new, *place[1:]) for place in q) for q in p.positions))
            for p in thread.points
        )

    return attrs.evolve(system, threads=tuple(attrs.evolve(t, points=points(t)) for t in system.threads))
