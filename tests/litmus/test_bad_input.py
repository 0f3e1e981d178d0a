"""What is wrong with a test is told with its id, and the other tests run."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from thpverify.checker.options import Options
from thpverify.litmus.errors import LitmusFileError
from thpverify.litmus.files import read_tests
from thpverify.litmus.running import Agreement, answers

GOOD: dict[str, Any] = {
    "id": "good", "kind": "mmu", "arch": "x86_64",
    "init": {"pt": {"pmd": "tab:L", "L.0": "pg:P0"}, "mem": {"P0": 3}},
    "threads": [[{"op": "load", "va": 0, "out": "v"}]],
    "question": {"exists": [["P0.v", 3]]}, "expected": "allowed",
}  # fmt: skip
LKMM: dict[str, Any] = {
    "id": "lkmm", "kind": "lkmm", "expected": "allowed",
    "litmus": "C lkmm\n{ x=1; }\nP0(int *x, spinlock_t *l)\n{\n int r; r = READ_ONCE(*x);\n}\nexists (0:r=1)\n",
}  # fmt: skip


def put(*path: str | int, value: object) -> Callable[[dict[str, Any]], None]:
    """Sets one part of a test."""

    def change(test: Any) -> None:
        for key in path[:-1]:
            test = test[key]
        test[path[-1]] = value

    return change


def step(**fields: object) -> Callable[[dict[str, Any]], None]:
    """Makes the thread one operation."""
    return put("threads", value=[[fields]])


def ask(left: object, right: object = 0) -> Callable[[dict[str, Any]], None]:
    """Asks something else."""
    return put("question", "exists", value=[[left, right]])


MISTAKES = [
    (put("kind", value="cpu"), "kind 'cpu' is not known"),
    (put("arch", value="riscv"), "arch 'riscv' is not known"),
    (put("expected", value="maybe"), "expected 'maybe' is not known"),
    (put("threads", value=[]), "no list of threads"),
    (put("threads", value=[[]] * 5), "5 threads are too many; there can be 4"),
    (put("threads", value=[["load"]]), "thread 0 is no list of operations"),
    (put("threads", value=[[{"op": "fence"}] * 17]), "17 operations"),
    (step(op="laod", va=0), "thread 0, operation 1: op 'laod' is not known; did you mean load?"),
    (step(op="dsb"), "x86_64 has no dsb"),
    (step(op="load"), "load lacks 'va'"),
    (step(op="load", va=0, at="pmd"), "load has 'at', which it does not take"),
    (put("threads", value=[[{"op": "load", "va": va} for va in range(9)]]), "9 different addresses are too many"),
    (step(op="load", va=512), "outside of the 2M window"),
    (step(op="load", va="0"), "va is '0', not a 32-bit number"),
    (step(op="pt_write", at="L.7", val="inv"), "init.pt has no L.7"),
    (step(op="pt_write", at="L", val="inv"), "'L' is no page table location"),
    (step(op="pt_write", at="L.0", val="pg:P"), "is no page table entry"),
    (step(op="pt_write", at="L.0", val="pg:P0:x"), "is no page table entry"),
    (step(op="pt_write", at="pmd", val="pg:P0"), "the pmd cannot hold pg:P0:wad"),
    (step(op="pt_write", at="L.0", val="tab:L"), "L.0 cannot hold tab:L"),
    (step(op="pt_clearbits", at="L.0", bits="x"), "bits 'x' are not known"),
    (step(op="ipi_send", to=[1]), "there is not: threads run on CPUs 0 to 0"),
    (put("init", "pt", value={}), "init.pt has no pmd"),
    (put("init", "cpu", value={}), "init has 'cpu', which is not known"),
    (put("init", "mem", value={"P0": "3"}), "P0 in init.mem is '3'"),
    (put("opts", value={"ets3": True}), "option 'ets3' is not known"),
    (put("opts", value={"ets2": 1}), "option ets2 is 1"),
    (put("question", value="exists"), "the question is not"),
    (put("question", value={"forall": []}), "the question is not"),
    (ask("P0.w"), "there is no register P0.w"),
    (ask("P7.v"), "there is no register P7.v"),
    (ask("v"), "the question asks for 'v'"),
    (ask("P0.v", "ok"), "P0.v = ok is 'ok', not a 32-bit number"),
    (ask("mem:Z9"), "there is no memory Z9"),
    (ask("pt:L.9", "inv"), "init.pt has no L.9"),
    (ask("mixed:P3:0", True), "there is no thread 3"),
    (ask("mixed:P0:0", 1), "not true or false"),
]


def run(tmp_path: Path, *tests: object) -> dict[str, tuple[Agreement, str]]:
    """The answers to `tests` by id: agreement and message."""
    file = tmp_path / "t.json"
    file.write_text(json.dumps({"format": 1, "tests": tests}))
    found = answers(read_tests(file), tmp_path, Options(cache=False))
    return {answer.id: (answer.agreement, answer.message) for answer in found}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Agreement, str]]:
    """All mistakes in one file, with a good test at the end."""
    tests = []
    for number, (change, _) in enumerate(MISTAKES):
        test = copy.deepcopy(GOOD) | {"id": f"bad-{number}"}
        change(test)
        tests.append(test)
    return run(tmp_path_factory.mktemp("bad"), *tests, GOOD)


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=lambda n: MISTAKES[n][1])
def test_a_mistake_is_told(told: dict[str, tuple[Agreement, str]], number: int) -> None:
    agreement, message = told[f"bad-{number}"]
    assert agreement is Agreement.BROKEN
    assert MISTAKES[number][1] in message


def test_the_good_test_still_runs(told: dict[str, tuple[Agreement, str]]) -> None:
    assert told["good"] == (Agreement.AGREES, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "needs its C text"),
        ("X86 test\n{ }", "no C litmus test"),
        ("C t\n{ }\nexists (x=1)", "no process P0"),
        (LKMM["litmus"].replace("READ_ONCE(*x)", "*x"), "a plain access is not supported"),
        (LKMM["litmus"].replace("READ_ONCE(*x)", "READ_TWICE(x)"), "READ_TWICE is not known"),
        (LKMM["litmus"].replace("READ_ONCE(*x)", "READ_ONCE(*y)"), "there is no register or variable y"),
        (LKMM["litmus"].replace("0:r=1", "0:q=1"), "there is no such register"),
        (LKMM["litmus"].replace("0:r=1", "1:r=1"), "there is no such register"),
        (LKMM["litmus"].replace("0:r=1", "z=1"), "there is no such variable"),
        (LKMM["litmus"].replace("exists", "foreach"), "'exists' is missing"),
        (LKMM["litmus"].replace("exists", "locations [x; exists"), "']' is missing behind locations"),
        (LKMM["litmus"].replace("exists (0:r=1)", "exists (0:r=1) (x=1)"), "behind the question"),
        (LKMM["litmus"].replace("int r;", "while (1) { }"), "while is not supported"),
        (LKMM["litmus"].replace("int r;", "spin_lock(x);"), "takes a spinlock_t"),
        (LKMM["litmus"].replace("int r;", "rcu_read_unlock();"), "no reader is open"),
        (LKMM["litmus"].replace("int r;", "int r; }"), "'exists' is missing"),
        ("C t\n{ }\n" + "".join(f"P{n}(int *x) {{ WRITE_ONCE(*x, 1); }}\n" for n in range(7)) + "exists (x=1)",
         "7 threads are too many"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_c_test_is_told(text: str | None, says: str, tmp_path: Path) -> None:
    told = run(tmp_path, LKMM | {"litmus": text})
    assert told["lkmm"][0] is Agreement.BROKEN
    assert says in told["lkmm"][1]


def test_tests_without_a_usable_id_are_told_by_their_number(tmp_path: Path) -> None:
    told = run(tmp_path, {"kind": "mmu"}, 7, LKMM, LKMM)
    assert told["test 1"] == (Agreement.BROKEN, 'the test has no "id"')
    assert told["test 2"] == (Agreement.BROKEN, "the test is no object")
    assert told["lkmm (test 4)"] == (Agreement.BROKEN, "another test has this id")
    assert told["lkmm"][0] is Agreement.AGREES


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"tests": {}}', '{"format": 2, "tests": []}', "\udcff"])
def test_what_is_no_file_of_tests_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    file.write_text(text, errors="surrogateescape")
    with pytest.raises(LitmusFileError, match=str(file)):
        read_tests(file)
