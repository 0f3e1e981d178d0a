"""The costs that z3 proves for every N are what a search finds for N = 2, 3 and 4."""

from __future__ import annotations

import attrs
import pytest

from thpverify.compiler import compile_scenario
from thpverify.ir.explore import explore
from thpverify.lang.scenarios import Scenario
from thpverify.loader.modules import declarations_of
from thpverify.loader.shipped import SHIPPED_ROOT, importable

SCENARIOS = declarations_of(SHIPPED_ROOT / "models" / "proof" / "cost.py").scenarios
with importable():
    from models.cost.counters import LEAST, MOST
    from models.proof.cost import TABLE

CELLS = [(cell.given[0].scenario, cell.given[0].variant, cell.text) for cell in TABLE]


def most_atomics(scenario: Scenario, nr: int) -> int:
    system = compile_scenario(attrs.evolve(scenario, constants={LEAST: nr, MOST: nr}))
    (at,) = (n for n, (variable, _, _) in enumerate(system.elements()) if variable.name == "atomics")
    return max(state[at] for state in explore(system).space.states)


@pytest.mark.parametrize("nr", [2, 3, 4])
@pytest.mark.parametrize(("name", "variant", "bound"), CELLS)
def test_the_bound_is_met_exactly(name: str, variant: str, bound: str, nr: int) -> None:
    scenario = next(s for s in SCENARIOS if (s.name, s.variant) == (name, variant))
    assert most_atomics(scenario, nr) == eval(bound.replace("2N", "2 * N").replace("3N", "3 * N"), {"N": nr})
