"""Trace files: what is written can be read, validated, and run again; what is broken is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import itf_py
import jsonschema
import pytest

from tests.traces.example import declared, found
from thpverify.traces import Trace, TraceFileError, read, replay, write, write_itf
from thpverify.traces.files import SCHEMA, to_json


@pytest.fixture(params=["maps:counted", "maps:both_huge", "deadlock:deadlock", "range:range"])
def trace(request: pytest.FixtureRequest, tmp_path: Path) -> Trace:
    name, _, prop = request.param.partition(":")
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios[name], prop)
        return replay(scenarios[name], system, finding)


def test_written_trace_is_read_back_and_fits_the_schema(trace: Trace, tmp_path: Path) -> None:
    file = tmp_path / "trace.json"
    write(trace, file)
    assert read(file) == trace
    jsonschema.validate(json.loads(file.read_text()), json.loads(SCHEMA.read_text()))
    assert [f.name for f in tmp_path.iterdir()] == ["trace.json"]


def test_itf_is_what_the_itf_library_reads(trace: Trace, tmp_path: Path) -> None:
    file = tmp_path / "trace.itf.json"
    write_itf(trace, file)
    read_back = itf_py.trace_from_json(json.loads(file.read_text()))
    assert len(read_back.states) == len(trace.steps) + 1
    assert read_back.vars == ["mm", "ref", "page", "at"]
    first, last = read_back.states[0].values, read_back.states[-1].values
    assert first["ref"] == 1
    assert first["mm"][1].pmd == "NONE"
    assert first["mm"][1].pte == [False, False]
    assert set(first["at"].values()) == {""}
    changes = [change for step in trace.steps for change in step.changes if change[0] == "ref"]
    assert last["ref"] == (int(changes[-1][2]) if changes else 1)
    assert last["at"][trace.steps[-1].thread] == trace.steps[-1].label


def test_page_that_is_none_is_minus_one_in_itf(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["deadlock"], "deadlock")
        trace = replay(scenarios["deadlock"], system, finding)
    write_itf(trace, tmp_path / "t.itf.json")
    assert json.loads((tmp_path / "t.itf.json").read_text())["states"][0]["page"] == -1


def broken(trace: Trace, how: str) -> str:
    document: dict[str, Any] = to_json(trace)
    text = json.dumps(document)
    match how:
        case "truncated":
            return text[: len(text) // 2]
        case "empty":
            return ""
        case "other version":
            document["version"] = 2
        case "no trace":
            return '{"version": 1, "results": []}'
        case "a list":
            return "[]"
        case "lacks":
            del document["steps"][0]["chosen"]
        case "wrong kind":
            document["steps"][0]["number"] = "0"
    return json.dumps(document)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("truncated", "truncated"),
        ("empty", "truncated"),
        ("other version", "version 2"),
        ("no trace", "no trace"),
        ("a list", "no trace"),
        ("lacks", "'chosen' is missing"),
        ("wrong kind", "wrong kind"),
    ],
)
def test_broken_file_is_refused(tmp_path: Path, how: str, said: str) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["deadlock"], "deadlock")
        trace = replay(scenarios["deadlock"], system, finding)
    file = tmp_path / "trace.json"
    file.write_text(broken(trace, how))
    with pytest.raises(TraceFileError, match=said) as caught:
        read(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceFileError, match="No such file"):
        read(tmp_path / "none.json")


def test_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    with declared(tmp_path) as scenarios:
        system, finding = found(scenarios["deadlock"], "deadlock")
        trace = replay(scenarios["deadlock"], system, finding)
    occupied = tmp_path / "trace.json"
    occupied.mkdir()
    with pytest.raises(OSError):
        write(trace, occupied)
    assert list(tmp_path.iterdir()) == [occupied]
