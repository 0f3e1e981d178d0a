"""One scenario from model to report."""

from __future__ import annotations

from pathlib import Path

import pytest

from thpverify.checker.options import Options
from thpverify.checker.result import Status, Verdict
from thpverify.checker.scenario import check, unknown
from thpverify.lang.scenarios import Scenario
from thpverify.loader.modules import scenarios_of

_MODEL = """
from thpverify.lang import Int, choose, invariant, record, scenario, thread, violates

@record
class State:
    a: Int[-3, 9] = 0
    b: Int[0, 9] = 0

@thread
def pick(s: State):
    yield
    x = choose(range(-3, 10))
    y = choose(range(10))
    s.a = x
    s.b = y
    yield "picked"

@invariant
def not_seven_and_four(s: State) -> bool:
    return not (s.a == 7 and s.b == 4)

@invariant
def small(s: State) -> bool:
    return s.a < 9

scenario("picks", state=State, threads=[pick()], properties=[not_seven_and_four, small],
         expect=violates("not_seven_and_four"))
"""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    """A step that makes two choices among many; one pair of them is wrong."""
    (tmp_path / "picks.py").write_text(_MODEL)
    return scenarios_of(tmp_path / "picks.py")[0]


def test_a_trace_names_the_very_choices_that_break_the_property(scenario: Scenario) -> None:
    report = check(scenario, Options(collect_all=True, cache=False))
    assert (report.message, report.status) == ("", Status.AS_EXPECTED)
    found = {result.property: result for result in report.results}
    assert found["small"].verdict is Verdict.VIOLATED
    trace = found["not_seven_and_four"].trace
    assert trace is not None
    assert trace.steps[-1].choices == ("7", "4")
    assert dict(trace.values) == {"a": "7", "b": "4"}


def test_a_scenario_that_was_given_up_is_never_as_expected(scenario: Scenario) -> None:
    report = unknown(scenario, "interrupted")
    assert report.status is Status.UNDECIDED
    assert {result.verdict for result in report.results} == {Verdict.UNKNOWN}
    assert report.results[0].as_expected is None
