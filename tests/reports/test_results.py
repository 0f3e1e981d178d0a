"""Results as JSON."""

from __future__ import annotations

import copy
import json

import jsonschema
import pytest

from tests.reports.examples import BOUNDED, EVERYTHING, EXPECTED, HOLDS, UNEXPECTED
from thpverify.checker.result import Run
from thpverify.reports.results import schema, to_json


def document(run: Run) -> dict[str, object]:
    loaded: dict[str, object] = json.loads(to_json(run, run.status.exit_code, {}))
    return loaded


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize("run", [EVERYTHING, Run(()), Run((HOLDS,))])
def test_a_run_fits_its_schema(run: Run) -> None:
    jsonschema.validate(document(run), schema())


@pytest.mark.parametrize(
    ("field", "value"),
    [("verdict", "fine"), ("expected", "any"), ("states", -1), ("stopped", None), ("scenario", ""), ("extra", 1)],
)
def test_the_schema_refuses(field: str, value: object) -> None:
    wrong = copy.deepcopy(document(Run((BOUNDED,))))
    wrong["results"][0][field] = value  # type: ignore[index]  # it is a list of objects
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema())


def test_a_result_says_it_all() -> None:
    key = ("kvm-level", "v4.5", "level_not_above_primary")
    results = json.loads(to_json(Run((UNEXPECTED,)), 1, {key: "traces/x.json"}))["results"]
    assert results[0] == {
        "scenario": "kvm-level", "variant": "v4.5", "property": "level_not_above_primary", "kind": "invariant",
        "verdict": "violated", "expected": "holds", "as_expected": False, "states": 1234, "transitions": 4321,
        "depth": 12, "seconds": 0.25, "peak_bytes": 5 * 2**20, "steps": 2, "trace": "traces/x.json", "stopped": None,
        "why": None,
    }  # fmt: skip
    assert results[1]["stopped"] == "the violation of level_not_above_primary"
    assert results[1]["as_expected"] is None
    assert results[2]["why"] == "never reached in any of 1,234 states"


def test_what_nobody_expects_is_null() -> None:
    results = json.loads(to_json(Run((EXPECTED,)), 0, {}))["results"]
    assert [(r["expected"], r["as_expected"]) for r in results] == [("violated", True), (None, True)]


def test_scenarios_without_results_are_errors() -> None:
    errors = json.loads(to_json(EVERYTHING, 2, {}))["errors"]
    assert [(e["scenario"], e["kind"]) for e in errors] == [
        (None, "load"), ("broken", "model"), ("odd", "bug"), ("late", "stopped"),
    ]  # fmt: skip
