"""A mistake in each of seven places of the counted model makes the proof fail, and the move that is wrong is named."""

from __future__ import annotations

import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

import models.counting.accounting
from thpverify.checker.result import Verdict
from thpverify.counting.refuting import refuted
from thpverify.counting.reporting import broken_by, report_on
from thpverify.lang.counting import Counting, registered_countings

SEEDS = [
    ("head-without-cache", "small_refcounts_add_up", "split_huge_page: page_ref_unfreeze of the head"),
    ("tail-without-cache", "small_refcounts_add_up", "split_huge_page: page_ref_unfreeze of a tail"),
    ("truncate-one", "refcount_adds_up", "truncate: page_ref_sub"),
    ("pte-without-put", "refcount_adds_up", "unmap: flushed, page put"),
    ("freeze-unchecked", "frozen_page_is_unmapped", "split_huge_page: page_ref_freeze"),
    ("collapse-one", "refcount_adds_up", "allocate: page_ref_add"),
    ("put-each-subpage", "refcount_adds_up", "unmap: flushed, page put"),
]


def counting(seed: str) -> Counting:
    assert models.counting.accounting.SHMEM
    return next(c for c in registered_countings() if c.scenario.name == f"mutant-count-shmem-{seed}")


@pytest.mark.parametrize(("seed", "broken", "move"), SEEDS, ids=[seed for seed, _, _ in SEEDS])
def test_the_move_that_is_wrong_is_where_the_counterexample_ends(seed: str, broken: str, move: str) -> None:
    traces = refuted(counting(seed), [broken])
    assert f"broken by {move} (" in broken_by(traces[broken])
    assert broken_by(traces[broken]).split("(")[1].startswith(("shmem.py:", "page.py:"))


def test_prove_says_so_also_when_the_solver_has_no_time() -> None:
    told = report_on(counting("collapse-one"), None, 0.01, None, lambda text: None)
    results = {r.property: r for r in told.report.results}
    assert results["refcount_adds_up"].verdict is Verdict.VIOLATED
    assert (results["refcount_adds_up"].why or "").startswith("after 10 steps, broken by allocate: page_ref_add (")
    assert all(r.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) for r in results.values())
