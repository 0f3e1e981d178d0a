"""The known bugs of models/mm are told by their shortest traces, and their fixes are searched to the end."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find

SHORTEST = [
    ("fork-gup-cow-pin", "v5.7", "child_sees_nothing_written_after_the_fork", 12),
    ("fork-gup-cow-pin-stale", "v5.18", "pinned_page_is_the_mapped_one", 13),
    ("huge-dirty-cow", "v4.14", "huge_zero_page_stays_zero", 16),
    ("khugepaged-anon-vma-race", "v6.1", "rmap_walk_is_in_no_freed_table", 17),
    ("madv-dontneed-vs-free", "v4.10", "discarded_data_does_not_come_back", 5),
    ("madv-dontneed-vs-numa", "v4.10", "discarded_data_does_not_come_back", 5),
    ("madv-dontneed-vs-numa-dirty", "v4.10+ced108037c2a", "written_page_has_a_dirty_entry", 7),
    ("madv-dontneed-vs-thp-numa-migrate", "v4.19", "discarded_data_does_not_come_back", 9),
    ("split-pmd-migration-wrong-folio", "v6.14", "assertion", 13),
    ("split-swapcache-clobber-private", "v6.0", "assertion", 15),
    ("split-tail-flags-before-freeze", "v4.16", "found_page_has_its_flags", 4),
    ("split-tail-flags-before-freeze-put", "v4.16", "reference_is_put_where_it_was_taken", 6),
    ("split-tail-mapping-after-unfreeze", "v4.19", "assertion", 9),
    ("split-unmap-sync", "v5.12", "assertion", 19),
]
HOLDING = [
    ("fork-gup-cow-pin", "v5.7+17839856fd58"),
    ("fork-gup-cow-pin", "v5.18"),
    ("fork-gup-cow-pin-stale", "v5.19"),
    ("huge-dirty-cow", "v4.14+a8f97366452e"),
    ("khugepaged-anon-vma-race", "v6.1+023f47a8250c"),
    ("madv-dontneed-vs-free", "v4.10+58ceeb6bec86"),
    ("madv-dontneed-vs-numa", "v4.10+ced108037c2a"),
    ("madv-dontneed-vs-numa-dirty", "v4.10+ced108037c2a+d52605d7cb30"),
    ("madv-dontneed-vs-thp-numa-migrate", "v4.19+d7c3393413fe"),
    ("split-pmd-migration-wrong-folio", "v6.14+be6e843fc51a"),
    ("split-swapcache-clobber-private", "v6.0+71e2d666ef85"),
    ("split-tail-flags-before-freeze", "v4.16+605ca5ede764"),
    ("split-tail-mapping-after-unfreeze", "v4.19+173d9d9fd3dd"),
    ("split-unmap-sync", "v5.12+732ed55823fc"),
]


@pytest.mark.parametrize(("name", "variant", "broken", "steps"), SHORTEST)
def test_the_bug_is_found_by_the_shortest_trace(name: str, variant: str, broken: str, steps: int) -> None:
    outcome = search(compile_scenario(find(name, variant)))
    violations = [f for f in outcome.findings if f.kind != "reachable"]
    assert [(f.property, len(f.path.moves)) for f in violations] == [(broken, steps)]


@pytest.mark.parametrize(("name", "variant"), HOLDING)
def test_the_fix_holds_completely_and_says_something(name: str, variant: str) -> None:
    scenario = find(name, variant)
    outcome = search(compile_scenario(scenario))
    assert outcome.complete
    wanted = {p.name for p in scenario.properties if p.kind == "reachable"}
    assert wanted and {f.property for f in outcome.findings} == wanted
