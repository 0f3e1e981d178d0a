"""From a counting to a proof: what is proved, what is not, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.counting import example
from thpverify.counting.certificate import differences_from_counting, write_counting_certificate
from thpverify.counting.errors import NotSimulated, Uncountable
from thpverify.counting.goals import violations
from thpverify.counting.linear import Linear
from thpverify.counting.proof import CountingProof, prove_by_counting
from thpverify.counting.simulation import Simulation
from thpverify.counting.system import CounterSystem, counter_system
from thpverify.lang import invariant
from thpverify.lang.counting import Counting, registered_countings
from thpverify.symbolic.recheck import damaged_files, read_manifest, unrefuted_files

COUNTING = next(c for c in registered_countings() if c.scenario is example.EXAMPLE)


def with_bug(bug: int) -> Counting:
    """The example with one of its bugs."""
    return attrs.evolve(COUNTING, scenario=attrs.evolve(COUNTING.scenario, constants={example.BUG: bug}))


@pytest.fixture(scope="module")
def proof() -> CountingProof:
    return prove_by_counting(COUNTING)


@pytest.fixture(scope="module")
def system() -> CounterSystem:
    return counter_system(COUNTING)


def test_all_properties_are_proved_for_every_size(proof: CountingProof) -> None:
    assert proof.proved == ("mapped_pages_have_references", "mapcounts_add_up", "range")
    assert proof.stopped is None
    assert "= 512 and every HPAGE_PMD_NR >= 2" in proof.scope
    assert "N = 2, 3, 4" in proof.scope


def test_the_refcount_equation_is_found(proof: CountingProof) -> None:
    found = [form for form in proof.equations if "refcount" in form.terms]
    assert len(found) == 1
    assert found[0].terms["mm [pmd=HUGE]"] == (-1, 0)
    assert found[0].constant == (-1, 0)


def test_numbers_in_moves_are_linear_in_the_size(system: CounterSystem) -> None:
    last = next(m for m in system.moves if m.label == "fault / entry set, unlock")
    assert last.change["i of fault.3 subpage mapped [pmd=NONE]"] == Linear({}, (1, -1))


@pytest.mark.parametrize(
    ("bug", "broken"),
    [
        (example.FORGETS_A_SUBPAGE, "mapcounts_add_up"),
        (example.FORGETS_A_REFERENCE, "mapped_pages_have_references"),
    ],
)
def test_a_bug_makes_the_proof_fail(bug: int, broken: str) -> None:
    failed = prove_by_counting(with_bug(bug))
    assert failed.proved == ()
    assert "may be broken by" in failed.obstacles[broken]
    assert "example.py" in failed.obstacles[broken]


def test_a_step_that_is_no_move_is_named(system: CounterSystem) -> None:
    wrong = tuple(
        attrs.evolve(m, change={**m.change, "refcount": Linear.number(2)}) if m.label == "get_page" else m
        for m in system.moves
    )
    with pytest.raises(NotSimulated, match=r"example\.py:.* the step of fault to 'get_page' is no move"):
        Simulation(attrs.evolve(system, moves=wrong), lambda states: None).run()


def test_a_move_that_is_missing_is_noticed(system: CounterSystem) -> None:
    fewer = tuple(m for m in system.moves if m.role != "zap" or "put_page" not in m.label)
    with pytest.raises(NotSimulated, match="to 'put_page' is no move"):
        Simulation(attrs.evolve(system, moves=fewer), lambda states: None).run()


def test_a_solver_without_time_leaves_everything_unknown() -> None:
    stopped = prove_by_counting(COUNTING, seconds=0.01)
    assert stopped.proved == ()
    assert stopped.stopped is not None


def test_a_property_of_one_record_is_refused(system: CounterSystem) -> None:
    @invariant
    def first_is_unlocked(s: example.State) -> bool:
        """Speaks of one record of many."""
        return s.mapcount[0] == 0

    counting = attrs.evolve(COUNTING, scenario=attrs.evolve(COUNTING.scenario, properties=(first_is_unlocked,)))
    with pytest.raises(Uncountable, match="first_is_unlocked"):
        prove_by_counting(counting)
    assert violations(system.reference, system.system.properties[0])


def test_a_certificate_is_compared_and_refuted_by_z3(proof: CountingProof, tmp_path: Path) -> None:
    home = write_counting_certificate(tmp_path, proof)
    manifest = read_manifest(home)
    assert list(damaged_files(home, manifest)) == []
    assert list(differences_from_counting(home, manifest, COUNTING)) == []
    assert list(unrefuted_files(home, manifest, "z3", 60)) == []
    other = list(differences_from_counting(home, manifest, with_bug(example.FORGETS_A_REFERENCE)))
    assert other[0].where == "the model"


def test_a_lemma_that_is_not_inductive_is_not_refuted(proof: CountingProof, tmp_path: Path) -> None:
    from thpverify.counting.lemmas import Lemma
    from thpverify.counting.linear import Atom

    wrong = Lemma((Atom(Linear.of("refcount") * -1 + 1),))
    home = write_counting_certificate(tmp_path, attrs.evolve(proof, lemmas=(*proof.lemmas, wrong)))
    flaws = list(unrefuted_files(home, read_manifest(home), "z3", 60))
    assert any("get_page" in flaw.why for flaw in flaws)
    assert json.loads((home / "manifest.json").read_text())["kind"] == "counting"


def test_a_property_that_is_another_one_for_small_sizes_is_refused() -> None:
    few = attrs.evolve(COUNTING.scenario, properties=(example.few_subpages,))
    with pytest.raises(NotSimulated, match="N = 2, few_subpages is not what is counted"):
        prove_by_counting(attrs.evolve(COUNTING, scenario=few))
