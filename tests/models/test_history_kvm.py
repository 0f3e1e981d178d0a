"""The known bugs of KVM are told by their shortest traces, and their fixes are searched to the end."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find


@pytest.mark.parametrize(
    ("name", "variant", "broken", "steps"),
    [
        ("arm64-s2-block-over-table", "v4.8", "no_conflicting_translations", 28),
        ("arm64-s2-split-write-lock", "v5.18", "no_valid_entry_is_overwritten", 35),
        ("arm64-dirty-log", "v5.15", "what_can_be_written_is_logged", 54),
        ("kvm-thp-adjust-pte-split-arm64", "v4.5", "secondary_level_not_above_primary", 26),
        ("kvm-thp-map-pagecache-arm64-two", "v5.14", "secondary_level_not_above_primary", 23),
    ],
)
def test_the_shortest_trace_without_the_fix(name: str, variant: str, broken: str, steps: int) -> None:
    outcome = search(compile_scenario(find(name, variant)))
    violations = {f.property: len(f.path.moves) for f in outcome.findings if f.kind != "reachable"}
    assert violations[broken] == steps


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("arm64-s2-block-over-table", "v4.8+3c3736cd32bf"),
        ("arm64-s2-split-write-lock", "v5.18+f587661f21eb"),
        ("arm64-dirty-log", "v5.4"),
    ],
)
def test_all_holds_with_the_fix_and_what_has_to_be_possible_is(name: str, variant: str) -> None:
    scenario = find(name, variant)
    outcome = search(compile_scenario(scenario))
    assert outcome.complete
    wanted = {p.name for p in scenario.properties if p.kind == "reachable"}
    assert wanted and {f.property for f in outcome.findings} == wanted
