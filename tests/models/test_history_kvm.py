"""The known bugs of KVM are told by their shortest traces, and their fixes are searched to the end."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find


@pytest.mark.parametrize(
    ("name", "variant", "broken", "steps"),
    [
        ("arm64-s2-block-over-table", "v4.8", "no_conflicting_translations", 28),
        ("arm64-s2-deferred-flush", "v6.8", "freed_table_is_not_walked", 47),
        ("arm64-s2-pa-offset", "v6.2", "walk_maps_the_memory_of_the_fault", 26),
        ("arm64-s2-table-hint", "v6.8", "freed_table_is_not_walked", 46),
        ("mutant-stage2-no-grace-period", "v6.4", "walk_is_in_no_freed_table", 27),
        ("arm64-s2-split-write-lock", "v5.18", "no_valid_entry_is_overwritten", 35),
        ("kvm-memslot-vs-notifier-count", "v5.15-52ac8b358b0c", "assertion", 5),
        ("kvm-x86-hostwalk", "v5.15", "walked_table_is_not_freed", 10),
        ("kvm-arm64-hostwalk-irq", "v5.15", "walked_table_is_not_freed", 7),
        ("kvm-arm64-hostwalk-irq", "v5.15+e86fc1a3a3e9", "walked_table_is_not_freed", 8),
        ("kvm-release-pfn-on-retry", "v7.1+2684e02bac41", "idle_vncr_holds_no_page", 6),
        ("kvm-nested-ro-pfn", "v7.1+9f76b039a72d", "shared_page_is_never_written", 4),
        ("kvm-tdp-iter-restart", "v5.15", "freed_root_maps_nothing", 6),
        ("kvm-tdp-l2-dirty", "v6.8", "writes_reach_the_log", 1),
        ("kvm-shadow-gfn-mismatch", "v6.18", "rmap_names_sptes_that_map", 6),
        ("kvm-mmio-over-present", "v6.18", "rmap_names_sptes_that_map", 5),
        ("kvm-mremap-empty-range", "v5.17", "assertion", 2),
        ("kvm-qemu", "v5.10", "secondary_has_primary", 36),
        ("kvm-tdp-fault", "v6.12, range-replaced", "secondary_has_primary", 21),
        ("arm64-dirty-log", "v6.12", "what_can_be_written_is_logged", 71),
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
        ("arm64-s2-deferred-flush", "v6.8+f62d4c3eb687"),
        ("arm64-s2-pa-offset", "v6.2+1f0f4a2ef7a5"),
        ("arm64-s2-table-hint", "v6.8+36e008323926"),
        ("kvm-arm64-parallel", "v6.12"),
        ("arm64-s2-split-write-lock", "v5.18+f587661f21eb"),
        ("arm64-dirty-log", "v5.4"),
        ("kvm-qemu", "v6.1"),
        ("kvm-memslot-vs-notifier", "v5.15"),
        ("kvm-x86-hostwalk", "v5.15+44187235cbcc"),
        ("kvm-x86-hostwalk-fault", "v5.15"),
        ("kvm-arm64-hostwalk-irq", "v5.15+2ba99c5e0881+e86fc1a3a3e9"),
        ("kvm-arm64-hostwalk-irq", "v5.15+f268f6cf875f"),
        ("kvm-release-pfn-on-retry", "v7.1+2684e02bac41+9f76b039a72d"),
        ("kvm-nested-ro-pfn", "v7.1+9f76b039a72d+2684e02bac41"),
        ("kvm-tdp-iter-restart", "v5.15+3a0f64de479c"),
        ("kvm-tdp-l2-dirty", "v6.8+2673dfb591a3"),
        ("kvm-shadow-gfn-mismatch", "v6.18+0cb2af2ea66a"),
        ("kvm-mmio-over-present", "v6.18+aad885e77496"),
        ("kvm-mremap-empty-range", "v5.17+01e67e04c281"),
    ],
)
def test_all_holds_with_the_fix_and_what_has_to_be_possible_is(name: str, variant: str) -> None:
    scenario = find(name, variant)
    outcome = search(compile_scenario(scenario))
    assert outcome.complete
    wanted = {p.name for p in scenario.properties if p.kind == "reachable"}
    assert wanted and {f.property for f in outcome.findings} == wanted
