"""Lemmas about unknown sizes: found in small instances, kept only where they hold in all."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.cli.conftest import Run, Write, run, write  # noqa: F401
from thpverify.compiler import compile_scenario
from thpverify.loader.modules import declarations_of
from thpverify.symbolic.relational import null_space, small_states

MODEL = '''
from thpverify.lang import Int, invariant, record, scenario, thread

@record
class State:
    size: Int[1, 2**20] = 1
    done: Int[0, 2**22] = 0
    twice: Int[0, 2**22] = 0

@thread
def work(s):
    i: Int[0, 2**20] = 0
    while i < s.size:
        s.done += 1
        yield "once"
        s.twice += 2
        i += 1
        yield "and twice"
    {end}
    yield "end"

@invariant
def twice_is_twice(s):
    """Where both have a value."""
    return s.twice <= 2 * s.size

@invariant
def small(s):
    """Small instances only."""
    return s.done <= 900

scenario("work", state=State, threads=[work()], properties=[{properties}], symbolic=["size"])
'''


def model(end: str = "s.done += 0", properties: str = "twice_is_twice") -> str:
    return MODEL.replace("{end}", end).replace("{properties}", properties)


@given(st.lists(st.lists(st.integers(-9, 9), min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_null_space_is_orthogonal_and_as_large_as_it_can_be(rows: list[list[int]]) -> None:
    found = list(null_space([[Fraction(value) for value in row] for row in rows]))
    assert all(sum(a * b for a, b in zip(row, vector, strict=True)) == 0 for row in rows for vector in found)
    transposed = list(null_space([[Fraction(row[n]) for row in rows] for n in range(4)]))
    assert 4 - len(found) == len(rows) - len(transposed)  # row rank is column rank


def test_loops_are_understood(run: Run, write: Write, tmp_path: Path) -> None:  # noqa: F811
    file = write("m.py", model())
    ran = run("check", "--engine", "z3", file, "--depth", "2", "--certificate", str(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    assert "for every size in 1..1048576" in " ".join(ran.out.split())
    assert run("recheck", str(tmp_path / "work"), "--model", file, "--solver", "z3", "--solver", "cvc5").code == 0
    manifest = tmp_path / "work" / "manifest.json"
    assert '"exact": true' in manifest.read_text()


def test_what_holds_only_in_small_instances_is_not_proved(run: Run, write: Write) -> None:  # noqa: F811
    file = write("m.py", model("if s.size == 1000: s.twice += 1", "twice_is_twice, small"))
    ran = run("check", "--engine", "z3", file, "--depth", "2")
    assert ran.code == 3
    assert ran.out.count("no proof: is not inductive") >= 2


def test_lemmas_hold_in_the_states_they_were_found_in(write: Write) -> None:  # noqa: F811
    (scenario,) = declarations_of(Path(write("m.py", model()))).scenarios
    system = compile_scenario(scenario, listed=False)
    small = small_states(system)
    assert len(small.instances) == 4
    assert small.lemmas
    for lemma in small.lemmas:
        assert all(lemma.holds(made.state) for made in small.instances)
        assert "work.pc" in lemma.show(system)
