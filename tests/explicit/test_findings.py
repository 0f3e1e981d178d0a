"""Each kind of finding, with its path replayed by the evaluator."""

from __future__ import annotations

import pytest

from tests.explicit.build import Builder, at, op, param
from tests.explicit.reference import agree, explore, replay
from thpverify.explicit import search
from thpverify.ir.expressions import const, equal
from thpverify.ir.system import System


def stepping(limit: int = 10) -> Builder:
    """A counter that two threads move, one up and one down."""
    b = Builder()
    value = b.variable("n", 0, limit)
    up, down = b.thread("up", 1), b.thread("down", 1)
    b.command(up, 0, op("<", at(value), limit), (b.bump(value, 1),), 0)
    b.command(down, 0, op(">", at(value), 0), (b.bump(value, -1),), 0)
    return b


def only(system: System, name: str, kind: str, moves: int) -> None:
    """Assert that the search stops at one violation, and that collecting agrees with the evaluator."""
    outcome = search(system, cache=None)
    assert (outcome.complete, outcome.stopped) == (False, "violation")
    (finding,) = outcome.findings
    assert (finding.property, finding.kind, len(finding.path.moves)) == (name, kind, moves)
    replay(system, finding)
    agree(system, search(system, cache=None, collect_all=True), explore(system))


def test_invariant() -> None:
    b = stepping()
    b.invariant("small", op("<", at(b.variables[0]), 6))
    only(b.system(), "small", "invariant", 6)


def test_invariant_in_the_initial_state() -> None:
    b = stepping()
    b.invariant("positive", op(">", at(b.variables[0]), 0))
    only(b.system(), "positive", "invariant", 0)


def test_check_within_an_invariant() -> None:
    b = stepping()
    failing = b.check("division", op("!=", at(b.variables[0]), 4))
    b.invariant("divides", 1, (failing,))
    system = b.system()
    only(system, "divides", "invariant", 4)
    assert search(system, cache=None).findings[0].check is failing


@pytest.mark.parametrize("kind", ["assertion", "range", "index", "division"])
def test_check_in_a_step(kind: str) -> None:
    b = stepping()
    value = b.variables[0]
    i = param(0, 0, 9)
    t = b.thread("checker", 1)
    b.command(t, 0, equal(at(value), i), (b.check(kind, op("<", i, 3)),), 0, (i,))
    system = b.system()
    only(system, kind, kind, 4)
    path = search(system, cache=None).findings[0].path
    assert path.moves[-1].params == (3,)
    assert len(path.states) == len(path.moves)


def test_a_failed_check_is_no_transition_and_no_deadlock() -> None:
    b = Builder(check_deadlock=True)
    t = b.thread("t", 2, done=1)
    b.command(t, 0, 1, (b.check("assertion", 0),), 1)
    outcome = search(b.system(), cache=None, collect_all=True)
    assert (outcome.states, outcome.transitions) == (1, 0)
    assert [finding.kind for finding in outcome.findings] == ["assertion"]


def test_deadlock() -> None:
    b = Builder(check_deadlock=True)
    first, second = b.variable("first", 0, 1), b.variable("second", 0, 1)
    for name, locks in (("one", (first, second)), ("two", (second, first))):
        t = b.thread(name, 4, done=3)
        for pc, lock in enumerate(locks):
            b.command(t, pc, op("==", at(lock), 0), (b.put(lock, 1),), pc + 1)
        b.command(t, 2, 1, (b.put(first, 0), b.put(second, 0)), 3)
    only(b.system(), "deadlock", "deadlock", 2)


def test_everybody_done_is_no_deadlock() -> None:
    b = Builder(check_deadlock=True)
    t = b.thread("t", 2, done=1)
    b.command(t, 0, 1, (), 1)
    assert search(b.system(), cache=None).complete


def test_witnesses_do_not_stop_the_search() -> None:
    b = stepping()
    value = b.variables[0]
    b.invariant("seven", equal(at(value), const(7)), kind="reachable")
    b.invariant("never", equal(at(value), const(-1)), kind="reachable")
    system = b.system()
    outcome = search(system, cache=None)
    assert outcome.complete
    (finding,) = outcome.findings
    assert (finding.property, finding.kind, len(finding.path.moves)) == ("seven", "reachable", 7)
    replay(system, finding)


def test_a_check_within_a_reachable_is_a_violation() -> None:
    b = stepping()
    value = b.variables[0]
    b.invariant("nine", equal(at(value), const(9)), (b.check("index", op("<", at(value), 5)),), kind="reachable")
    outcome = search(b.system(), cache=None)
    assert outcome.stopped == "violation"
    assert outcome.findings[0].check is not None


def test_collecting_finds_one_of_each() -> None:
    b = stepping()
    value = b.variables[0]
    for bound in (3, 5, 8):
        b.invariant(f"below {bound}", op("<", at(value), bound))
    system = b.system()
    outcome = search(system, cache=None, collect_all=True)
    found = [(f.property, len(f.path.moves)) for f in outcome.findings]
    assert found == [("below 3", 3), ("below 5", 5), ("below 8", 8)]
    assert outcome.complete and outcome.states == 11
