"""A mistake in each of several places of the counted models makes the proof fail, and the wrong move is named."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

import models.counting.accounting
import models.counting.anon_accounting
from thpverify.checker.result import Verdict
from thpverify.counting.refuting import refuted
from thpverify.counting.reporting import broken_by, report_on
from thpverify.lang.counting import Counting, registered_countings

SEEDS = [
    ("anon-split-adds-all", "anon_refcount_adds_up", "split_huge_pmd: page_ref_add"),
    ("anon-bias-unset", "anon_mapcount_adds_up", "split_huge_pmd: pmd_populate, unlock"),
    ("shmem-head-without-cache", "small_refcounts_add_up", "split_huge_page: page_ref_unfreeze of the head"),
    ("shmem-tail-without-cache", "small_refcounts_add_up", "split_huge_page: page_ref_unfreeze of a tail"),
    ("shmem-truncate-one", "refcount_adds_up", "truncate: page_ref_sub"),
    ("shmem-pte-without-put", "refcount_adds_up", "unmap: flushed, page put"),
    ("shmem-freeze-unchecked", "frozen_page_is_unmapped", "split_huge_page: page_ref_freeze"),
    ("shmem-collapse-one", "refcount_adds_up", "allocate: page_ref_add"),
    ("shmem-put-each-subpage", "refcount_adds_up", "unmap: flushed, page put"),
]


def counting(seed: str) -> Counting:
    assert models.counting.accounting.SHMEM and models.counting.anon_accounting.ANON
    return next(c for c in registered_countings() if c.scenario.name == f"mutant-count-{seed}")


@pytest.mark.parametrize(("seed", "broken", "move"), SEEDS, ids=[seed for seed, _, _ in SEEDS])
def test_the_move_that_is_wrong_is_where_the_counterexample_ends(seed: str, broken: str, move: str) -> None:
    traces = refuted(counting(seed), [broken])
    assert re.search(rf"broken by {re.escape(move)} \(\w+\.py:\d+\)$", broken_by(traces[broken]))


def test_prove_says_so_also_when_the_solver_has_no_time() -> None:
    told = report_on(counting("anon-split-adds-all"), None, 0.01, None, lambda text: None)
    results = {r.property: r for r in told.report.results}
    refcount = results["anon_refcount_adds_up"]
    assert refcount.verdict is Verdict.VIOLATED
    assert (refcount.why or "").startswith("after 5 steps, broken by split_huge_pmd: page_ref_add (")
    assert all(r.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) for r in results.values())
