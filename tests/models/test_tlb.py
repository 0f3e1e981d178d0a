"""Bugs on the MMU's models: the shortest traces, and what they rest on."""

from __future__ import annotations

import pytest

from thpverify.checker.options import Options
from thpverify.checker.result import Verdict
from thpverify.checker.scenario import check
from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find


@pytest.mark.parametrize(
    ("name", "variant", "broken", "steps"),
    [
        ("mprotect-vs-reclaim-flush", "v4.12", "protected_address_is_not_written", 6),
        ("mremap-tlb-flush-late", "v4.18", "freed_page_is_not_translated", 12),
        ("x86-tlb-switching-window", "v6.14", "freed_page_is_not_used", 14),
        ("x86-flush-range-freed-tables", "v6.14", "freed_table_is_not_walked_by_hardware", 6),
        ("arm64-contpte-noop", "v6.19", "handled_fault_does_not_repeat", 8),
    ],
)
def test_the_bug_is_found_by_the_shortest_trace(name: str, variant: str, broken: str, steps: int) -> None:
    findings = search(compile_scenario(find(name, variant))).findings
    assert [(f.property, len(f.path.moves)) for f in findings if f.kind != "reachable"] == [(broken, steps)]


def test_the_order_of_a_switch_shows_by_a_store_that_is_not_seen_yet() -> None:
    report = check(find("x86-tlb-switch-order", "v6.17"), Options(cache=False))
    (trace,) = [result.trace for result in report.results if result.verdict is Verdict.VIOLATED]
    assert trace is not None
    labels = [step.label for step in trace.steps]
    assert labels.index("loaded_mm = LOADED_MM_SWITCHING") < labels.index("next_tlb_gen")
    assert labels.index("next_tlb_gen") < labels.index("inc_mm_tlb_gen")
    assert labels.index("should_flush_tlb: not loaded") < labels.index("store drains")
