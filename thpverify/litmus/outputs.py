"""Answers for programs: JSON (schemas/litmus-results-v1.json) and JUnit XML."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree as ET

from thpverify import __version__
from thpverify.litmus.running import Agreement, Answer, worst
from thpverify.reports.counterexample import show_trace

VERSION = 1


def results_schema() -> dict[str, Any]:
    """The JSON Schema of what `to_json` makes."""
    file = files("thpverify.litmus").joinpath("schemas", f"litmus-results-v{VERSION}.json")
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def to_json(found: Sequence[Answer]) -> str:
    """The text of a results file."""
    document = {
        "version": VERSION,
        "thpverify": __version__,
        "exit_code": worst(found).exit_code,
        "tests": [_test(answer) for answer in found],
    }
    return json.dumps(document, indent=1) + "\n"


def _test(answer: Answer) -> dict[str, Any]:
    return {
        "id": answer.id,
        "kind": answer.kind or None,
        "arch": answer.arch or None,
        "expected": answer.expected,
        "outcome": answer.outcome,
        "agreement": str(answer.agreement),
        "states": answer.states,
        "seconds": round(answer.seconds, 6),
        "message": answer.message or None,
        "witness": _witness(answer),
    }


def _witness(answer: Answer) -> list[dict[str, Any]] | None:
    if answer.witness is None:
        return None
    return [
        {
            "thread": step.thread,
            "step": step.label,
            "changes": [{"name": name, "before": before, "after": after} for name, before, after in step.changes],
        }
        for step in answer.witness.steps
    ]


def to_junit(found: Sequence[Answer]) -> str:
    """The text of a JUnit file: a test case per litmus test."""
    suite = ET.Element("testsuite", name="litmus", time=f"{sum(answer.seconds for answer in found):.3f}")
    for answer in found:
        _add_case(suite, answer)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f".//{tag}"))))
    suite.set("tests", str(len(found)))
    root = ET.Element("testsuites", {**suite.attrib, "name": "thpverify"})
    root.append(suite)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_case(suite: ET.Element, answer: Answer) -> None:
    name, kind = answer.id, f"litmus.{answer.arch or 'unknown'}"
    case = ET.SubElement(suite, "testcase", classname=kind, name=name, time=f"{answer.seconds:.3f}")
    told = "" if answer.witness is None else "\n".join(show_trace(answer.witness))
    if answer.agreement is Agreement.AGREES:
        if told:
            ET.SubElement(case, "system-out").text = told
        return
    tag = {Agreement.DIFFERS: "failure", Agreement.BROKEN: "error", Agreement.UNDECIDED: "skipped"}[answer.agreement]
    message = answer.message or f"{answer.outcome}, expected: {answer.expected}"
    ET.SubElement(case, tag, message=message).text = told
