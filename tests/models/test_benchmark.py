"""The benchmark model has the states and transitions on which other checkers agree (docs/models/bench.md)."""

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find


def test_size_s_has_the_known_counts() -> None:
    outcome = search(compile_scenario(find("bench-thp-S", "")))
    assert (outcome.complete, outcome.states, outcome.transitions, outcome.depth) == (True, 406_279, 1_464_050, 85)
    assert not outcome.findings


def test_without_the_retry_check_an_spte_outlives_its_primary_after_18_steps() -> None:
    outcome = search(compile_scenario(find("bench-thp-M", "no-retry")))
    assert [(f.property, len(f.path.moves)) for f in outcome.findings] == [
        ("secondary_maps_only_what_the_host_maps", 18)
    ]
