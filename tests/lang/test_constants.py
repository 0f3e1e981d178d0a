"""Constants: arithmetic that stays symbolic until a scenario gives values."""

from __future__ import annotations

import operator

import pytest

from thpverify.lang import Constant
from thpverify.lang.context import Activation, activate
from thpverify.lang.errors import ModelError

NR = Constant("NR", 4)
EXPRESSIONS = {
    "NR + 1": (NR + 1, 5, 8),
    "1 + NR": (1 + NR, 5, 8),
    "NR - 1": (NR - 1, 3, 6),
    "9 - NR": (9 - NR, 5, 2),
    "NR * NR": (NR * NR, 16, 49),
    "NR // 2": (NR // 2, 2, 3),
    "9 // NR": (9 // NR, 2, 1),
    "-9 // NR": (-9 // NR, -3, -2),
    "NR % 3": (NR % 3, 1, 1),
    "-9 % NR": (-9 % NR, 3, 5),
    "-NR": (-NR, -4, -7),
    "2 * (NR + 1) - NR": (2 * (NR + 1) - NR, 6, 9),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_arithmetic_follows_the_scenario(text: str) -> None:
    expression, by_default, with_seven = EXPRESSIONS[text]
    assert operator.index(expression) == by_default
    with activate(Activation(constants={NR: 7})):
        assert operator.index(expression) == with_seven
    assert operator.index(expression) == by_default


def test_comparisons_use_the_value_in_force() -> None:
    assert NR == 4 and NR != 5 and 3 < NR <= 4 and NR >= 4 and not NR > 4
    with activate(Activation(constants={NR: 0})):
        assert NR == 0 and not NR and list(range(NR)) == []


def test_constants_with_equal_values_are_different_keys() -> None:
    other = Constant("OTHER", 4)
    with activate(Activation(constants={NR: 1})):
        assert (int(NR), int(other)) == (1, 4)


def test_division_by_zero_is_told_when_a_value_is_needed() -> None:
    half = 8 // (NR - 4)
    with pytest.raises(ModelError) as raised:
        operator.index(half)
    assert raised.value.code == "THP054" and "(NR - 4)" in raised.value.message


def test_what_is_no_int_takes_no_part() -> None:
    with pytest.raises(TypeError, match="takes part in"):
        NR + 0.5
    with pytest.raises(TypeError, match="takes part in"):
        "x" * NR  # type: ignore[operator]  # the mistake is what is tested
