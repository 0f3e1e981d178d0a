"""Shipped scenarios, compiled, searched by our engine and by the others."""

from __future__ import annotations

import pytest

from tests.export.test_crosscheck import installed
from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.export.crosscheck import Tool, crosscheck
from thpverify.loader.select import find


def test_the_benchmark_has_its_known_counts_in_spin() -> None:
    installed("spin")
    system = compile_scenario(find("bench-thp-S", ""))
    agreement = crosscheck(system, search(system), "spin")
    assert agreement.agrees, str(agreement)
    assert (agreement.findings.states, agreement.findings.transitions) == (406_279, 1_464_050)


@pytest.mark.parametrize("tool", ["spin-bfs", "rumur"])
def test_the_bug_shows_after_18_steps(tool: Tool) -> None:
    installed(tool)
    system = compile_scenario(find("bench-thp-M", "no-retry"))
    agreement = crosscheck(system, search(system), tool, optimise="-O1")
    assert agreement.agrees, str(agreement)
    assert agreement.findings.violation is not None
    assert agreement.findings.violation.steps == 18
