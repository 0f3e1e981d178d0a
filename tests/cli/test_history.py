"""``thpverify history`` over a model of the user's own and over files of results."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from thpverify.cli.main import main

MODEL = """
from thpverify.lang import Int, era, invariant, known_bug, patch, record, scenario, thread, violates

FIX = patch("127393fbe597", "mm: fix it", version="v4.6")
known_bug("stale", fix=FIX, introduced="v4.5", invariants=["LVL"], breaks="It breaks.")

@record
class State:
    n: Int[0, 3]

@thread
def step(s):
    s.n = 0 if FIX.applied else 1
    yield "set"

@invariant(code="LVL")
def small(s):
    return s.n < 1

scenario("stale", state=State, threads=[step()], properties=[small], era=era("v4.5"), expect=violates("small"))
scenario("stale", state=State, threads=[step()], properties=[small], era=era("v4.5"), patches=[FIX])
scenario("other", state=State, threads=[step()], properties=[small], expect=violates("small"))
"""


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "stale.py"
    file.write_text(MODEL, encoding="utf-8")
    return file


def test_a_users_own_bug_is_checked_and_told(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, results = tmp_path / "history.md", tmp_path / "results.json"
    assert main(["history", str(model), "-o", str(page), "--json", str(results)]) == 0
    said = capsys.readouterr().out
    assert "ok  stale" in said and "1 of 1 fail without their fix and hold with it" in said
    assert "## stale" in page.read_text(encoding="utf-8")
    told = {(r["scenario"], r["variant"]) for r in json.loads(results.read_text(encoding="utf-8"))["results"]}
    assert told == {("stale", "v4.5"), ("stale", "v4.5+127393fbe597")}
    assert main(["history", str(model), "--results", str(results)]) == 0
    assert "1 of 1" in capsys.readouterr().out


def test_a_fix_that_does_not_help_fails(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model.write_text(MODEL.replace("0 if FIX.applied else 1", "1"), encoding="utf-8")
    assert main(["history", str(model)]) == 1
    assert "FAIL  stale" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "no results file"),
        ("[]", "no results file"),
        ('{"results": [], "version": 9}', "version 9"),
        ('{"results": [{"scenario": "x"}], "version": 1}', "lacks variant"),
        (None, "no such file"),
    ],
)
def test_a_file_without_results_is_told(
    model: Path, tmp_path: Path, text: str | None, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    assert main(["history", str(model), "--results", str(file)]) == 2
    assert message in capsys.readouterr().err


def test_models_without_a_known_bug_are_told(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", f"{model}::other"]) == 2
    assert "no known bug among these" in capsys.readouterr().err
    assert main(["history", str(model), "--results", "x.json", "--json", "y.json"]) == 2
