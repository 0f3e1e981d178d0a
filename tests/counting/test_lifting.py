"""Counterexamples of small instances at the real size."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.counting import example
from tests.counting.test_proof import COUNTING, with_bug
from thpverify.cli.main import main
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


def test_a_trace_from_a_file_lifts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "mutant-count-anon-split-adds-all"
    assert main(["check", name, "--trace-dir", str(tmp_path), "--quiet"]) == 0
    (file,) = [f for f in tmp_path.iterdir() if f.suffixes[-2:] != [".itf", ".json"]]
    assert main(["lift", str(file)]) == 0
    assert "anon_refcount_adds_up, 5 steps with N = 2: lifts to N = 512; least N with these moves: 2" in (
        capsys.readouterr().out
    )
    assert main(["check", "gup-slow-fast-abuse@v6.9", "--trace-dir", str(tmp_path / "other"), "--quiet"]) == 0
    other = next(f for f in (tmp_path / "other").iterdir() if not f.name.endswith(".itf.json"))
    assert main(["lift", str(other)]) == 2
    assert "no counting is declared for gup-slow-fast-abuse@v6.9" in capsys.readouterr().err


def test_a_file_that_is_no_trace_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.json").write_text("{")
    assert main(["lift", str(tmp_path / "no.json")]) == 2
    assert "truncated or no JSON" in capsys.readouterr().err
