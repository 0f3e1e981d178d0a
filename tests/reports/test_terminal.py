"""What people read."""

from __future__ import annotations

import attrs
import pytest

from tests.reports.examples import BOUNDED, BROKEN, BUG, EVERYTHING, EXPECTED, HOLDS, STOPPED, TRACE, UNEXPECTED
from thpverify.checker.result import Run
from thpverify.ir.run import Progress
from thpverify.reports.counterexample import show_trace
from thpverify.reports.progress import progress_text
from thpverify.reports.terminal import show_report, show_summary
from thpverify.reports.text import WIDTH, Style, columns, count, line_ranges, seconds, size

PLAIN, COLOUR = Style(colour=False), Style(colour=True)


def test_a_counterexample() -> None:
    assert "\n".join(show_trace(TRACE)) == """\
level_not_above_primary is violated after 2 steps
     thread        step                          where             what changed
  1  split[0]      split_pmd: pmd zapped         model.py:31       mm.pmd: HUGE -> TABLE
  2  kvm_fault[0]  transparent_hugepage_adjust:  kvm.py:45-46, 60  chose 0,
                    spte set while the lock is                      spte[0..1]: NONE -> HUGE,
                    held                                            kvm.mmu_lock: False -> True
  broken: level_not_above_primary: No secondary mapping is larger than the primary one.
    with spte[0] = HUGE, mm.pmd = TABLE
  in kvm.py, model.py"""


def test_a_witness_breaks_nothing() -> None:
    lines = show_trace(attrs.evolve(TRACE, kind="reachable", message="KVM maps 2M."))
    assert lines[0] == "level_not_above_primary is reached after 2 steps"
    assert any(line.startswith("  reached: ") for line in lines)
    failed = show_trace(attrs.evolve(TRACE, kind="reachable", message="index: 4 is out of range"))
    assert failed[0] == "level_not_above_primary is violated after 2 steps"


def test_a_violation_in_the_initial_state_has_no_steps() -> None:
    assert show_trace(attrs.evolve(TRACE, steps=()))[:2] == [
        "level_not_above_primary is violated in the initial state",
        "  broken: level_not_above_primary: No secondary mapping is larger than the primary one.",
    ]


def test_a_deadlock_says_who_waits_where() -> None:
    waits = attrs.evolve(TRACE, property="deadlock", kind="deadlock", values=(("split[0]", "waits at model.py:7:5"),))
    lines = show_trace(waits)
    assert lines[0] == "deadlock after 2 steps"
    assert "    with split[0] waits at model.py:7:5" in lines


@pytest.mark.parametrize("report", EVERYTHING.reports, ids=lambda report: report.title)
@pytest.mark.parametrize("details", [True, False])
def test_nothing_is_wider_than_the_page_or_coloured(report: object, details: bool) -> None:
    lines = show_report(report, PLAIN, traces=details, properties=details)  # type: ignore[arg-type]  # a Report
    assert lines
    for line in lines:
        assert len(line) <= WIDTH
        assert "\x1b" not in line
        assert line == line.rstrip()


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (HOLDS, "ok    holding                                       holds, complete: 1,234 states, 0.30 s"),
        (EXPECTED, "violated, as expected: level_not_above_primary after 2 steps; 1,234 states, 0.30 s"),
        (UNEXPECTED, "violated: level_not_above_primary after 2 steps and 1 more; 1,234 states, 0.30 s"),
        (BOUNDED, "bounded to depth 12: memory limit of 512 MiB; 1,234 states, 90.0 s"),
        (BROKEN, "FAIL  broken\n      bad.py:3:1: THP020: no\n          x\n        Write if."),
        (BUG, "FAIL  odd\n      the trace of small does not replay: step 3: "),
        (STOPPED, "unknown: interrupted before it began"),
    ],
    ids=lambda value: getattr(value, "title", ""),
)
def test_a_scenario_in_one_line(report: object, says: str) -> None:
    text = "\n".join(show_report(report, PLAIN, traces=False, properties=False))  # type: ignore[arg-type]  # a Report
    assert says in text


def test_only_what_is_unexpected_is_shown_in_full_unasked() -> None:
    assert len(show_report(EXPECTED, PLAIN, traces=False, properties=False)) == 2
    text = "\n".join(show_report(UNEXPECTED, PLAIN, traces=False, properties=False))
    assert "split_pmd: pmd zapped" in text
    assert "never reached in any of 1,234 states" in text
    assert "split_pmd: pmd zapped" in "\n".join(show_report(EXPECTED, PLAIN, traces=True, properties=False))


def test_colour_changes_nothing_else() -> None:
    import re

    for report in EVERYTHING.reports:
        coloured = show_report(report, COLOUR, traces=True, properties=True)
        bare = [re.sub(r"\x1b\[[\d;]*m", "", line) for line in coloured]
        assert coloured != bare
        assert bare == show_report(report, PLAIN, traces=True, properties=True)


def test_the_last_lines_name_dead_code_and_count() -> None:
    lines = frozenset(("model.py", n) for n in (3, 4, 5, 9))
    searched = attrs.evolve(HOLDS, lines=lines, reached=frozenset({("model.py", 3)}))
    elsewhere = attrs.evolve(EXPECTED, lines=lines, reached=frozenset({("model.py", 9)}))
    text = list(show_summary(Run((searched, elsewhere)), PLAIN, elapsed=1.5, hidden_traces=1))
    assert text == [
        "warning: never executed: model.py:4-5",
        "1 expected counterexample not shown; --traces shows them",
        "2 scenarios: 2 as expected (2,468 states, 5.0 MiB at most, 1.5 s)",
    ]


def test_an_incomplete_search_calls_nothing_dead() -> None:
    assert Run((attrs.evolve(BOUNDED, lines=frozenset({("model.py", 3)})),)).dead_lines == ()


def test_the_summary_of_everything() -> None:
    *_, last = show_summary(EVERYTHING, PLAIN, elapsed=1.5)
    assert last.startswith(
        "7 scenarios: 2 as expected, 2 undecided, 2 not as expected, 1 broken, 1 file not loaded (4,936 states"
    )


def test_progress() -> None:
    text = progress_text("kvm", Progress(1_234_567, 9, 12, 4_500, 3_140_000.0, 2**28, 0.4))
    assert text == "1,234,567 states, 3.14 M/s, depth 12, frontier 4,500, 256.0 MiB, 0.40 s: kvm"


def test_words_for_numbers() -> None:
    assert [count(n, "entry") for n in (0, 1, 1200)] == ["0 entries", "1 entry", "1,200 entries"]
    assert [size(n) for n in (12, 2048, 3 * 2**30, 5 * 2**40)] == ["12 B", "2.0 KiB", "3.0 GiB", "5120.0 GiB"]
    assert [seconds(s) for s in (0.04, 12.34, 200.0)] == ["0.04 s", "12.3 s", "3 min 20 s"]
    assert line_ranges((9, 3, 4, 5, 3)) == "3-5, 9"


def test_columns_wrap_within_themselves() -> None:
    assert columns([("a", "one two three"), ("b", "")], (1, 8)) == ["a  one two", "    three", "b"]
    assert columns([], (1, 8)) == []
