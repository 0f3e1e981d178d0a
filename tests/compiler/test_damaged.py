"""Models that were damaged at random: what does not compile is the author's mistake, never an error of ours."""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from random import Random

import pytest

from tests.compiler.mutation import COMPOUNDS, EXPRESSIONS, STATEMENTS, damaged
from tests.compiler.sources import scenarios
from thpverify.compiler import compile_scenario
from thpverify.lang.errors import ModelError
from thpverify.loader.errors import LoadError

_EVERYTHING = (Path(__file__).parent / "everything.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("group", range(8))
def test_damage_is_told_as_a_mistake(group: int, tmp_path: Path) -> None:
    refused = 0
    for seed in range(group * 25, group * 25 + 25):
        random = Random(seed)
        text = damaged(_EVERYTHING, random, random.choice([1, 1, 2, 4]))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)
                found = scenarios(tmp_path, text)
            for scenario in found[:1]:
                compile_scenario(scenario)
        except ModelError as error:
            refused += 1
            assert error.span is not None and error.source_line() is not None, f"seed {seed}: {error}"
        except LoadError:
            # Python itself refuses the text or what it does at import.
            refused += 1
    assert refused > 5


def test_the_undamaged_model_compiles(tmp_path: Path) -> None:
    assert len([compile_scenario(s) for s in scenarios(tmp_path, _EVERYTHING)]) == 2


def test_what_is_put_in_is_python() -> None:
    for text in [*EXPRESSIONS, *STATEMENTS, *(c.format("pass") for c in COMPOUNDS)]:
        assert ast.parse(text).body
