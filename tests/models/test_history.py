"""The known bugs are told by their shortest traces, and their fixes are searched to the end."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.lang.scenarios import Scenario
from thpverify.loader import find, select

TESTED = [
    "kvm-thp-adjust-pte-split",
    "khugepaged-file-no-notifier",
    "kvm-thp-map-split-page",
    "kvm-thp-map-pagecache",
]
ORIGINAL = {"kvm-fault-protocol": "v4.8", "kvm-fault-protocol-nested": "v5.6", "kvm-roots": ""}


@pytest.mark.parametrize(
    ("name", "variant", "broken", "steps"),
    [
        ("kvm-thp-adjust-pte-split", "v4.5", "secondary_level_not_above_primary", 24),
        ("kvm-thp-adjust-pte-split-data", "v4.5", "guest_and_host_read_the_same_data", 26),
        ("kvm-thp-map-pagecache", "v4.8-127393fbe597", "secondary_level_not_above_primary", 25),
        ("kvm-thp-map-pagecache-two", "v5.4", "secondary_level_not_above_primary", 23),
        ("kvm-thp-map-split-page", "v4.8", "secondary_level_not_above_primary", 33),
        ("kvm-fault-protocol-nested", "level-before-lock", "tracked_frame_is_not_writable", 9),
        ("khugepaged-file-no-notifier", "v5.6", "secondary_has_primary", 14),
        ("khugepaged-file-no-notifier-freed", "v5.6", "nothing_freed_is_mapped", 25),
    ],
)
def test_the_bug_is_found_by_the_shortest_trace(name: str, variant: str, broken: str, steps: int) -> None:
    outcome = search(compile_scenario(find(name, variant)))
    violations = [f for f in outcome.findings if f.kind != "reachable"]
    assert [(f.property, len(f.path.moves)) for f in violations] == [(broken, steps)]


@pytest.mark.parametrize(
    ("name", "variant"),
    [("kvm-thp-adjust-pte-split", "v4.5+127393fbe597"), ("khugepaged-file-no-notifier", "v5.6+f268f6cf875f")],
)
def test_the_fix_holds_completely_and_says_something(name: str, variant: str) -> None:
    scenario = find(name, variant)
    outcome = search(compile_scenario(scenario))
    assert outcome.complete
    wanted = {p.name for p in scenario.properties if p.kind == "reachable"}
    assert wanted and {f.property for f in outcome.findings} == wanted


def test_every_known_bug_has_both_sides() -> None:
    scenarios = select(["kvm-thp-*", "khugepaged-*"]).scenarios
    for name in TESTED:
        sides = {bool(s.expect.violated) for s in scenarios if s.name == name}
        assert sides == {True, False}, name


def test_the_mutants_of_the_fault_protocol_are_nine_and_leave_nothing_else_out() -> None:
    scenarios = select(list(ORIGINAL)).scenarios
    refuted = [s for s in scenarios if s.expect.violated]
    assert len(refuted) == 9 + 1  # the level before the lock in two forms
    for mutant in refuted:
        assert _differences(mutant, find(mutant.name, ORIGINAL[mutant.name])) == 1, mutant.title


def _differences(mutant: Scenario, original: Scenario) -> int:
    """In how many constants two scenarios differ that have the same threads, patches and set-up."""
    assert (mutant.threads, mutant.patches, mutant.initial) == (original.threads, original.patches, original.initial)
    assert {p.name for p in mutant.properties} <= {p.name for p in original.properties}
    return len(mutant.constants.items() ^ original.constants.items())
