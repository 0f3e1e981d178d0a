"""Counterexamples from the bounded instances, for what induction does not prove."""

from __future__ import annotations

from collections.abc import Collection

import attrs

from thpverify.checker.options import Options
from thpverify.checker.result import Verdict
from thpverify.checker.scenario import check
from thpverify.ir.run import Limits
from thpverify.lang.counting import Counting
from thpverify.traces.trace import Trace

SECONDS = 60.0
"""Time for one instance."""


def refuted(counting: Counting, names: Collection[str]) -> dict[str, Trace]:
    """Counterexamples of the scenario itself, or else of an instance, by the property's name."""
    scenario = counting.scenario
    own = [({}, scenario.threads), *((i.constants, i.threads) for i in counting.instances)]
    found: dict[str, Trace] = {}
    for constants, threads in own:
        instance = attrs.evolve(scenario, constants={**scenario.constants, **constants}, threads=threads)
        report = check(instance, Options(Limits(seconds=SECONDS), 1, collect_all=True, cache=False))
        for result in report.results:
            if result.property in names and result.verdict is Verdict.VIOLATED and result.trace is not None:
                found.setdefault(result.property, result.trace)
        if all(name in found for name in names):
            break
    return found
