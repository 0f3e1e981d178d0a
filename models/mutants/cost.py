"""A cost that no bound allows: a mapping of N subpages that touches each of them four times."""

from models.cost.counters import LEAST, MOST, State, atomic_rmw
from properties.cost import (
    at_most_2n_minus_1,
    at_most_2n_plus_2,
    at_most_3,
    at_most_3n_plus_3,
    at_most_n_plus_2,
    at_most_n_plus_5,
)
from thpverify.lang import Int, scenario, thread, violates


@thread
def map_each_four_times(s: State):
    """A PMD mapping that counts in every subpage, and again in every subpage, and so on."""
    i: Int[0, 4 * MOST] = 0
    while i < 4 * s.nr:
        atomic_rmw(s)
        i += 1
        yield "_mapcount"


BOUNDS = [at_most_2n_minus_1, at_most_2n_plus_2, at_most_3, at_most_3n_plus_3, at_most_n_plus_2, at_most_n_plus_5]

for bound in BOUNDS:
    scenario(
        f"mutant-cost-{bound.name.replace('_', '-')}",
        state=State,
        threads=[map_each_four_times()],
        properties=[bound],
        constants={LEAST: 4, MOST: 4},
        expect=violates(bound.name),
    )
