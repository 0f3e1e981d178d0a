"""Every way in which z3 gives no answer is said, with the query it was asked."""

from __future__ import annotations

import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

import z3

from tests.symbolic.test_induction import locked
from thpverify.ir.run import Limits
from thpverify.symbolic import induction
from thpverify.symbolic.bounded import BoundedSearch
from thpverify.symbolic.engine import prove
from thpverify.symbolic.relation import relation_of
from thpverify.symbolic.solving import Clock, NoAnswer, OutOfTime, ask


class Failing(z3.Solver):
    """A solver that fails at each check."""

    def __init__(self, reason: str, raises: bool) -> None:
        super().__init__()
        self.reason, self.raises = reason, raises

    def check(self, *assumptions: object) -> z3.CheckSatResult:
        if self.raises:
            raise z3.Z3Exception(self.reason.encode())
        return z3.unknown

    def reason_unknown(self) -> str:
        return self.reason


@pytest.mark.parametrize("raises", [True, False])
def test_an_exception_and_an_unknown_are_no_answer(raises: bool) -> None:
    with pytest.raises(NoAnswer, match="z3 has no answer on step 3: out of memory"):
        ask(Failing("out of memory", raises), "step 3", Clock(None))


def test_answers() -> None:
    x, solver = z3.Bool("x"), z3.Solver()
    solver.add(x)
    model = ask(solver, "x", Clock(60.0))
    assert model is not None
    assert z3.is_true(model[x])
    solver.add(z3.Not(x))
    assert ask(solver, "x and not x", Clock(60.0)) is None


def test_a_clock_without_time() -> None:
    with pytest.raises(OutOfTime):
        ask(z3.Solver(), "anything", Clock(0.0))


def test_a_query_does_not_outlive_its_time() -> None:
    """Factors of a product of primes, which nobody finds so soon."""
    a, b, solver = z3.BitVec("a", 160), z3.BitVec("b", 160), z3.Solver()
    solver.add(z3.UGT(a, 1), z3.UGT(b, 1), z3.ULT(a, 1 << 79), z3.ULT(b, 1 << 79))
    solver.add(a * b == 604462909807314587353021 * 604462909807314587353111)
    clock = Clock(0.3)
    with pytest.raises((OutOfTime, NoAnswer)):
        ask(solver, "factors", clock)
    assert clock.over


def test_without_an_answer_nothing_is_proved_and_the_query_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(induction.z3, "Solver", lambda: Failing("incomplete", False))
    outcome = prove(locked(), limits=Limits(), depth=1).outcome
    assert outcome.proofs == ()
    assert set(outcome.obstacles) == {"exclusive", "range"}
    for obstacle in outcome.obstacles.values():
        assert obstacle.startswith("z3 has no answer on step 0 of t0 in t0, line ")
        assert obstacle.endswith(": incomplete")


def test_without_an_answer_on_paths_not_even_the_initial_states_were_looked_at() -> None:
    search = BoundedSearch(relation_of(locked()), True, Clock(None), lambda _: None)
    search.solver = Failing("canceled", True)
    found = search.run(3)
    assert (found.depth, found.findings) == (-1, ())
    assert found.stopped == "z3 has no answer on paths of 0 steps: canceled"
