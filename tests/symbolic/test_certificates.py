"""Certificates stand while nothing changes, and fall with any change of a file, of the manifest, or of the model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

import attrs
import z3

from tests.symbolic.test_induction import locked, stepwise
from thpverify.compiler import compile_scenario
from thpverify.ir.run import Limits
from thpverify.ir.system import System
from thpverify.loader.select import find
from thpverify.symbolic.certificate import write_certificate
from thpverify.symbolic.engine import prove
from thpverify.symbolic.foreign import SOLVERS, Answer, ask_foreign, command_of
from thpverify.symbolic.rebuilding import differences_from_model
from thpverify.symbolic.recheck import CertificateError, damaged_files, read_manifest, unrefuted_files
from thpverify.symbolic.smtlib import script

INSTALLED = [name for name in SOLVERS if command_of(name) is not None]
ROOTS = find("kvm-roots", "", None)


def flaws(directory: Path, system: System) -> list[str]:
    """Where the certificate is flawed, as far as it takes no solver to see that."""
    manifest = read_manifest(directory)
    found = [*damaged_files(directory, manifest), *differences_from_model(directory, manifest, system)]
    return [flaw.where for flaw in found]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, System]:
    system = locked()
    attempt = prove(system, limits=Limits(), depth=2)
    return write_certificate(tmp_path_factory.mktemp("certificates"), ROOTS, attempt), system


@pytest.fixture
def copied(written: tuple[Path, System], tmp_path: Path) -> tuple[Path, System]:
    shutil.copytree(written[0], tmp_path / "copy")
    return tmp_path / "copy", written[1]


def test_it_stands(written: tuple[Path, System]) -> None:
    assert flaws(*written) == []
    manifest = read_manifest(written[0])
    assert [proof["property"] for proof in manifest["proved"]] == ["exclusive", "range"]
    assert all(lemma["says"].startswith("never ") for lemma in manifest["lemmas"])
    assert {entry["file"] for entry in manifest["files"]} == {path.name for path in written[0].glob("*.smt2")}


@pytest.mark.parametrize("solver", SOLVERS)
def test_solvers_refute_every_file(written: tuple[Path, System], solver: str) -> None:
    if solver not in INSTALLED:
        pytest.skip(f"{solver} is not installed")
    assert list(unrefuted_files(written[0], read_manifest(written[0]), solver, 60)) == []


@pytest.mark.parametrize("solver", SOLVERS)
def test_only_literally_unsat_will_do(tmp_path: Path, solver: str) -> None:
    if solver not in INSTALLED:
        pytest.skip(f"{solver} is not installed")
    file = tmp_path / "file.smt2"
    told = {
        "sat": "(set-logic ALL)(declare-fun a () Bool)(assert a)(check-sat)",
        "silent": "(set-logic ALL)(assert false)",
        "error": "(set-logic ALL)(assert nonsense)(assert false)(check-sat)",
        "twice": "(set-logic ALL)(assert false)(check-sat)(check-sat)",
        "unsat": "(set-logic ALL)(assert false)(check-sat)",
    }
    verdicts = {}
    for name, text in told.items():
        file.write_text(text)
        verdicts[name] = ask_foreign(solver, file, 60).refutes
    assert verdicts == {"sat": False, "silent": False, "error": False, "twice": False, "unsat": True}
    assert not ask_foreign(solver, tmp_path / "missing.smt2", 60).refutes


def test_an_exit_code_is_heeded() -> None:
    assert Answer("unsat", 0).refutes
    assert not Answer("unsat", 1).refutes


def test_a_changed_byte(copied: tuple[Path, System]) -> None:
    file = copied[0] / "step-001.smt2"
    file.write_bytes(file.read_bytes().replace(b"(check-sat)", b"(check-sat) "))
    assert flaws(*copied) == ["step-001.smt2", "step-001.smt2"]


def test_a_missing_file(copied: tuple[Path, System]) -> None:
    (copied[0] / "initial.smt2").unlink()
    assert flaws(*copied) == ["initial.smt2"]


def test_a_file_too_many(copied: tuple[Path, System]) -> None:
    (copied[0] / "more.smt2").write_text("(assert false)(check-sat)")
    assert flaws(*copied) == ["more.smt2"]


def test_a_changed_manifest(copied: tuple[Path, System]) -> None:
    path = copied[0] / "manifest.json"
    path.write_text(path.read_text().replace("exclusive", "Exclusive", 1))
    with pytest.raises(CertificateError, match="was changed since it was written"):
        read_manifest(copied[0])


def test_no_manifest(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=r"manifest\.json is missing"):
        read_manifest(tmp_path)


def test_another_model(written: tuple[Path, System]) -> None:
    assert flaws(written[0], locked(broken=True)) == ["the model"]


def test_a_forged_obligation_is_told_from_the_models(copied: tuple[Path, System]) -> None:
    """Whoever writes a wrong file and a manifest to match still does not have what the model comes to."""
    from hashlib import sha256

    from thpverify.symbolic.recheck import manifest_text

    directory, system = copied
    manifest = read_manifest(directory)
    data = script("nothing", [z3.BoolVal(False)]).encode()
    (directory / "step-001.smt2").write_bytes(data)
    entry = next(e for e in manifest["files"] if e["file"] == "step-001.smt2")
    entry["sha256"] = sha256(data).hexdigest()
    (directory / "manifest.json").write_text(manifest_text(manifest))
    assert flaws(directory, system) == ["step-001.smt2"]
    manifest["proved"].append({"property": "everything", "scope": "always"})
    (directory / "manifest.json").write_text(manifest_text(manifest))
    assert flaws(directory, system) == ["manifest.json", "step-001.smt2"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_lemma_that_is_not_inductive_is_noticed(written: tuple[Path, System], tmp_path: Path, solver: str) -> None:
    if solver not in INSTALLED:
        pytest.skip(f"{solver} is not installed")
    attempt = prove(written[1], limits=Limits(), depth=2)
    assert attempt.inductive is not None
    fewer = attrs.evolve(attempt.inductive, candidates=attempt.inductive.candidates[:1])
    home = write_certificate(tmp_path, ROOTS, attrs.evolve(attempt, inductive=fewer))
    found = list(unrefuted_files(home, read_manifest(home), solver, 60))
    assert found
    assert all(f"{solver} says: sat" in flaw.why for flaw in found)


@pytest.mark.parametrize("solver", SOLVERS)
def test_k_induction_has_files_too(tmp_path: Path, solver: str) -> None:
    if solver not in INSTALLED:
        pytest.skip(f"{solver} is not installed")
    system = stepwise()
    # No states, no lemmas.
    attempt = prove(system, limits=Limits(states=1, memory=1), depth=4)
    assert attempt.strengthened is not None
    home = write_certificate(tmp_path, ROOTS, attempt)
    assert (home / "next.smt2").exists()
    assert flaws(home, system) == []
    assert list(unrefuted_files(home, read_manifest(home), solver, 60)) == []


def test_a_shipped_proof() -> None:
    attempt = prove(compile_scenario(ROOTS), limits=Limits(), depth=4)
    proved = {proof.property for proof in attempt.outcome.proofs}
    assert proved == {"freed_page_is_not_mapped", "guest_frame_has_primary", "index", "range", "deadlock"}
    assert [f.property for f in attempt.outcome.findings] == ["invalid_root_is_used"]


def test_text_says_what_the_terms_say() -> None:
    a, b, p = z3.BitVec("a", 5), z3.BitVec("b b", 5), z3.Bool("p")
    terms = [
        z3.If(p, a + b, a - b) * z3.UDiv(a, b) == z3.URem(a, b),
        z3.Or(z3.ULE(a, b), z3.ULT(b, a), a <= b, a < 3, z3.Not(p)),
        z3.And(z3.Extract(2, 1, a) == z3.Extract(1, 0, b), z3.ZeroExt(3, a) == z3.SignExt(3, b)),
        a / b == a % b,
    ]
    for term in terms:
        again = z3.And(list(z3.parse_smt2_string(script("text", [term]))))
        solver = z3.Solver()
        solver.add(term != again)
        assert solver.check() == z3.unsat


def test_manifest_is_json_with_known_fields(written: tuple[Path, System]) -> None:
    manifest = json.loads((written[0] / "manifest.json").read_text())
    assert manifest["version"] == 3
    assert manifest["found_by"]["z3"] == z3.get_version_string()
    assert manifest["scenario"] == "kvm-roots"
