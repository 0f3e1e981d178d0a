"""Certificates of proofs by counting: one SMT-LIB file per move and property, and a manifest with the lemmas."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import attrs
import z3

from thpverify import __version__
from thpverify.counting.goals import Ways
from thpverify.counting.lemmas import Lemma
from thpverify.counting.linear import Atom, Linear
from thpverify.counting.obligations import obligations
from thpverify.counting.proof import CountingProof, goals_of, without_idle_products
from thpverify.counting.proving import Terms
from thpverify.counting.simulation import Simulation
from thpverify.counting.system import SIZES, CounterSystem, counter_system
from thpverify.lang.counting import Counting
from thpverify.symbolic.certificate import directory_name
from thpverify.symbolic.packing import pack
from thpverify.symbolic.recheck import MANIFEST, VERSION, Flaw, manifest_text
from thpverify.symbolic.smtlib import script

KIND = "counting"
"""What a manifest of this kind says of itself."""


def write_counting_certificate(directory: Path, proof: CountingProof, packed: bool = False) -> Path:
    """Write what is proved into a new directory below `directory`, replacing one that was there; or all of it packed.

    Raises:
        OSError: it cannot be written.
    """
    if packed:
        with TemporaryDirectory() as scratch:
            return pack(write_counting_certificate(Path(scratch), proof), directory)
    scenario = proof.counting.scenario
    size = "" if proof.n is None else f".{proof.n}"
    home = directory / f"{directory_name(scenario.name, scenario.variant)}.counting{size}"
    home.mkdir(parents=True, exist_ok=True)
    for old in [*home.glob("*.smt2"), home / MANIFEST]:
        old.unlink(missing_ok=True)
    goals = {name: proof.goals[name] for name in proof.proved}
    files = []
    for file in texts(proof.system, proof.n, proof.lemmas, goals):
        data = file.text.encode()
        (home / file.name).write_bytes(data)
        digest_of_file = hashlib.sha256(data).hexdigest()
        files.append({"file": file.name, "about": file.about, "takes": file.takes, "sha256": digest_of_file})
    manifest = {
        "version": VERSION,
        "kind": KIND,
        "theory": "integers",
        "thpverify": __version__,
        "scenario": scenario.name,
        "variant": scenario.variant,
        "size": proof.n,
        "sizes": list(proof.system.sizes),
        "model_sha256": digest(proof.system),
        "proved": [{"property": name, "scope": proof.scope} for name in proof.proved],
        "lemmas": [{"says": str(lemma), "clause": [_written(atom) for atom in lemma.clause]} for lemma in proof.lemmas],
        "simulation": {"instances": proof.simulated.instances, "steps": proof.simulated.steps},
        "found_by": {"z3": z3.get_version_string()},
        "files": files,
    }
    # Last, so that a directory with a manifest is a whole certificate.
    (home / MANIFEST).write_text(manifest_text(manifest), encoding="utf-8")
    return home


@attrs.frozen
class File:
    """An obligation as it is written; `takes` has the numbers of the lemmas that it assumes."""

    name: str
    about: str
    takes: list[int]
    text: str


def texts(
    system: CounterSystem,
    n: int | None,
    lemmas: Sequence[Lemma],
    goals: Mapping[str, Ways],
    taken: Mapping[str, Sequence[int]] | None = None,
) -> Iterator[File]:
    """Every obligation, with the lemmas that are `taken` by file, or else with those that it needs."""
    terms = Terms(n)
    for number, obligation in enumerate(obligations(system, terms, lemmas, goals)):
        name, about = f"{number:03}.smt2", obligation.about.replace("\n", " ")
        takes = obligation.needed(system, terms, lemmas) if taken is None else list(taken.get(name, ()))
        text = script(about, obligation.assertions(system, terms, [lemmas[each] for each in takes]))
        yield File(name, about, takes, text)


def digest(system: CounterSystem) -> str:
    """A digest of all that a proof depends on: the counter system, and the model that it was derived from."""
    moves = [
        f"{m.key} {m.fails} {[str(a) for a in m.guard]} {[(k, str(f)) for k, f in m.change.items()]}"
        for m in system.moves
    ]
    parts = [*moves, repr(sorted(system.initial.items())), *(str(d.vocabulary.system) for d in system.derivations)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def differences_from_counting(directory: Path, manifest: dict[str, Any], counting: Counting) -> Iterator[Flaw]:
    """In what the certificate is not one for the model as it is today; the simulation check is made again.

    Raises:
        NotSimulated: a step of an instance is no move.
    """
    whole = system = counter_system(counting, tuple(manifest["sizes"]))
    n, files = manifest["size"], manifest["files"]
    if not set(manifest["sizes"]) >= set(SIZES):
        yield Flaw("manifest.json", "was derived at fewer sizes than a proof needs")
        return
    goals = goals_of(system)
    lemmas = tuple(Lemma(tuple(map(_read, told["clause"]))) for told in manifest["lemmas"])
    forms = [atom.form for lemma in lemmas for atom in lemma.clause]
    # Products that the proof did not speak of are not in its files: the digest is of the system with those it has.
    claimed = {proof["property"] for proof in manifest["proved"]}
    system = without_idle_products(system, forms, {name: ways for name, ways in goals.items() if name in claimed})
    if manifest["model_sha256"] != digest(system):
        yield Flaw("the model", "is not the one that the certificate was made for: prove it again with --certificate")
        return
    for name in sorted(claimed - goals.keys()):
        yield Flaw("manifest.json", f"claims {name}, which is no property of the model")
    numbers = range(len(lemmas))
    taken = {entry["file"]: [number for number in entry.get("takes", ()) if number in numbers] for entry in files}
    proved = {name: ways for name, ways in goals.items() if name in claimed}
    wanted = {file.name: file.text for file in texts(system, n, lemmas, proved, taken)}
    for name in sorted({entry["file"] for entry in files} ^ wanted.keys()):
        yield Flaw(name, "is missing" if name in wanted else "is not an obligation of this proof")
    for name, text in wanted.items():
        path = directory / name
        if path.exists() and path.read_bytes() != text.encode():
            yield Flaw(name, "is not what the model and the lemmas come to")
    Simulation(whole, lambda states: None, goals).run()


def _written(atom: Atom) -> dict[str, Any]:
    return {"terms": dict(atom.form.terms), "constant": atom.form.constant, "equal": atom.equal}


def _read(told: dict[str, Any]) -> Atom:
    terms = {name: (size[0], size[1]) for name, size in told["terms"].items()}
    return Atom(Linear(terms, (told["constant"][0], told["constant"][1])), told["equal"])
