"""Answers to claims: given only where every verdict they rest on is the actual one."""

from __future__ import annotations

from thpverify.checker.result import Result, Run, Verdict
from thpverify.ir.statements import Span
from thpverify.lang.claims import Claim, answer, evidence
from thpverify.reports.claims import UNDECIDED, to_markdown

from .examples import HOLDS, UNEXPECTED, result

SPAN = Span("claims.py", 1, 0, 1, 0)
SMALL = evidence("holding", "", "small", "holds", "it stays small")
LEVEL = evidence("kvm-level", "v4.5", "level_not_above_primary", "violated", "a 2M entry over small ones")


def page(*answers: object, run: Run | None = None) -> str:
    claim = Claim("1", "It just works.", "a mail", "x86-64", answers, SPAN)  # type: ignore[arg-type]  # made by answer()
    return to_markdown([claim], run or Run((HOLDS, UNEXPECTED)), lambda r: f"runs/{r.property}" if r.trace else None)


def test_the_first_answer_whose_evidence_is_met_is_given_with_its_verdicts() -> None:
    text = page(
        answer("Never.", evidence("holding", "", "small", "violated")),
        answer("Yes and no.", SMALL, LEVEL),
        answer("Yes.", SMALL),
    )
    assert "**Yes and no.**" in text
    assert "Never." not in text
    assert "| `holding` | small | holds, 1,234 states | it stays small |" in text
    assert (
        "| `kvm-level@v4.5` | level_not_above_primary | "
        "[violated, 2 steps](runs/level_not_above_primary) | a 2M entry over small ones |"
    ) in text


def test_without_a_fitting_answer_the_claim_is_undecided_and_shows_what_was_found() -> None:
    text = page(answer("Always.", evidence("holding", "", "small", "violated", "not so")))
    assert f"**{UNDECIDED}**" in text
    assert "| `holding` | small | holds, 1,234 states |  |" in text


def test_a_bounded_verdict_supports_nothing() -> None:
    for stated in ("holds", "violated"):
        text = page(answer("So it is.", evidence("kvm-level", "v4.5", "other", stated)))
        assert UNDECIDED in text


def test_evidence_of_a_scenario_that_did_not_run_is_named() -> None:
    text = page(answer("So it is.", evidence("absent", "v1", "p", "holds")))
    assert "| `absent@v1` | p | not run | |" in text


def test_the_page_has_no_times() -> None:
    def run(seconds: float) -> Run:
        report = HOLDS.__class__("holding", "", "model.py", (_timed(seconds),), seconds, True)
        return Run((report,))

    def _timed(seconds: float) -> Result:
        return result("small", Verdict.HOLDS, scenario="holding", variant="", seconds=seconds)

    assert page(answer("Yes.", SMALL), run=run(0.1)) == page(answer("Yes.", SMALL), run=run(9.9))
