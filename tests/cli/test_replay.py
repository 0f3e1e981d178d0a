"""``replay``: whether a trace still holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Write


@pytest.fixture
def trace(run: Run, write: Write, tmp_path: Path) -> Path:
    """A counterexample of three steps to a model in m.py."""
    run("check", write("m.py", "declare('bad', below_three)"), "--trace-dir", tmp_path / "traces")
    return tmp_path / "traces" / "bad.below_three.json"


def test_a_trace_holds_against_the_model_it_came_from(run: Run, trace: Path) -> None:
    ran = run("replay", trace)
    assert (ran.code, ran.err) == (0, "")
    assert f"{trace}: bad, below_three: still holds after 3 steps" in ran.out
    assert "n: 2 -> 3" in ran.out


def test_a_trace_departs_from_a_model_that_was_mended(run: Run, write: Write, trace: Path) -> None:
    file = write("m.py", "declare('bad', below_three)")
    file.write_text(file.read_text().replace("while s.n < 4", "while s.n < 2"))
    ran = run("replay", trace)
    assert (ran.code, ran.err) == (1, "")
    assert "bad, below_three: holds no longer; it departs at step 3: " in ran.out


def test_a_trace_can_be_tried_on_another_file(run: Run, write: Write, trace: Path, tmp_path: Path) -> None:
    other = write("other.py", "declare('bad', below_three)")
    (tmp_path / "m.py").unlink()
    assert run("replay", trace, "--model", other).code == 0
    ran = run("replay", trace)
    assert (ran.code, ran.err) == (2, "thpverify: unknown scenario 'bad'\n")


def test_a_trace_of_a_shipped_model_means_the_same_anywhere(run: Run, tmp_path: Path) -> None:
    run("check", "bench-thp-M@no-retry", "--trace-dir", tmp_path)
    trace = tmp_path / "bench-thp-M@no-retry.secondary_maps_only_what_the_host_maps.json"
    files = {place["file"] for step in json.loads(trace.read_text())["steps"] for place in step["places"]}
    assert files == {"models/bench/thp_refcount.py"}
    assert "still holds after 18 steps" in run("replay", trace).out


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text[: len(text) // 2], "truncated"),
        (lambda text: "", "truncated"),
        (lambda text: text.replace('"version": 1', '"version": 99'), "version 99"),
        (lambda text: json.dumps({"results": []}), "no trace"),
        (lambda text: json.dumps({k: v for k, v in json.loads(text).items() if k != "steps"}), "steps"),
    ],
    ids=["truncated", "empty", "version", "other", "part"],
)
def test_a_file_that_is_no_trace(run: Run, trace: Path, change: object, says: str) -> None:
    assert callable(change)
    trace.write_text(change(trace.read_text()))
    ran = run("replay", trace)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert says in ran.err
    assert str(trace) in ran.err
