"""Ordinary threads on weakly ordered memory: KVM's sequence and count, with and without each barrier."""

from __future__ import annotations

import pytest

from thpverify.checker.options import Options
from thpverify.checker.result import Verdict
from thpverify.checker.scenario import check
from thpverify.lang.scenarios import Scenario
from thpverify.loader.modules import scenarios_of
from thpverify.loader.shipped import SHIPPED_ROOT

SCENARIOS = scenarios_of(SHIPPED_ROOT / "models" / "kvm" / "weak_order.py")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: s.variant)
def test_every_barrier_of_the_retry_protocol_is_needed(scenario: Scenario) -> None:
    report = check(scenario, Options(cache=False, collect_all=True))
    verdicts = {result.property: result.verdict for result in report.results}
    whole = scenario.variant == ""
    assert verdicts["nothing_is_mapped_behind_the_end"] is (Verdict.HOLDS if whole else Verdict.VIOLATED)


def test_the_whole_protocol_and_four_barriers_are_there() -> None:
    assert sum(scenario.variant == "" for scenario in SCENARIOS) == 1
    assert len(SCENARIOS) == 5
