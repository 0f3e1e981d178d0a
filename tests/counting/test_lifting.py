"""Counterexamples of small instances at the real size."""

from __future__ import annotations

import attrs
import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.counting import example
from tests.counting.test_proof import COUNTING, with_bug
from thpverify.counting.lifting import is_loop, lift
from thpverify.counting.system import counter_system


def test_a_counterexample_lifts_to_512_with_its_loop_folded() -> None:
    counting = with_bug(example.FORGETS_A_SUBPAGE)
    (lifted,) = [
        one for one in lift(counter_system(counting), counting, 512) if one.property == "mapcounts_add_up"
    ]  # fmt: skip
    assert lifted.told is not None
    assert lifted.least == lifted.found == 2
    assert len(lifted.told) == lifted.steps
    assert [times for _, times in lifted.told if times > 1] == [511]


def test_only_what_leaves_everybody_in_place_is_a_loop() -> None:
    system = counter_system(COUNTING)
    assert {m.label for m in system.moves if is_loop(system, m)} == {"subpage mapped", "subpage unmapped"}


def test_a_bug_of_small_pages_only_does_not_lift() -> None:
    few = attrs.evolve(COUNTING.scenario, properties=(example.few_subpages,))
    counting = attrs.evolve(COUNTING, scenario=few)
    (lifted,) = lift(counter_system(counting), counting, 512)
    assert lifted.told is None
    assert lifted.least is None
