"""The models agree with every expectation, and the files use the whole vocabulary."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jsonschema
import pytest

from tests.litmus.running import DATA, entries
from thpverify.checker.options import Options
from thpverify.litmus.files import schema
from thpverify.litmus.running import Agreement, answers
from thpverify.litmus.vocabulary import ARM64, OPERATIONS, OPTIONS, X86_64

FILES = ("x86_64", "arm64", "lkmm")


@pytest.mark.parametrize("name", FILES)
def test_every_expectation_is_met(name: str, tmp_path: Path) -> None:
    tests = list(entries(name).values())
    found = list(answers(tests, tmp_path, Options(cache=False), jobs=len(os.sched_getaffinity(0))))
    wrong = [f"{a.id}: {a.outcome or a.message}" for a in found if a.agreement is not Agreement.AGREES]
    assert wrong == []
    assert all((a.witness is not None) == (a.outcome == "allowed") for a in found)
    assert {a.outcome for a in found} == {"allowed", "forbidden"}


@pytest.mark.parametrize("name", FILES)
def test_the_files_fit_the_schema(name: str) -> None:
    jsonschema.validate(json.loads((DATA / f"{name}.json").read_text()), schema())


@pytest.mark.parametrize("arch", [X86_64, ARM64])
def test_every_operation_is_in_some_test(arch: str) -> None:
    used = {op["op"] for test in entries(arch).values() for thread in test.body["threads"] for op in thread}
    exists = {name for name, operation in OPERATIONS.items() if arch in operation.archs}
    assert used == exists


def test_every_option_and_form_of_question_is_in_some_test() -> None:
    tests = [test.body for name in (X86_64, ARM64) for test in entries(name).values()]
    assert {option for test in tests for option in test.get("opts", {})} == set(OPTIONS)
    asked = {left.partition(":")[0] for test in tests for left, _ in test["question"]["exists"] if ":" in left}
    assert asked == {"pt", "mem", "mixed", "conflict"}
