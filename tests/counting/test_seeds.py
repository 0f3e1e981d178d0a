"""A mistake in each of several places of the counted models makes the proof fail, and the wrong move is named."""

from __future__ import annotations

import re
from pathlib import Path

import attrs
import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

import models.counting.accounting
import models.counting.anon_accounting
from models.counting.page import MMS, NR
from models.counting.shmem import allocate, free_small_pages, shmem_fault, split_huge_page, truncate, unmap
from thpverify.checker.result import Verdict
from thpverify.counting.blaming import told_obstacles
from thpverify.counting.proof import blaming, compared
from thpverify.counting.refuting import refuted
from thpverify.counting.reporting import broken_by, report_on
from thpverify.lang.counting import Counting, CountingInstance, registered_countings
from thpverify.lang.threads import Instance
from thpverify.symbolic.solving import Clock

DOCS = Path(__file__).parents[2] / "docs/counting.md"
LIFE = (split_huge_page(), truncate(), free_small_pages(), allocate())
MAPPINGS = (shmem_fault(a=0), unmap(a=0))
FEW = {
    "shmem-pte-without-put": MAPPINGS,
    "shmem-put-each-subpage": MAPPINGS,
    "shmem-collapse-one": (truncate(), allocate()),
    "shmem-freeze-unchecked": (split_huge_page(), truncate(), free_small_pages()),
}
"""Tasks that are enough for the mistake; LIFE for the other ones."""
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


@pytest.mark.parametrize(("seed", "broken", "move"), SEEDS, ids=[seed for seed, _, _ in SEEDS])
def test_the_docs_have_the_move(seed: str, broken: str, move: str) -> None:
    (row,) = re.findall(rf"^\| {seed.partition('-')[2]} \| (.*?) \| (.*?) \|", DOCS.read_text(), re.MULTILINE)
    assert row == (broken, move)


@pytest.mark.parametrize(("seed", "broken", "move"), [s for s in SEEDS if s[0].startswith("shmem")], ids=lambda s: s)
def test_induction_has_no_other_move_to_blame(seed: str, broken: str, move: str, few_walks: None) -> None:
    proof = compared(with_threads(counting(seed), FEW.get(seed, LIFE)))
    judge = blaming(proof, Clock(60))
    culprits = {name: judge.culprits(name) for name in (broken, "split_page_is_unmapped")}
    (culprit,) = culprits[broken]
    assert culprit.move.name.startswith(f"{move} (shmem.py:")
    assert any(culprit.before[name] != value for name, value in culprit.after.items())
    told = told_obstacles(culprits)
    assert re.match(r"may be broken by .* \d+ -> -?\d+.*; with N = \d", told[broken])
    assert told["split_page_is_unmapped"] == f"no move breaks it as long as {broken} holds"


def with_threads(counting: Counting, threads: tuple[Instance, ...]) -> Counting:
    """`counting` of these only, which makes fewer moves, and compared with the smallest instance only."""
    scenario = attrs.evolve(counting.scenario, threads=threads)
    return attrs.evolve(counting, scenario=scenario, instances=(CountingInstance({NR: 2, MMS: 1}, threads),))


@pytest.fixture
def few_walks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("thpverify.counting.proof.WALKS", 8)


def test_prove_says_so_also_when_the_solver_has_no_time() -> None:
    told = report_on(counting("anon-split-adds-all"), None, 0.01, lambda text: None)
    results = {r.property: r for r in told.report.results}
    refcount = results["anon_refcount_adds_up"]
    assert refcount.verdict is Verdict.VIOLATED
    assert (refcount.why or "").startswith("after 5 steps, broken by split_huge_pmd: page_ref_add (")
    assert all(r.verdict in (Verdict.VIOLATED, Verdict.UNKNOWN) for r in results.values())
