"""The operational model of weak memory against the axioms of tools/memory-model, on random small programs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.litmus.axioms import Op, Outcome, outcomes
from thpverify.compiler import compile_scenario
from thpverify.ir.evaluator import holds
from thpverify.ir.explore import TooManyStates, explore
from thpverify.lang.registry import forget
from thpverify.litmus.files import LKMM, Entry
from thpverify.litmus.sources import source_of
from thpverify.loader.modules import scenarios_of

Threads = list[list[Op]]

_C = {
    "read": "r{i} = READ_ONCE(*{x})",
    "acquire": "r{i} = smp_load_acquire({x})",
    "write": "WRITE_ONCE(*{x}, {v})",
    "release": "smp_store_release({x}, {v})",
    "xchg": "r{i} = xchg_relaxed({x}, {v})",
    "mb": "smp_mb()",
    "rmb": "smp_rmb()",
    "wmb": "smp_wmb()",
}


def entry_of(threads: Threads) -> Entry:
    """The program as C; the question is true at the end of every execution."""
    text = "C random\n{}\n"
    for t, ops in enumerate(threads):
        text += f"P{t}(int *x, int *y)\n{{\n"
        for i, op in enumerate(ops):
            value = op.value if op.source is None else f"r{op.source}"
            text += f"\t{_C[op.kind].format(i=i, x=op.variable, v=value)};\n"
        text += "}\n"
    body = {"litmus": text + "exists (x=0 \\/ ~x=0)\n"}
    return Entry("random", LKMM, LKMM, "", None, body)


def model_outcomes(threads: Threads, file: Path, max_states: int) -> set[Outcome]:
    """Every outcome of the shipped model."""
    file.write_text(source_of(entry_of(threads)), encoding="utf-8")
    try:
        system = compile_scenario(scenarios_of(file)[0])
    finally:
        forget(str(file))
    slots = {v.name: (system.offsets[v], v.shape) for v in system.variables}
    (asked,) = (prop for prop in system.properties if prop.name == "asked")
    found = set()
    for state in explore(system, max_states).space.states:
        if holds(system, asked, state):
            result, (_, longest) = slots["result[][]"]
            read = [
                (t, i, state[result + t * longest + i])
                for t, ops in enumerate(threads)
                for i, op in enumerate(ops)
                if op.kind in ("read", "acquire", "xchg")
            ]
            there, (variables, messages) = slots["memory.location[][].there"]
            value, _ = slots["memory.location[][].value"]
            last = []
            for x, name in enumerate(("x", "y")[:variables]):
                k = max(k for k in range(messages) if k == 0 or state[there + x * messages + k])
                last.append((name, state[value + x * messages + k]))
            found.add((tuple(read), tuple(last)))
    return found


@st.composite
def _threads(draw: st.DrawFn) -> Threads:
    """Two or three threads on x and y, which both are used."""
    threads: Threads = []
    values = iter(range(1, 20))
    for _ in range(draw(st.integers(2, 3))):
        ops: list[Op] = []
        for _ in range(draw(st.integers(1, 3 if len(threads) == 2 else 4))):
            kind = draw(st.sampled_from(("read", "read", "write", "write", "acquire", "release", "xchg", *_FENCES)))
            if kind in _FENCES:
                ops.append(Op(kind))
                continue
            loads = [i for i, op in enumerate(ops) if op.kind in ("read", "acquire", "xchg")]
            source = draw(st.sampled_from([None, None, *loads])) if kind in ("write", "release") else None
            value = next(values) if kind in ("write", "release", "xchg") and source is None else 0
            ops.append(Op(kind, draw(st.sampled_from("xy")), value, source))
        threads.append(ops)
    assume({"x", "y"} <= {op.variable for ops in threads for op in ops})
    return threads


_FENCES = ("mb", "rmb", "wmb")


@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(_threads())
def test_the_model_allows_what_the_axioms_allow(threads: Threads) -> None:
    with tempfile.TemporaryDirectory() as name:
        try:
            found = model_outcomes(threads, Path(name) / "model.py", 3_000)
        except TooManyStates:
            assume(False)
    assert found == outcomes(threads)


W, R = "write", "read"
CLASSICS: list[tuple[str, Threads, dict[tuple[int, int], int], bool]] = [
    ("store buffering", [[Op(W, "x", 1), Op(R, "y")], [Op(W, "y", 1), Op(R, "x")]], {(0, 1): 0, (1, 1): 0}, True),
    (
        "store buffering, smp_mb()",
        [[Op(W, "x", 1), Op("mb"), Op(R, "y")], [Op(W, "y", 1), Op("mb"), Op(R, "x")]],
        {(0, 2): 0, (1, 2): 0},
        False,
    ),
    (
        "message passing",
        [[Op(W, "x", 1), Op("wmb"), Op(W, "y", 1)], [Op(R, "y"), Op("rmb"), Op(R, "x")]],
        {(1, 0): 1, (1, 2): 0},
        False,
    ),
    (
        "message passing without smp_rmb()",
        [[Op(W, "x", 1), Op("wmb"), Op(W, "y", 1)], [Op(R, "y"), Op(R, "x")]],
        {(1, 0): 1, (1, 1): 0},
        True,
    ),
    ("load buffering", [[Op(R, "x"), Op(W, "y", 1)], [Op(R, "y"), Op(W, "x", 1)]], {(0, 0): 1, (1, 0): 1}, True),
    (
        "load buffering, release",
        [[Op(R, "x"), Op("release", "y", 1)], [Op(R, "y"), Op(W, "x", 0, 0)]],
        {(0, 0): 1, (1, 0): 1},
        False,
    ),
    (
        "write to read causality, release",
        [[Op(W, "x", 1)], [Op(R, "x"), Op("release", "y", 1)], [Op("acquire", "y"), Op(R, "x")]],
        {(1, 0): 1, (2, 0): 1, (2, 1): 0},
        False,
    ),
    (
        "write to read causality, a dependency",
        [[Op(W, "x", 1)], [Op(R, "x"), Op(W, "y", 0, 0)], [Op("acquire", "y"), Op(R, "x")]],
        {(1, 0): 1, (2, 0): 1, (2, 1): 0},
        True,
    ),
]


@pytest.mark.parametrize(("name", "threads", "asked", "allowed"), CLASSICS, ids=[name for name, *_ in CLASSICS])
def test_classics(name: str, threads: Threads, asked: dict[tuple[int, int], int], allowed: bool) -> None:
    """The axioms as written here give the results that herd7 gives."""
    found = [{(t, i): value for t, i, value in read} for read, _ in outcomes(threads)]
    assert any(all(read[key] == value for key, value in asked.items()) for read in found) is allowed
