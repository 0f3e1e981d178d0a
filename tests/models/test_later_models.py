"""Team pages and large folios: what breaks, by its shortest trace, and small instances that hold completely."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find

LEVEL = "secondary_level_not_above_primary"


@pytest.mark.parametrize(
    ("name", "variant", "broken", "steps"),
    [
        ("mm-team-punch-hole", "huge-tmpfs-huge-tmpfs-11", "only_a_complete_team_is_mapped_by_pmd", 27),
        ("kvm-team-punch-hole", "PageTeam", LEVEL, 27),
        ("kvm-team-shared", "no walk", LEVEL, 39),
        ("mm-large-folio-statistics", "v6.2", "file_mapped_equation", 25),
        ("mm-large-folio-forgetful", "mutant", "never_falsely_exclusive", 22),
    ],
)
def test_the_mistake_is_found_by_the_shortest_trace(name: str, variant: str, broken: str, steps: int) -> None:
    outcome = search(compile_scenario(find(name, variant)))
    violations = [f for f in outcome.findings if f.kind != "reachable"]
    assert [(f.property, len(f.path.moves)) for f in violations] == [(broken, steps)]


@pytest.mark.parametrize(
    ("name", "variant"),
    [
        ("mm-team-same-process", "huge-tmpfs"),
        ("mm-team-reclaim-and-punch-hole", "huge-tmpfs"),
        ("mm-large-folio", "v6.2"),
        ("mm-large-folio", "v6.12"),
        ("mm-large-folio-two-processes", "v6.18"),
    ],
)
def test_what_holds_holds_completely_and_says_something(name: str, variant: str) -> None:
    scenario = find(name, variant)
    outcome = search(compile_scenario(scenario))
    assert outcome.complete
    wanted = {p.name for p in scenario.properties if p.kind == "reachable"}
    assert wanted and {f.property for f in outcome.findings} == wanted
