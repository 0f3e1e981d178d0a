"""``litmus``: what it prints and writes, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

from tests.cli.conftest import Run, run
from tests.litmus.test_bad_input import GOOD, LKMM
from thpverify.litmus.outputs import results_schema

__all__ = ["run"]  # a fixture

FORBIDDEN = GOOD | {"id": "never", "question": {"exists": [["P0.v", 4]]}, "expected": "forbidden"}
WRONG = GOOD | {"id": "wrong", "expected": "forbidden"}
BROKEN = GOOD | {"id": "broken", "threads": [[{"op": "jump"}]]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with one test of each kind."""
    path = tmp_path / "t.json"
    path.write_text(json.dumps({"format": 1, "tests": [GOOD, FORBIDDEN, WRONG, BROKEN, LKMM]}))
    return path


def test_agreement_exits_with_0(run: Run, file: Path) -> None:
    ran = run("litmus", file, "--only", "good", "--only", "never", "--only", "lkmm")
    assert (ran.code, ran.err) == (0, "")
    assert "ok    good " in ran.out
    assert "allowed    expected: allowed" in ran.out
    assert "witness: P0: load va=0 -> v" in ran.out
    assert "forbidden  expected: forbidden" in ran.out
    assert ran.out.splitlines()[-1].startswith("3 tests: 3 agree (")


def test_a_difference_exits_with_1_and_shows_the_witness(run: Run, file: Path) -> None:
    ran = run("litmus", file, "--only", "wrong")
    assert ran.code == 1
    assert "FAIL  wrong" in ran.out
    assert "asked is reached after 1 step" in ran.out


def test_a_broken_test_exits_with_2_and_the_others_run(run: Run, file: Path) -> None:
    ran = run("litmus", file)
    assert ran.code == 2
    assert "thread 0, operation 1: op 'jump' is not known" in ran.out
    assert "5 tests: 3 agree, 1 differ, 1 broken" in ran.out


def test_an_architecture_is_selected(run: Run, file: Path) -> None:
    assert "1 test: 1 agree" in run("litmus", file, "--arch", "lkmm").out


def test_the_model_of_a_test_is_shown_and_kept(run: Run, file: Path, tmp_path: Path) -> None:
    shown = run("litmus", file, "--show", "good")
    assert shown.code == 0
    assert "translation.load(m, 0, PAGE_0)" in shown.out
    assert run("litmus", file, "--show", "broken").code == 2
    run("litmus", file, "--only", "good", "--models", tmp_path / "models")
    (kept,) = (tmp_path / "models").glob("*.py")
    assert kept.read_text() == shown.out


def test_answers_are_written_for_programs(run: Run, file: Path, tmp_path: Path) -> None:
    results, junit = tmp_path / "r.json", tmp_path / "j.xml"
    code = run("litmus", file, "--json", results, "--junit", junit).code
    document = json.loads(results.read_text())
    jsonschema.validate(document, results_schema())
    assert document["exit_code"] == code == 2
    by_id = {test["id"]: test for test in document["tests"]}
    assert {name: test["agreement"] for name, test in by_id.items()} == {
        "good": "agrees", "never": "agrees", "wrong": "differs", "broken": "broken", "lkmm": "agrees",
    }  # fmt: skip
    assert [step["step"] for step in by_id["good"]["witness"]] == ["load va=0 -> v"]
    assert by_id["never"]["witness"] is None
    suite = ET.fromstring(junit.read_text()).find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("5", "1", "1")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "litmus needs a file of tests"),
        (("nowhere.json",), "nowhere.json: no such file"),
        (("t.json", "--only", "nothing"), "no test has the id 'nothing'"),
    ],
)
def test_bad_usage_exits_with_2(
    run: Run, file: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.chdir(file.parent)
    ran = run("litmus", *arguments)
    assert ran.code == 2
    assert says in ran.err


def test_a_limit_decides_nothing(run: Run, file: Path) -> None:
    ran = run("litmus", file, "--only", "never", "--max-time", "0.000001")
    assert ran.code == 3
    assert "??    never" in ran.out
