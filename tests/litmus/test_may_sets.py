"""May-sets answer as TLBs do in which every fill and every eviction is a step, on random programs and on fixed ones."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.litmus.explicit import final_states
from tests.litmus.running import entries
from thpverify.ir.explore import TooManyStates
from thpverify.litmus.files import Entry, read_tests

_FLAGS = st.sampled_from(("wad", "wa", "a", "w", "ad", ""))
_PAGES = st.one_of(st.just("inv"), st.builds("pg:{}:{}".format, st.sampled_from(("A0", "B0")), _FLAGS))
_PMDS = st.one_of(st.sampled_from(("inv", "tab:T", "tab:T")), st.builds("blk:{}:{}".format, st.just("A"), _FLAGS))


def _entry(draw: st.DrawFn, at: str) -> str:
    return draw(_PMDS if at == "pmd" else _PAGES)


@st.composite
def _operation(draw: st.DrawFn, arch: str, cpu: int, cpus: int, places: list[str], out: str) -> dict[str, Any]:
    va = draw(st.integers(0, len(places) - 2))
    at = draw(st.sampled_from(places))
    choices = ["pt_write", "pt_write", "pt_rmw", "pt_clearbits", "load", "load", "store", "fence"]
    choices += ["invlpg", "invlpg", "cr3", "cli"] if arch == "x86_64" else ["dsb", "tlbi_is", "tlbi_local", "isb"]
    choices += ["ipi_send"] if cpus > 1 else []
    op = draw(st.sampled_from(choices))
    match op:
        case "pt_write" | "pt_rmw":
            return {"op": op, "at": at, "val": _entry(draw, at)}
        case "pt_clearbits":
            return {"op": op, "at": at, "bits": draw(st.sampled_from("wad"))}
        case "load":
            return {"op": op, "va": va, "out": out}
        case "store":
            return {"op": op, "va": va, "val": 5, "out": out}
        case "ipi_send":
            return {"op": op, "to": [1 - cpu], "va": draw(st.sampled_from((va, "all")))}
        case "invlpg" | "tlbi_is" | "tlbi_local":
            return {"op": op, "va": va}
    return {"op": op}


@st.composite
def _tests(draw: st.DrawFn) -> dict[str, Any]:
    """A small test: one or two CPUs, one or two pages, every kind of entry; it asks for every register."""
    arch = draw(st.sampled_from(("x86_64", "arm64")))
    places = ["pmd", *(f"T.{page}" for page in range(draw(st.integers(1, 2))))]
    cpus = draw(st.integers(1, 2))
    threads: list[list[dict[str, Any]]] = []
    for cpu in range(cpus):
        length = draw(st.integers(1, 5 if cpus == 1 else 3))
        threads.append([draw(_operation(arch, cpu, cpus, places, f"r{i}")) for i in range(length)])
    conjuncts: list[list[Any]] = [["mixed:P0:0", True]]
    for cpu, operations in enumerate(threads):
        conjuncts += [[f"P{cpu}.{o['out']}", "F"] for o in operations if "out" in o]
    body: dict[str, Any] = {
        "id": "random", "kind": "mmu", "arch": arch,
        "init": {"pt": {at: _entry(draw, at) for at in places}, "mem": {"A0": 1, "A1": 2, "B0": 3}},
        "threads": threads, "question": {"exists": conjuncts},
    }  # fmt: skip
    if arch == "arm64":
        body["opts"] = {"ets2": draw(st.booleans()), "hwaf": draw(st.booleans())}
    return body


def compare(entry: Entry, directory: Path) -> int:
    """Compare both readings of one test; how many final states it has."""
    closed = final_states(entry, directory / "closed.py", explicit=False, max_states=20_000)
    stepwise = final_states(entry, directory / "stepwise.py", explicit=True, max_states=2_500)
    assert {values for values, _ in closed} == {values for values, _ in stepwise}
    assert closed <= stepwise  # nothing forces hardware to forget
    assert all(any(end == values and events <= might for end, might in closed) for values, events in stepwise)
    return len(closed)


@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(_tests())
def test_a_random_program_ends_alike(body: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "test.json"
        file.write_text(json.dumps({"tests": [body]}))
        (entry,) = read_tests(file)
        assert isinstance(entry, Entry)
        try:
            compare(entry, Path(name))
        except TooManyStates:
            assume(False)


@pytest.mark.parametrize(
    ("arch", "name"),
    [
        ("x86_64", "own-no-invlpg"),
        ("x86_64", "no-speculative-d"),
        ("x86_64", "free-table-filled-later"),
        ("x86_64", "split-populate-first-own-cpu"),
        ("arm64", "map-dsb"),
        ("arm64", "cached-table"),
        ("arm64", "block-tlbi-any-page"),
    ],
)
def test_a_known_program_ends_alike(arch: str, name: str, tmp_path: Path) -> None:
    assert compare(entries(arch)[name], tmp_path) > 0
