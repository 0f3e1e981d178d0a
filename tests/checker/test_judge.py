"""From an outcome to verdicts: what each way to end a search says of each property."""

from __future__ import annotations

import attrs
import pytest

from tests.explicit.build import Builder, at, op
from thpverify.checker.judge import judge, source_lines
from thpverify.checker.result import Expected, Result, Verdict
from thpverify.ir.run import Finding, Outcome, Path, Proof
from thpverify.ir.system import System
from thpverify.lang.scenarios import HOLDS, Expectation, violates

_PATH = Path(0, (), ((0, 0),))


@pytest.fixture
def system() -> System:
    """A counter with an assertion, two properties and deadlocks to look for."""
    build = Builder(check_deadlock=True)
    n = build.variable("n", 0, 3)
    thread = build.thread("count", 1)
    build.command(thread, 0, 1, (build.check("assertion", op("<", at(n), 3)), build.bump(n, 1)), to=0)
    build.invariant("small", op("<", at(n), 3))
    build.invariant("two", op("==", at(n), 2), kind="reachable")
    return build.system()


def outcome(*findings: Finding, stopped: str | None = None, states: int = 7, depth: int = 3) -> Outcome:
    return Outcome(
        states=states, transitions=9, depth=depth, complete=stopped is None, stopped=stopped, findings=findings,
        fired=(1,), reached=frozenset(), seconds=0.5, cpu_seconds=0.5, compile_seconds=0.1, peak_bytes=1000,
    )  # fmt: skip


def results(system: System, found: Outcome, expect: Expectation = HOLDS) -> dict[str, Result]:
    return {r.property: r for r in judge("counter", "v1", expect, system, found, {})}


def verdicts(system: System, found: Outcome) -> dict[str, str]:
    return {name: str(result.verdict) for name, result in results(system, found).items()}


def test_every_property_and_every_possible_check_has_a_result(system: System) -> None:
    got = results(system, outcome())
    assert [(r.property, r.kind) for r in got.values()] == [
        ("small", "invariant"), ("two", "reachable"), ("assertion", "assertion"), ("deadlock", "deadlock"),
    ]  # fmt: skip
    small = got["small"]
    assert (small.scenario, small.variant, small.states, small.transitions, small.depth) == ("counter", "v1", 7, 9, 3)
    assert (small.seconds, small.peak_bytes) == (0.5, 1000)


def test_a_complete_search_decides_everything(system: System) -> None:
    witness = Finding("two", "reachable", _PATH)
    assert verdicts(system, outcome(witness)) == {
        "small": "holds", "two": "holds", "assertion": "holds", "deadlock": "holds",
    }  # fmt: skip


def test_what_is_never_reached_is_violated(system: System) -> None:
    two = results(system, outcome())["two"]
    assert two.verdict is Verdict.VIOLATED
    assert two.why == "never reached in any of 7 states"
    assert two.as_expected is False


def test_a_failed_check_within_a_reachable_property_is_no_witness(system: System) -> None:
    check = Builder().check("division", 0)
    assert verdicts(system, outcome(Finding("two", "reachable", _PATH, check)))["two"] == "violated"


def test_a_violation_leaves_the_rest_bounded(system: System) -> None:
    got = results(system, outcome(Finding("small", "invariant", _PATH), stopped="violation"))
    assert got["small"].verdict is Verdict.VIOLATED
    assert got["small"].stopped is None
    for name in ("two", "assertion", "deadlock"):
        assert (got[name].verdict, got[name].stopped) == (Verdict.BOUNDED, "the violation of small")
        assert got[name].as_expected is None


def test_a_limit_is_never_more_than_bounded(system: System) -> None:
    got = results(system, outcome(stopped="state limit of 7"))
    assert {(r.verdict, r.stopped, r.as_expected) for r in got.values()} == {
        (Verdict.BOUNDED, "state limit of 7", None)
    }


def test_a_search_that_got_nowhere_is_unknown(system: System) -> None:
    assert set(verdicts(system, outcome(stopped="out of memory", states=0)).values()) == {"unknown"}
    assert set(verdicts(system, outcome(stopped="memory limit of 1 MiB", depth=-1)).values()) == {"unknown"}


def test_of_an_expected_failure_only_the_first_name_must_fail(system: System) -> None:
    found = outcome(Finding("small", "invariant", _PATH), stopped="violation")
    got = results(system, found, violates("small", "deadlock"))
    assert {name: r.expected for name, r in got.items()} == {
        "small": Expected.VIOLATED, "two": Expected.ANY, "assertion": Expected.ANY, "deadlock": Expected.ANY,
    }  # fmt: skip
    assert all(r.as_expected for r in got.values())


def test_an_expected_failure_that_does_not_come_is_no_success(system: System) -> None:
    small = results(system, outcome(), violates("small"))["small"]
    assert (small.verdict, small.as_expected) == (Verdict.HOLDS, False)
    bounded = results(system, outcome(stopped="depth limit of 3"), violates("small"))["small"]
    assert bounded.as_expected is None


def test_source_lines_are_those_of_all_statements(system: System) -> None:
    build = Builder()
    n = build.variable("n", 0, 3)
    build.command(build.thread("t", 1), 0, 1, (build.when(op("<", at(n), 3), [build.bump(n, 1)]),), to=0)
    body = build.commands[0].body
    lines = {line for _, line in source_lines(build.system())}
    assert {statement.span.line for statement in body} < lines
    assert len(lines) == 3


def test_what_is_proved_says_of_what_and_what_is_not_says_why(system: System) -> None:
    found = attrs.evolve(
        outcome(stopped="depth limit of 3"),
        proofs=(Proof("small", "for all sizes"), Proof("two", "at any depth")),
        obstacles={"deadlock": "no lemma"},
    )
    got = results(system, found)
    assert (got["small"].verdict, got["small"].why, got["small"].stopped) == (Verdict.PROVED, "for all sizes", None)
    assert (got["two"].verdict, got["two"].why) == (Verdict.VIOLATED, "never reached at any depth")
    assert (got["deadlock"].verdict, got["deadlock"].stopped) == (Verdict.BOUNDED, "depth limit of 3")
    assert got["deadlock"].why == "to depth 3; no proof: no lemma"
    assert (got["assertion"].verdict, got["assertion"].why) == (Verdict.BOUNDED, None)
    assert [got[name].as_expected for name in ("small", "deadlock")] == [True, None]
