"""Records and arrays while a model runs in CPython: every assignment and index is checked."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest

from thpverify.lang import Array, Bool, Constant, Int, Lock, Ref, record
from thpverify.lang.context import Activation, activate
from thpverify.lang.errors import Violation
from thpverify.lang.types import leaves

NR = Constant("NR", 3)


class Pmd(Enum):
    NONE = 7
    HUGE = 3


@record
class Mm:
    ptl: Lock
    pmd: Pmd
    pte: Array[NR, Bool]


@record
class State:
    n: Int[2, 7]
    low: Int[-5, -2]
    page: Ref[NR]
    ref: Array[2, Int[0, 3]] = (1, 2)
    mm: Array[2, Mm]

    def total(self) -> int:
        return sum(self.ref)


def test_defaults() -> None:
    s = State()
    assert (s.n, s.low, s.page, list(s.ref), s.mm[0].ptl, s.mm[1].pmd) == (2, -5, None, [1, 2], False, Pmd.NONE)
    assert [len(m.pte) for m in s.mm] == [3, 3] and s.total() == 3


def test_sizes_follow_the_scenario() -> None:
    with activate(Activation(constants={NR: 5})):
        assert len(State().mm[1].pte) == 5


def test_records_of_an_array_are_not_shared() -> None:
    s = State()
    s.mm[0].pte[1] = True
    assert not s.mm[1].pte[1] and not State().mm[0].pte[1]


VIOLATIONS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "above the range": ("range", lambda s: setattr(s, "n", 8)),
    "below the range": ("range", lambda s: setattr(s, "n", 1)),
    "None in a range": ("range", lambda s: setattr(s, "n", None)),
    "an element above": ("range", lambda s: s.ref.__setitem__(0, 4)),
    "a slot too many": ("range", lambda s: setattr(s, "page", 3)),
    "a negative slot": ("range", lambda s: setattr(s, "page", -1)),
    "index above": ("index", lambda s: s.ref[2]),
    "negative index": ("index", lambda s: s.ref[-1]),
    "None as an index": ("index", lambda s: s.ref[s.page]),
    "assigned index above": ("index", lambda s: s.ref.__setitem__(2, 0)),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_violation(name: str) -> None:
    kind, act = VIOLATIONS[name]
    s = State()
    with pytest.raises(Violation) as raised:
        act(s)
    assert raised.value.kind == kind
    assert (s.n, s.page, list(s.ref)) == (2, None, [1, 2])


WRONG: dict[str, Callable[[Any], object]] = {
    "an int for a Bool": lambda s: setattr(s.mm[0], "ptl", 1),
    "an int for an Enum": lambda s: setattr(s.mm[0], "pmd", 3),
    "a string for an Int": lambda s: setattr(s, "n", "3"),
    "a record as a whole": lambda s: s.mm.__setitem__(0, s.mm[1]),
    "an array as a whole": lambda s: setattr(s, "ref", (0, 0)),
    "an array of a record": lambda s: setattr(s.mm[0], "pte", s.mm[1].pte),
}


@pytest.mark.parametrize("name", WRONG)
def test_other_kinds_are_refused(name: str) -> None:
    with pytest.raises(TypeError):
        WRONG[name](State())


def test_unknown_fields_are_refused() -> None:
    with pytest.raises(AttributeError):
        State().unknown = 1  # type: ignore[attr-defined]  # the mistake is what is tested


def test_assignments_are_noted() -> None:
    activation = Activation()
    with activate(activation):
        s = State()
        activation.wrote = False
        assert s.n == 2 and s.ref[0] == 1 and not activation.wrote
        s.ref[0] = 1
        assert activation.wrote


def test_leaves_are_the_variables_of_the_ir() -> None:
    spec = State.__thp_record__  # type: ignore[attr-defined]  # what @record leaves there
    found = {leaf.name: (leaf.shape, leaf.initial, str(leaf.spec.resolve())) for leaf in leaves(spec)}
    assert found == {
        "n": ((), (2,), "2..7"),
        "low": ((), (-5,), "-5..-2"),
        "page": ((), (-1,), "ref(3)"),
        "ref[]": ((2,), (1, 2), "0..3"),
        "mm[].ptl": ((2,), (0, 0), "lock"),
        "mm[].pmd": ((2,), (0, 0), "Pmd"),
        "mm[].pte[]": ((2, 3), (0,) * 6, "bool"),
    }


def test_leaves_read_a_state() -> None:
    s = State()
    s.mm[1].pmd, s.mm[1].pte[2], s.page = Pmd.HUGE, True, 0
    values = {leaf.name: leaf.values(s) for leaf in leaves(State.__thp_record__)}  # type: ignore[attr-defined]  # as above
    assert values["mm[].pmd"] == [0, 1] and values["mm[].pte[]"] == [0, 0, 0, 0, 0, 1] and values["page"] == [0]
