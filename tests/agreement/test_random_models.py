"""Random models: the native search, the evaluator's explorer, the generators in CPython, and Rumur must agree.

THPVERIFY_MODELS=10000 sets the number of models, THPVERIFY_SEED another sequence of them, THPVERIFY_RUMUR=1 checks
every model with Rumur instead of one in 25. A failing model is printed, made small.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.agreement.models import model, seeds
from tests.agreement.readings import check_first_violation, compare, imported, rumur_differences
from tests.agreement.shrinking import reduce
from thpverify.export.crosscheck import missing_programs
from thpverify.ir.explore import TooManyStates
from thpverify.lang.errors import ModelError

MODELS = int(os.environ.get("THPVERIFY_MODELS", "200"))
SEED = int(os.environ.get("THPVERIFY_SEED", "0"))
RUMUR_EVERY = int(os.environ.get("THPVERIFY_RUMUR", "25"))

LEGITIMATE = {
    "THP044": "a property asks for a local that does not live across a yield",
    "THP047": "a constant index is negative",
    "THP054": "a constant divides by zero",
    "THP051": "the initial state violates something, or nothing can be chosen in it",
}
"""Mistakes that the generator makes now and then, which a model's author may make too."""


COMPARED, TOO_LARGE, REFUSED = "agree", "too large", "refused"


def unlike(source: str, folder: Path, rumur: bool) -> str:
    """In what the readings of a model differ, or one of the outcomes above."""
    try:
        with imported(source, folder) as (scenario,):
            compared = compare(scenario)
            check_first_violation(compared)
            differences = rumur_differences(compared) if rumur else ()
            return "; ".join(differences) or COMPARED
    except TooManyStates:
        return TOO_LARGE
    except ModelError as error:
        return REFUSED if error.code in LEGITIMATE else f"{error.code}: {error.message}"
    except Exception as error:  # whatever goes wrong in any reading is what this test looks for
        return f"{type(error).__name__}: {error}"


def like(difference: str) -> Callable[[str], bool]:
    """Whether another difference is of the same kind: its first words, whatever the numbers in them."""

    def kind(text: str) -> str:
        return re.sub(r"\d+", "0", text)[:60]

    return lambda other: kind(other) == kind(difference)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def test_all_readings_agree(folder: Path) -> None:
    outcomes: Counter[str] = Counter()

    @seed(SEED)
    @settings(
        max_examples=MODELS,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(number=seeds())
    def agree(number: int) -> None:
        rumur = number % RUMUR_EVERY == 0 and not missing_programs("rumur")
        source = model(number)
        outcome = unlike(source, folder, rumur)
        outcomes[outcome] += 1
        if outcome not in (COMPARED, TOO_LARGE, REFUSED):
            same = like(outcome)
            small = reduce(source, lambda text: same(unlike(text, folder, rumur)))
            pytest.fail(f"model {number}: {outcome}\n\n{small}\n\n{unlike(small, folder, rumur)}")

    agree()
    assert outcomes[COMPARED] > 0.6 * MODELS, f"too few models are compared: {outcomes}"


def test_generator_is_reproducible() -> None:
    assert model(7) == model(7)
    assert model(7) != model(8)
