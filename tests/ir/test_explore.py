"""The reference search on systems built by hand."""

from __future__ import annotations

import pytest

from thpverify.ir.evaluator import step
from thpverify.ir.explore import TooManyStates, explore
from thpverify.ir.expressions import Load, Variable, add, binary, const
from thpverify.ir.statements import Assign, Check, Cut, Span
from thpverify.ir.system import Command, InitialState, Point, Property, System, Thread
from thpverify.ir.types import IntType

HERE = Span("model.py", 1, 0, 1, 1)


def counter(to: int, fails_at: int | None = None, forbidden: int | None = None) -> System:
    """One thread that counts to `to` and stops there."""
    n, pc = Variable("n", IntType(0, to)), Variable("t.pc", IntType(0, 1), (), (0,), "pc", 0)
    value = Load(0, to, n)
    body = [Assign(HERE, n, (), add(value, const(1))), Cut(HERE, 0, "count")]
    if fails_at is not None:
        body.insert(0, Check(HERE, "assertion", binary("!=", value, const(fails_at)), "too far"))
    points = tuple(Point(number, HERE, (), frozenset(), (), ()) for number in range(2))
    command = Command(0, 0, 0, "t", (), binary("<", value, const(to)), tuple(body), HERE)
    kept = (
        []
        if forbidden is None
        else [Property("below", "invariant", "", (), binary("<", value, const(forbidden)), HERE)]
    )
    reach = Property("end", "reachable", "", (), binary("==", value, const(to)), HERE)
    return System(
        "counter",
        (n, pc),
        (Thread(0, "t", "t", (), pc, points, 1),),
        (command,),
        (*kept, reach),
        (InitialState((0, 0)),),
        check_deadlock=True,
    )


def test_counts_and_depth() -> None:
    space = explore(counter(5)).space
    assert space.states == {(n, 0) for n in range(6)}
    assert (space.transitions, space.depth) == (5, 5)
    assert space.lengths == {"end": 5, "deadlock": 5}


def test_paths_can_be_taken() -> None:
    system = counter(5, forbidden=3)
    for finding in explore(system).findings:
        path = finding.path
        assert path.states[0] == (0, 0)
        for before, move, after in zip(path.states, path.moves, path.states[1:], strict=False):
            assert step(system, before, move).state == after


def test_search_goes_on_behind_a_violation_but_not_through_a_failed_check() -> None:
    assert explore(counter(5, forbidden=3)).space.lengths == {"below": 3, "end": 5, "deadlock": 5}
    space = explore(counter(5, fails_at=2)).space
    assert space.lengths == {"assertion": 3}
    assert (len(space.states), space.transitions) == (3, 2)
    (finding,) = explore(counter(5, fails_at=2)).findings
    assert len(finding.path.states) == len(finding.path.moves) == 3


def test_limit() -> None:
    with pytest.raises(TooManyStates):
        explore(counter(5), max_states=5)
