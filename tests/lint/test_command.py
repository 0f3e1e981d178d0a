"""The command: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from thpverify.cli import main

_HEAD = """from thpverify.lang import Int, Lock, record, scenario, thread


@record
class State:
    lock: Lock
    ref: Int[0, 7] = 0
    mapcount: Int[0, 7] = 0


@thread
def fault(s):
    s.ref += 1
{between}    s.mapcount += 1
    yield "counted"


scenario("{name}", state=State, threads=[fault(), fault()])
"""


@pytest.fixture
def coarse(tmp_path: Path) -> Path:
    """A model that is too coarse."""
    file = tmp_path / "coarse.py"
    file.write_text(_HEAD.format(between="", name="lint-coarse"))
    return file


@pytest.fixture
def fine(tmp_path: Path) -> Path:
    """A model with one access a step."""
    file = tmp_path / "fine.py"
    file.write_text(_HEAD.format(between='    yield "referenced"\n', name="lint-fine"))
    return file


def test_a_clean_model(fine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(fine)]) == 0
    assert capsys.readouterr().out == "1 scenario, 4 steps: clean\n"


def test_a_coarse_model(coarse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(coarse)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{coarse}:15: several-accesses: counted"
    shown = "\n".join(lines)
    assert "one step touches 2 unprotected shared locations: ref, mapcount" in shown.replace("\n    ", " ")
    assert "line 13; also in fault" in shown and "line 14; also in fault" in shown
    assert 'atomic("why")' in shown
    assert lines[-1] == "1 scenario, 2 steps: 1 finding"
    assert all(len(line) <= 100 for line in lines[1:])


def test_all_steps(fine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "--verbose", str(fine)]) == 0
    shown = capsys.readouterr().out
    assert "thread fault[0]" in shown and "thread fault[1]" in shown
    assert "rw ref*" in shown and "rw mapcount*" in shown


def test_a_reason_that_nobody_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "reason.py"
    between = '    atomic("why not")\n    yield "referenced"\n'
    text = _HEAD.format(between=between, name="lint-reason").replace("import Int", "import atomic, Int")
    file.write_text(text)
    assert main(["lint", "--verbose", str(file)]) == 0
    assert "needless-reason: no step needs it: why not" in capsys.readouterr().out
    file.write_text(text.replace('    yield "referenced"\n', "").replace("lint-reason", "lint-needed-reason"))
    assert main(["lint", "--verbose", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "needless-reason" not in shown
    assert shown.endswith("1 scenario, 2 steps, 2 of them coarse for a reason: clean\n")


def test_json(coarse: Path, tmp_path: Path) -> None:
    output = tmp_path / "lint.json"
    assert main(["lint", "--json", str(output), str(coarse)]) == 1
    document = json.loads(output.read_text())
    assert (document["version"], document["exit_code"], document["errors"]) == (1, 1, [])
    (scenario,) = document["scenarios"]
    assert (scenario["scenario"], scenario["variant"], len(scenario["steps"])) == ("lint-coarse", "", 2)
    (finding,) = scenario["findings"]
    assert (finding["kind"], finding["function"], finding["label"]) == ("several-accesses", "fault", "counted")
    assert finding["place"] == {"file": str(coarse), "line": 15}
    assert [access["location"] for access in finding["accesses"]] == ["ref", "mapcount"]
    assert finding["accesses"][0]["other"]["label"] == "counted"
    (step, _) = scenario["steps"]
    assert step["locks_at_start"] == step["locks_at_end"] == [] and step["atomic"] == []


def test_a_bad_model(coarse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(_HEAD.format(between="    s.nothing = 1\n", name="lint-bad"))
    output = tmp_path / "lint.json"
    assert main(["lint", str(bad), str(coarse), "--json", str(output)]) == 2
    captured = capsys.readouterr()
    assert "nothing" in captured.err and f"{bad}:14" in captured.err
    assert "1 finding" in captured.out
    assert len(json.loads(output.read_text())["errors"]) == 1


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", "no_such_model.py"]) == 2
    assert "no_such_model.py" in capsys.readouterr().err
