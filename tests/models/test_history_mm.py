"""Bugs of models/mm are told by their shortest traces, and their fixes are searched to the end."""

import pytest

from thpverify.compiler import compile_scenario
from thpverify.explicit import search
from thpverify.loader import find

SHORTEST = [
    ("anon-exclusive-gup-order", "v6.0", "pinned_page_is_not_shared", 9),
    ("anon-exclusive-gup-order-unmapped", "v6.0", "pinned_page_is_not_shared", 9),
    ("deferred-split-requeue-order", "v7.0+a2e0c0668a34", "assertion", 17),
    ("deferred-split-requeue-order-lost", "v7.0+a2e0c0668a34", "unjudged_page_is_queued", 19),
    ("deferred-split-wrong-lock", "v6.11", "unlocked_queue_is_a_list", 8),
    ("fork-gup-cow-pin", "v5.7", "child_sees_nothing_written_after_the_fork", 12),
    ("fork-gup-cow-pin-stale", "v5.18", "pinned_page_is_the_mapped_one", 13),
    ("fork-vs-pinned-thp", "v5.8", "pinned_subpage_is_the_mapped_one", 30),
    ("fork-vs-pinned-thp-race", "v5.10", "pinned_subpage_is_the_mapped_one", 31),
    ("gup-fast-head-vs-split", "v5.12", "pinned_page_has_the_reference", 29),
    ("gup-fast-vs-fork", "v5.10", "pinned_page_is_the_mapped_one", 20),
    ("gup-slow-fast-abuse", "v6.9", "mapped_page_can_be_pinned", 7),
    ("huge-dirty-cow", "v4.14", "huge_zero_page_stays_zero", 16),
    ("khugepaged-anon-vma-race", "v6.1", "rmap_walk_is_in_no_freed_table", 17),
    ("madv-dontneed-vs-free", "v4.10", "discarded_data_does_not_come_back", 5),
    ("madv-dontneed-vs-numa", "v4.10", "discarded_data_does_not_come_back", 5),
    ("madv-dontneed-vs-numa-dirty", "v4.10+ced108037c2a", "written_page_has_a_dirty_entry", 7),
    ("madv-dontneed-vs-thp-numa-migrate", "v4.19", "discarded_data_does_not_come_back", 9),
    ("migrate-cow-thp-pinned-check", "v6.0", "deadlock", 21),
    ("mm-anon-collapse-arm64", "v6.0", "page_in_use_is_not_collapsed", 29),
    ("mm-anon-collapse-shared", "v6.0", "page_in_use_is_not_collapsed", 34),
    ("mremap-pmd-vs-rmap", "v5.13", "freed_page_is_translated_nowhere", 32),
    ("mremap-pmd-vs-rmap-lost", "v5.13", "rmap_walk_is_in_a_page_table", 14),
    ("mremap-tlb-flush-late-pmd", "v4.18", "freed_page_is_translated_nowhere", 27),
    ("mremap-vs-mkclean", "v4.8", "cleaned_page_is_not_stored_to", 36),
    ("mremap-vs-retract", "v6.11", "every_pmd_leads_to_a_page_table", 22),
    ("mremap-vs-truncate", "v5.12", "assertion", 34),
    ("mutant-mprotect-unflushed", "v5.19", "protected_page_cannot_be_written", 14),
    ("mutant-mprotect-untold", "v5.19", "guest_writes_where_the_process_may", 11),
    ("numa-clear-bad-pmd", "v5.5", "written_page_stays_mapped", 6),
    ("pmd-migration-lost-dirty", "v5.5", "written_page_is_dirty", 9),
    ("rmap-batch-out-of-table", "v6.15", "index", 2),
    ("rmap-lazyfree-restore-writable", "v6.19", "shared_subpage_is_write_protected", 5),
    ("split-pmd-lost-dirty", "v4.15", "written_page_is_dirty", 13),
    ("split-pmd-migration-wrong-folio", "v6.14", "assertion", 13),
    ("split-swapcache-clobber-private", "v6.0", "assertion", 15),
    ("split-tail-flags-before-freeze", "v4.16", "found_page_has_its_flags", 4),
    ("split-tail-flags-before-freeze-put", "v4.16", "reference_is_put_where_it_was_taken", 6),
    ("split-tail-mapping-after-unfreeze", "v4.19", "assertion", 9),
    ("split-unmap-sync", "v5.12", "assertion", 19),
    ("split-unmap-sync-mremap", "v5.12", "assertion", 19),
    ("uffd-pmd-check-race", "v6.10", "assertion", 11),
    ("uffd-pmd-check-race-file", "v6.10+71c186efc1b2", "assertion", 9),
]
HOLDING = [
    ("anon-exclusive-gup-order", "v6.0+088b8aa537c2"),
    ("mm-anon-exclusive", "without the smp_rmb, not restored"),
    ("deferred-split-requeue-order", "v7.0+a2e0c0668a34+3bac01168982"),
    ("deferred-split-wrong-lock", "v6.11+f8f931bba0f9"),
    ("fork-gup-cow-pin", "v5.18"),
    ("fork-gup-cow-pin", "v5.7+17839856fd58"),
    ("fork-gup-cow-pin-stale", "v5.19"),
    ("fork-vs-pinned-thp", "v5.8+70e806e4e645+d042035eaf5f+57efa1fe5957"),
    ("gup-fast-head-vs-split", "v5.12+c24d37322548"),
    ("gup-fast-vs-fork", "v5.10+57efa1fe5957"),
    ("gup-fast-head-vs-split-bare-x86", "v5.12"),
    ("gup-slow-fast-abuse", "v6.9+f442fa614137"),
    ("huge-dirty-cow", "v4.14+a8f97366452e"),
    ("khugepaged-anon-vma-race", "v6.1+023f47a8250c"),
    ("madv-dontneed-vs-free", "v4.10+58ceeb6bec86"),
    ("madv-dontneed-vs-numa", "v4.10+ced108037c2a"),
    ("madv-dontneed-vs-numa-dirty", "v4.10+ced108037c2a+d52605d7cb30"),
    ("madv-dontneed-vs-thp-numa-migrate", "v4.19+d7c3393413fe"),
    ("migrate-cow-thp-pinned-check", "v6.0+829ae0f81ce0"),
    ("mm-anon-collapse", "v6.0"),
    ("mm-anon-collapse-shared", "mapcount read twice"),
    ("mm-anon-collapse-arm64", "v6.0+70cbc3cc78a9"),
    ("mm-hugetlb-kvm", "v4.5"),
    ("mm-mprotect-parts", "v4.16"),
    ("mremap-pmd-vs-rmap", "v5.13+97113eb39fa7"),
    ("mremap-tlb-flush-late-pmd", "v4.18+eb66ae030829"),
    ("mremap-vs-mkclean", "v4.8+5d1904204c99"),
    ("mremap-vs-retract", "v6.11+6fa1066fc5d0"),
    ("mremap-vs-truncate", "v5.12+22061a1ffabd"),
    ("numa-clear-bad-pmd", "v5.5+8b272b3cbbb5"),
    ("pmd-migration-lost-dirty", "v5.5+8a8683ad9ba4"),
    ("rmap-batch-out-of-table", "v6.15+ddd05742b45b"),
    ("rmap-lazyfree-restore-writable", "v6.19+29f40594a281"),
    ("split-pmd-lost-dirty", "v4.15+d52605d7cb30"),
    ("split-pmd-migration-wrong-folio", "v6.14+be6e843fc51a"),
    ("split-swapcache-clobber-private", "v6.0+71e2d666ef85"),
    ("split-tail-flags-before-freeze", "v4.16+605ca5ede764"),
    ("split-tail-mapping-after-unfreeze", "v4.19+173d9d9fd3dd"),
    ("split-unmap-sync", "v5.12+732ed55823fc"),
    ("uffd-pmd-check-race", "v6.10+71c186efc1b2"),
    ("uffd-pmd-check-race-file", "v6.10+71c186efc1b2+4828d207dc51"),
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
