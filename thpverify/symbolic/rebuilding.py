"""Whether the files of a certificate are what today's model and the lemmas of its manifest come to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from thpverify.ir.system import System
from thpverify.symbolic.certificate import model_digest, statements_of
from thpverify.symbolic.induction import AnyLemma, Candidate, Inductive
from thpverify.symbolic.kinduction import Strengthened
from thpverify.symbolic.lemmas import Lemma
from thpverify.symbolic.recheck import Flaw
from thpverify.symbolic.relation import Relation, relation_of
from thpverify.symbolic.relational import Relational


def differences_from_model(directory: Path, manifest: dict[str, Any], system: System) -> Iterator[Flaw]:
    """In what the certificate is not one for `system`."""
    if manifest["model_sha256"] != model_digest(system):
        yield Flaw("the model", "is not the one that the certificate was made for: check it again with --certificate")
        return
    relation = relation_of(system)
    inductive, strengthened = _proofs(manifest, relation)
    claimed = {*inductive.proved, *(() if strengthened is None else strengthened.proved)}
    for proof in manifest["proved"]:
        if proof["property"] not in claimed:
            yield Flaw("manifest.json", f"claims {proof['property']} but not how it was proved")
    wanted = {statement.file: statement.text for statement in statements_of(relation, inductive, strengthened)}
    for name in sorted({entry["file"] for entry in manifest["files"]} ^ wanted.keys()):
        yield Flaw(name, "is missing" if name in wanted else "is not an obligation of this proof")
    for name, text in wanted.items():
        path = directory / name
        if path.exists() and path.read_bytes() != text.encode():
            yield Flaw(name, "is not what the model and the lemmas come to")


def _proofs(manifest: dict[str, Any], relation: Relation) -> tuple[Inductive, Strengthened | None]:
    terms = {p.prop.name: p.always for p in relation.properties}
    candidates = [Candidate(name, terms[name], None) for name in manifest["invariants"]]
    for number, told in enumerate(manifest["lemmas"], start=1):
        lemma = _lemma(told)
        candidates.append(Candidate(f"lemma {number}", lemma.term(relation), lemma.elements, lemma))
    proved = (*manifest["invariants"], *manifest["kinds"])
    inductive = Inductive(proved, tuple(candidates), {}, 0, 0)
    told = manifest["k_inductive"]
    if told is None:
        return inductive, None
    return inductive, Strengthened(tuple(told["properties"]), told["k"], tuple(candidates))


def _lemma(told: dict[str, Any]) -> AnyLemma:
    if "parts" in told:
        return Lemma(tuple((element, tuple(values)) for element, values in told["parts"]))
    place, value = told["place"]
    terms = tuple((factor, element) for factor, element in told["terms"])
    return Relational((place, value), terms, told["constant"], told["exact"])
