"""Coverage: which steps of a file some scenario has executed."""

from __future__ import annotations

from pathlib import Path

import pytest

from thpverify.checker.result import Report, Run, Status
from thpverify.cli.main import main
from thpverify.reports.coverage import coverage_of, show_coverage
from thpverify.reports.text import Style

MODEL = """
from thpverify.lang import Int, Lock, record, scenario, thread

@record
class State:
    n: Int[0, 3]
    lock: Lock

@thread
def step(s, a: int):
    while s.lock:
        yield
    s.n = a
    yield "set"
    if s.n == 2:
        s.n = 3
        yield "two"

def helper(s):
    s.n = 1
    yield "helped"

scenario("one", state=State, threads=[step(a=1)])
"""
LABELLED, HELPED = {14, 17}, 21


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.py"
    file.write_text(MODEL, encoding="utf-8")
    return file


def test_steps_that_no_scenario_executes_are_named(model: Path) -> None:
    file = str(model)
    report = Report(
        "x", "", file, lines=frozenset({(file, 13), (file, 12)}), reached=frozenset({(file, 13), (file, 14)})
    )
    (one,) = coverage_of([report])
    assert (one.steps, one.unfired) == (LABELLED | {HELPED}, {17, HELPED})
    assert one.unfired_lines == ((file, 17), (file, HELPED))
    assert "never executed" in "\n".join(show_coverage([one], Style(colour=False)))


def test_scenarios_cover_together(model: Path) -> None:
    file = str(model)
    reports = [
        Report("x", "", file, lines=frozenset({(file, 13)}), reached=frozenset({(file, line)}))
        for line in (13, *LABELLED, HELPED)
    ]
    (one,) = coverage_of(reports)
    assert not one.unfired


def test_a_run_with_a_step_that_never_fired_is_not_as_expected() -> None:
    assert Run(()).status is Status.AS_EXPECTED
    run = Run((), unfired=(("model.py", 3),))
    assert run.status is Status.UNEXPECTED and run.dead_lines == (("model.py", 3),)


def test_the_command_fails_while_a_step_never_fires(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(model)]) == 0
    assert main(["check", str(model), "--coverage"]) == 1
    said = capsys.readouterr().out
    assert "3 steps in 1 file: " in said and "21" in said
    covered = MODEL.replace("s.n == 2", "s.n == 1").replace("def helper", "@thread\ndef helper")
    model.write_text(covered.replace("threads=[step(a=1)]", "threads=[step(a=1), helper()]"), encoding="utf-8")
    assert main(["check", str(model), "--coverage"]) == 0
    assert "3 steps in 1 file: all fired" in capsys.readouterr().out


WAITING = """
from thpverify.lang import Array, Bool, Int, atomic, record, scenario, thread

@record
class S:
    n: Array[2, Int[0, 1]] = 0
    done: Bool = False

def total(s) -> int:
    return sum(s.n) - (1 if s.done else 0)

@thread
def waits(s):
    while total(s) < 2:
        atomic("it only waits")
        yield
    atomic("both at once")
    s.done = True
    yield "done"

@thread
def counts(s):
    for i in range(2):
        s.n[i] = 1
        yield "counted"

scenario("x", state=S, threads=[waits(), counts()])
"""


def test_what_only_a_waiting_condition_calls_is_executed_by_waiting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "waiting.py"
    model.write_text(WAITING, encoding="utf-8")
    assert main(["check", str(model), "--coverage"]) == 0, capsys.readouterr().out
