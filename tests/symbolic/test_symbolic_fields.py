"""Symbolic fields by z3: found, proved, refused, replayed; and the integers that wide ones become."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.cli.conftest import Run, Write, run, write  # noqa: F401
from tests.symbolic.comparing import compare_state
from thpverify.compiler import compile_scenario
from thpverify.ir.evaluator import steps
from thpverify.ir.starting import instance
from thpverify.loader.select import find
from thpverify.symbolic.relation import relation_of

MODEL = '''
from thpverify.lang import Int, assume, invariant, record, scenario, thread, violates

@record
class State:
    size: Int[1, 2**40] = 1
    at: Int[0, 2**40] = 0
    gone: Int[-8, 2**40] = 0

def small(s):
    assume({assumed})
    s.gone = {gone}

@thread
def walk(s):
    while True:
        while s.at + 7 > s.size:
            yield
        s.at += 7
        yield "seven on"

@invariant
def within(s):
    """It does not leave."""
    return s.at <= s.size {less}

scenario("walk", state=State, threads=[walk()], properties=[within], symbolic=["size"], initial=small,
         deadlock_free=False)
'''


def model(assumed: str = "s.size >= 14", gone: str = "0", less: str = "") -> str:
    return MODEL.replace("{assumed}", assumed).replace("{gone}", gone).replace("{less}", less)


def test_what_holds_for_every_value_is_proved(run: Run, write: Write, tmp_path: Path) -> None:  # noqa: F811
    file = write("m.py", model())
    ran = run("check", "--engine", "z3", file, "--certificate", str(tmp_path))
    assert (ran.code, ran.err) == (0, "")
    assert "for every size in 1..1099511627776" in " ".join(ran.out.split())
    ran = run("recheck", str(tmp_path / "walk"), "--model", file)
    assert ran.code == 0
    assert "bitwuzla" not in ran.out
    ran = run("recheck", str(tmp_path / "walk"), "--model", file, "--solver", "bitwuzla")
    assert ran.code == 2
    assert "bit-vectors only" in ran.err


def test_a_counterexample_has_values_and_is_replayed(run: Run, write: Write, tmp_path: Path) -> None:  # noqa: F811
    file = write("m.py", model(less="- 5"))
    ran = run("check", "--engine", "z3", file, "--trace-dir", str(tmp_path))
    assert ran.code == 1
    assert "within is violated after 2 steps" in ran.out
    again = run("replay", str(tmp_path / "walk.within.json"))
    assert again.code == 0
    assert "still holds" in again.out


def test_a_search_says_who_can(run: Run, write: Write) -> None:  # noqa: F811
    ran = run("check", write("m.py", model()))
    assert ran.code == 2
    assert "THP060" in ran.out and "--engine z3" in ran.out


@pytest.mark.parametrize(
    ("assumed", "gone", "message"),
    [
        ("s.size > 9 and s.size < 8", "0", "THP051: walk has no initial state"),
        ("s.size > 9", "9 - s.size", "THP051: an initial state of walk is not possible"),
    ],
)
def test_initial_states_that_are_none(
    run: Run,  # noqa: F811
    write: Write,  # noqa: F811
    assumed: str,
    gone: str,
    message: str,
) -> None:
    ran = run("check", "--engine", "z3", write("m.py", model(assumed, gone)))
    assert ran.code == 2
    assert message in " ".join(ran.out.split())


def test_the_proof_profile_is_for_z3(run: Run) -> None:  # noqa: F811
    ran = run("check", "--profile", "proof")
    assert ran.code == 2
    assert "--profile proof is for --engine z3" in ran.err


@settings(deadline=None, max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(st.lists(st.integers(0, 2**36 - 1), min_size=5, max_size=5), st.integers(0, 2))
def test_integers_are_what_the_evaluator_has(values: list[int], walked: int) -> None:
    system = compile_scenario(find("kvm-memslot-move-any", "v5.6", None), listed=False)
    relation = relation_of(system)
    sizes = [v.type.hi for v, _, _ in system.elements()]
    assert system.start is not None
    free = tuple(min(max(1, v), sizes[n]) for n, v in zip(system.start.free, values, strict=True))
    made = instance(system, free, ())
    state = system.start.state if made is None else made.state
    for _ in range(walked + 1):
        compare_state(relation, state)
        state = next((s.state for s in steps(system, state) if s.state is not None), state)
