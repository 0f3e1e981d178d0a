"""The table of known bugs, from results."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from thpverify.lang import Int, era, invariant, known_bug, patch, record, scenario, thread, violates
from thpverify.lang.history import KnownBug
from thpverify.lang.registry import forget
from thpverify.lang.scenarios import Scenario
from thpverify.reports.history import Entry, entries, show, to_markdown
from thpverify.reports.text import Style

FIX = patch("127393fbe597", "mm: fix it", version="v4.6")
V4_5, V4_8 = era("v4.5"), era("v4.8", patches=[FIX])


@record
class State:
    n: Int[0, 3]


@thread
def step(s):  # type: ignore[no-untyped-def]  # as models are written
    s.n = 1
    yield "set"


@invariant
def small(s):  # type: ignore[no-untyped-def]  # as models are written
    return s.n < 1


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    yield
    forget(__file__)


@pytest.fixture
def bug() -> KnownBug:
    return known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="It breaks.", cve="CVE-2022-48991")


def declared(name: str, **given: Any) -> Scenario:
    return scenario(name, state=State, threads=[step()], properties=[small], **given)


def result(of: Scenario, verdict: str, **given: Any) -> dict[str, Any]:
    expected = "violated" if of.expect.violated else "holds"
    filled = {"expected": expected, "steps": None, "as_expected": verdict == expected, "states": 1234, "seconds": 0.5}
    return {"scenario": of.name, "variant": of.variant, "property": "small", "verdict": verdict, **filled, **given}


def only(bug: KnownBug, *told: tuple[Scenario, dict[str, Any]]) -> Entry:
    (entry,) = entries([bug], [scenario for scenario, _ in told], [result for _, result in told])
    return entry


def test_both_sides_are_told_from_results(bug: KnownBug) -> None:
    fails = declared("stale", era=V4_5, expect=violates("small"))
    holds = declared("stale", era=V4_8)
    entry = only(bug, (fails, result(fails, "violated", steps=7)), (holds, result(holds, "holds")))
    assert entry.as_expected
    assert "\n".join(line.rstrip() for line in show([entry], Style(colour=False))) == (
        "    bug, fix             without the fix, with it  steps      states      time\n"
        "ok  stale                small                         7       1,234    0.50 s\n"
        "    127393fbe597 (v4.6)  holds, complete               -       1,234    0.50 s"
    )
    page = to_markdown([entry])
    assert "| stale | 127393fbe597, v4.6 | small | 7 | 1,234 | 0.50 s | holds, complete | 1,234 | 0.50 s |" in page
    assert "since v4.5, CVE-2022-48991; breaks LVL" in page
    assert "| `stale@v4.8` | holds, fixed | holds, complete | 1,234 | 0.50 s |" in page


def test_what_holds_without_the_fix_is_not_the_fixed_side(bug: KnownBug) -> None:
    fails = declared("stale", era=V4_5, expect=violates("small"))
    harmless = declared("stale-harmless", era=V4_5)
    entry = only(bug, (fails, result(fails, "violated")), (harmless, result(harmless, "holds")))
    assert entry.with_fix is None and not entry.as_expected
    assert "no scenario" in to_markdown([entry])


@pytest.mark.parametrize(("verdict", "expected"), [("holds", False), ("bounded", None)])
def test_a_side_that_comes_out_otherwise_is_marked(bug: KnownBug, verdict: str, expected: bool | None) -> None:
    fails = declared("stale", era=V4_5, expect=violates("small"))
    holds = declared("stale", era=V4_8)
    entry = only(bug, (fails, result(fails, verdict, as_expected=expected)), (holds, result(holds, "holds")))
    assert not entry.as_expected
    assert "FAIL" in "\n".join(show([entry], Style(colour=False)))
    assert "**not as expected**" in to_markdown([entry])


def test_a_bug_that_the_results_do_not_have_is_not_run(bug: KnownBug) -> None:
    declared("stale", era=V4_5, expect=violates("small"))
    (entry,) = entries([bug], [], [])
    assert not entry.as_expected and "not run" in to_markdown([entry])
