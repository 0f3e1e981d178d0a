"""From results to a scenario's and a run's word and exit code."""

from __future__ import annotations

import attrs
import pytest

from tests.reports.examples import BOUNDED, BROKEN, BUG, EXPECTED, HOLDS, STOPPED, UNEXPECTED, result
from thpverify.checker.result import Expected, Report, Run, Verdict


@pytest.mark.parametrize(
    ("verdict", "expected", "as_expected"),
    [
        (Verdict.HOLDS, Expected.HOLDS, True),
        (Verdict.PROVED, Expected.HOLDS, True),
        (Verdict.VIOLATED, Expected.HOLDS, False),
        (Verdict.BOUNDED, Expected.HOLDS, None),
        (Verdict.UNKNOWN, Expected.HOLDS, None),
        (Verdict.HOLDS, Expected.VIOLATED, False),
        (Verdict.PROVED, Expected.VIOLATED, False),
        (Verdict.VIOLATED, Expected.VIOLATED, True),
        (Verdict.BOUNDED, Expected.VIOLATED, None),
        (Verdict.UNKNOWN, Expected.VIOLATED, None),
        (Verdict.VIOLATED, Expected.ANY, True),
        (Verdict.BOUNDED, Expected.ANY, True),
    ],
)
def test_a_verdict_is_expected_or_not_or_decides_nothing(
    verdict: Verdict, expected: Expected, as_expected: bool | None
) -> None:
    assert result("p", verdict, expected=expected).as_expected is as_expected


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ((), 0),
        ((HOLDS, EXPECTED), 0),
        ((HOLDS, BOUNDED), 3),
        ((HOLDS, STOPPED), 3),
        ((BOUNDED, UNEXPECTED), 1),
        ((BUG, HOLDS), 1),
        ((BROKEN, UNEXPECTED, BOUNDED), 2),
    ],
)
def test_the_worst_scenario_decides_the_exit_code(reports: tuple[Report, ...], code: int) -> None:
    assert Run(reports).status.exit_code == code
    assert Run(tuple(reversed(reports))).status.exit_code == code


def test_a_file_that_cannot_be_loaded_breaks_the_run() -> None:
    assert Run((HOLDS,), ("gone.py: no such file",)).status.exit_code == 2


def test_a_scenario_with_a_violation_is_decided_whatever_else_is_not() -> None:
    undecided = result("other", Verdict.BOUNDED, stopped="the violation of p")
    assert attrs.evolve(HOLDS, results=(undecided, result("p", Verdict.VIOLATED))).status.exit_code == 1


def test_dead_lines_are_those_that_no_scenario_reached() -> None:
    lines = frozenset(("m.py", n) for n in (1, 2, 3))
    one = attrs.evolve(HOLDS, lines=lines, reached=frozenset({("m.py", 1)}))
    two = attrs.evolve(HOLDS, lines=lines, reached=frozenset({("m.py", 2)}))
    assert Run((one, two)).dead_lines == (("m.py", 3),)
