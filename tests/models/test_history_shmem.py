"""The known bugs of shmem and khugepaged: the shortest trace without the fix, a complete search with it."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find

BUGGY = [
    ("collapse-shmem-compound-crash", "v4.20-06a5e1268a5f", "assertion", 33),
    ("collapse-shmem-frozen-newpage", "v4.20-87c460a0bded", "no_lookup_spins_while_khugepaged_sleeps", 14),
    ("collapse-shmem-frozen-newpage-hangs", "v4.20-87c460a0bded", "deadlock", 18),
    ("collapse-shmem-hole-accounting", "v4.20-aaa52e340073", "nrpages_counts_the_slots", 14),
    ("collapse-shmem-refill-punched", "v4.20-701270fa193a", "an_emptied_extent_stays_empty", 23),
    ("collapse-shmem-unlock-order", "v4.20-042a30824871", "unlocked_mapping_means_cached", 22),
    ("collapse-shmem-xas-range-error", "v4.20-95feeabb7714", "assertion", 5),
    ("split-file-pmd-lost-dirty", "v4.8", "reclaim_loses_no_store", 14),
    ("split-file-pmd-counter-uaf", "v6.1", "no_page_is_read_after_the_last_put", 12),
    ("shmem-migration-pmd-split", "v5.4", "huge_page_refcounts", 14),
    ("khugepaged-retract-locks", "v5.4", "no_freed_page_table_is_used", 13),
    ("madv-collapse-pmd-states", "v6.1", "only_page_tables_are_walked", 7),
    ("shmem-truncate-swap-split", "v6.12", "swap_entries_lead_to_used_slots", 9),
    ("mm-shmem-policy-shrinklist", "v4.8", "the_shrinker_knows_of_what_is_beyond", 7),
    ("shmem-within-size", "v5.14", "within_size_is_within_size", 4),
    ("shmem-truncate-loop", "v6.12+8a1968bd997f", "truncation_does_not_spin", 5),
    ("shmem-migrate-xarray", "v6.12", "slots_lead_to_no_freed_folio", 14),
    ("filemap-contig-thp", "v6.11", "assertion", 5),
    ("collapse-file-writeback", "v5.4", "no_page_is_freed_under_io", 12),
    ("collapse-file-lost-dirty-writers", "v6.1", "no_dirty_folio_is_dropped", 13),
    ("split-immap-unlock-uaf", "v6.1", "inode_outlives_the_splitter", 11),
]
FIXED = [
    ("collapse-shmem-compound-crash", "v4.20"),
    ("collapse-shmem-frozen-newpage", "v4.20"),
    ("collapse-shmem-hole-accounting", "v4.20"),
    ("collapse-shmem-refill-punched", "v4.20"),
    ("collapse-shmem-unlock-order", "v4.20"),
    ("collapse-shmem-xas-range-error", "v4.20"),
    ("split-file-pmd-lost-dirty", "v4.8+e1f1b1572e8d"),
    ("split-file-pmd-counter-uaf", "v6.1+8d878059924f"),
    ("shmem-migration-pmd-split", "v5.4+99fa8a48203d"),
    ("khugepaged-retract-locks", "v5.4+8d3c106e19e8"),
    ("madv-collapse-pmd-states", "v6.1+edb5d0cf5525"),
    ("shmem-truncate-swap-split", "v6.12+8a1968bd997f"),
    ("mm-shmem-policy-always", "v4.8"),
    ("mm-shmem-policy-within-size", "v5.15"),
    ("shmem-within-size", "v5.14+de6ee659684b"),
    ("shmem-truncate-loop", "v6.12+8a1968bd997f+2030dddf9545"),
    ("shmem-migrate-xarray", "v6.12+60cf233b585c"),
    ("filemap-contig-thp", "v6.11+c225c4f6056b"),
    ("collapse-file-writeback", "v5.4+74c42e1baacf"),
    ("collapse-file-lost-dirty-writers", "v6.1+2dfe9f5c91d0"),
    ("split-immap-unlock-uaf", "v6.1+e923bd21058e"),
]
FOUND = [
    ("mm-shmem-collapse-refill-swapped", "v5.4", "an_emptied_extent_stays_empty", 13),
    ("mm-shmem-collapse-recalc", "v4.20", "alloced_counts_what_the_inode_has", 24),
    ("mm-file-collapse-open", "v6.1+2dfe9f5c91d0", "no_dirty_folio_is_dropped", 14),
    ("mm-shmem-retract", "v6.1+1d65b771bc08", "no_freed_page_table_is_used", 13),
]


@pytest.mark.parametrize(("name", "variant", "broken", "steps"), BUGGY + FOUND)
def test_the_shortest_trace_without_the_fix(name: str, variant: str, broken: str, steps: int) -> None:
    outcome = search(compile_scenario(find(name, variant)))
    violations = [f for f in outcome.findings if f.kind != "reachable"]
    assert [(f.property, len(f.path.moves)) for f in violations] == [(broken, steps)]


@pytest.mark.parametrize(("name", "variant"), FIXED)
def test_all_holds_with_the_fix_and_what_has_to_be_possible_is(name: str, variant: str) -> None:
    scenario = find(name, variant)
    outcome = search(compile_scenario(scenario))
    wanted = {p.name for p in scenario.properties if p.kind == "reachable"}
    assert outcome.complete and wanted
    assert {f.property for f in outcome.findings} == wanted
