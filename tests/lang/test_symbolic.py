"""Symbolic fields and `assume`: which values a scenario begins with, compiled and in CPython."""

from __future__ import annotations

from collections.abc import Iterator

import attrs
import pytest

from thpverify.compiler import compile_scenario
from thpverify.ir.explore import explore
from thpverify.ir.starting import chosen
from thpverify.lang import Array, Bool, Constant, Int, assume, choose, invariant, record, scenario, thread
from thpverify.lang.errors import ModelError
from thpverify.lang.registry import forget
from thpverify.lang.scenarios import Scenario
from thpverify.traces.choices import ByValue
from thpverify.traces.explore import explore as explore_in_cpython
from thpverify.traces.machine import Machine, Reading

MOST = Constant("MOST", 3)


@record
class Part:
    size: Int[1, MOST] = 1
    on: Array[2, Bool] = False


@record
class State:
    first: Int[-1, 1] = 0
    part: Array[2, Part]
    sum: Int[0, 2 * MOST] = 0


def small(s: State) -> None:
    assume(s.part[0].size <= s.part[1].size)
    s.sum = s.part[0].size + s.part[1].size
    s.part[0].on[1] = choose((False, True))


@thread
def swap(s: State):  # type: ignore[no-untyped-def]  # as models are written
    s.part[0].size = s.part[1].size
    yield "swapped"


@invariant
def sum_is_fresh(s: State) -> bool:
    """It is not."""
    return s.sum == s.part[0].size + s.part[1].size


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    yield
    forget(__file__)


def declare(**more: object) -> Scenario:
    given: dict[str, object] = {"symbolic": ["first", "part[].size"], "initial": small, "properties": [sum_is_fresh]}
    return scenario("s", state=State, threads=[swap()], **{**given, **more})  # type: ignore[arg-type]


def test_every_value_that_is_assumed_is_an_initial_state() -> None:
    system = compile_scenario(declare())
    assert system.start is None
    sizes = {(i.state[1], i.state[2]) for i in system.initial}
    assert sizes == {(a, b) for a in (1, 2, 3) for b in (1, 2, 3) if a <= b}
    assert len(system.initial) == 3 * 6 * 2
    assert system.initial[0].choices == ((-1,), (1,), (1,), (0,))


def test_cpython_sees_the_same_states() -> None:
    declared = declare()
    system = compile_scenario(declared)
    assert explore_in_cpython(Reading(declared, system)).states == explore(system).space.states


def test_nested_arrays_are_symbolic_element_by_element() -> None:
    system = compile_scenario(declare(symbolic=["part[].on[]"], initial=None))
    assert len(system.initial) == 16


def test_too_many_values_are_described() -> None:
    declared = declare(constants={MOST: 2**40})
    with pytest.raises(ModelError, match=r"(?s)THP060.*too many for a search.*--engine z3"):
        compile_scenario(declared)
    system = compile_scenario(declared, listed=False)
    assert (system.initial, len(system.start.free if system.start else ())) == ((), 3)
    wanted = ((1,), (2**39,), (2**40,), (1,))
    made = chosen(system, wanted)
    assert made is not None and made.choices == wanted
    assert chosen(system, ((1,), (2,), (1,), (1,))) is None  # is not assumed
    assert chosen(system, ((2,), (2,), (2,), (1,))) is None  # out of range
    assert chosen(system, ((1,),)) is None
    machine = Machine(Reading(declared, system), ByValue(wanted))
    assert machine.failure is None
    assert machine.snapshot() == made.state
    assert attrs.evolve(system, initial=(made,)).start is system.start


@pytest.mark.parametrize(
    ("symbolic", "message"),
    [
        (["frist"], "THP059.*'frist'.*first"),
        (["part"], "THP059.*'part'"),
        (["part[0].size"], "THP059"),
        ([7], "THP059"),
        (["first", "first"], "THP059.*twice"),
        ("first", "THP009.*no list"),
    ],
)
def test_names_that_are_none(symbolic: object, message: str) -> None:
    with pytest.raises(ModelError, match=f"(?s){message}"):
        declare(symbolic=symbolic)


def test_nothing_that_is_assumed_is_possible() -> None:
    def never(s: State) -> None:
        assume(s.first > 3)

    with pytest.raises(ModelError, match=r"THP051.*no initial state"):
        compile_scenario(declare(initial=never))


def test_a_set_up_that_violates_something() -> None:
    def far(s: State) -> None:
        s.sum = s.part[0].size * 4

    with pytest.raises(ModelError, match=r"THP051.*not possible"):
        compile_scenario(declare(initial=far))


def test_assume_is_for_initial_states() -> None:
    @thread
    def hopes(s: State):  # type: ignore[no-untyped-def]
        assume(s.first > 0)
        yield "hoped"

    with pytest.raises(ModelError, match=r"THP042.*assume is called"):
        compile_scenario(scenario("t", state=State, threads=[hopes()]))
