"""Certificates: a proof as SMT-LIB files that another solver can check, and a manifest that says what they are.

Each file is one obligation and must be unsatisfiable. Together they say: every initial state has all of the invariant
("initial"); no command, from a state that has it, breaks it or fails a Check that is claimed never to fail ("step"); no
state that has it is a deadlock, if that is claimed ("deadlock"). What was proved by k-induction has files of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import attrs
import z3

from thpverify import __version__
from thpverify.ir.system import System
from thpverify.lang.scenarios import Scenario
from thpverify.symbolic.engine import Attempt
from thpverify.symbolic.induction import DEADLOCK, Inductive, place_of
from thpverify.symbolic.kinduction import Strengthened, step_case
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.numbers import is_wide
from thpverify.symbolic.recheck import MANIFEST, VERSION, manifest_text
from thpverify.symbolic.relation import Relation
from thpverify.symbolic.smtlib import script
from thpverify.symbolic.unrolling import Unrolling, check_kinds


@attrs.frozen
class Statement:
    """An obligation as it is written: `about` in words, and what must not be satisfiable."""

    file: str
    about: str
    assertions: tuple[z3.BoolRef, ...]

    @property
    def text(self) -> str:
        """It as SMT-LIB."""
        return script(self.about, self.assertions)


def model_digest(system: System) -> str:
    """A digest of all that a proof depends on."""
    parts = [str(system), repr([i.state for i in system.initial]), repr(system.check_deadlock)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def directory_name(scenario: str, variant: str) -> str:
    """The name of the directory for a scenario's certificate."""
    return re.sub(r"[^A-Za-z0-9@.+_-]", "_", f"{scenario}@{variant}" if variant else scenario)


def write_certificate(directory: Path, scenario: Scenario, attempt: Attempt) -> Path:
    """Write what `attempt` proved into a new directory below `directory`, replacing one that was there.

    Raises:
        OSError: it cannot be written.
    """
    assert attempt.inductive is not None
    home = directory / directory_name(scenario.name, scenario.variant)
    home.mkdir(parents=True, exist_ok=True)
    for old in [*home.glob("*.smt2"), home / MANIFEST]:
        old.unlink(missing_ok=True)
    files: list[dict[str, str]] = []
    for statement in statements_of(attempt.relation, attempt.inductive, attempt.strengthened):
        data = statement.text.encode()
        (home / statement.file).write_bytes(data)
        files.append({"file": statement.file, "about": statement.about, "sha256": hashlib.sha256(data).hexdigest()})
    # Last, so that a directory with a manifest is a whole certificate.
    text = manifest_text(_manifest(scenario, attempt, files))
    (home / MANIFEST).write_text(text, encoding="utf-8")
    return home


def _manifest(scenario: Scenario, attempt: Attempt, files: list[dict[str, str]]) -> dict[str, Any]:
    assert attempt.inductive is not None
    system = attempt.relation.system
    strengthened = attempt.strengthened
    return {
        "version": VERSION,
        "thpverify": __version__,
        "scenario": scenario.name,
        "variant": scenario.variant,
        "model_sha256": model_digest(system),
        "theory": "integers" if is_wide(system) else "bit-vectors",
        "proved": [{"property": p.property, "scope": p.scope} for p in attempt.outcome.proofs],
        "invariants": [c.name for c in attempt.inductive.candidates if c.lemma is None],
        "kinds": [kind for kind in (*check_kinds(attempt.relation), DEADLOCK) if kind in attempt.inductive.proved],
        "lemmas": [{"says": lemma.show(system), **attrs.asdict(lemma)} for lemma in attempt.inductive.lemmas],
        "k_inductive": None if strengthened is None else {"k": strengthened.k, "properties": strengthened.proved},
        "found_by": {"z3": z3.get_version_string(), **_versions("cvc5", "bitwuzla")},
        "files": files,
    }


def _versions(*packages: str) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def statements_of(relation: Relation, inductive: Inductive, strengthened: Strengthened | None) -> Iterator[Statement]:
    """Every obligation of a proof."""
    yield from _inductive(relation, inductive)
    if strengthened is not None:
        proved, k = strengthened.proved, strengthened.k
        terms = {p.prop.name: p.always for p in relation.properties if p.prop.name in proved}
        for number in range(k):
            yield Statement(f"first-{number}.smt2", f"paths of {number} steps keep it", _first(relation, terms, number))
        hypotheses, goals = step_case(relation, strengthened.candidates, terms, k)
        broken = z3.Not(all_of(goals.values()))
        yield Statement("next.smt2", f"the step of {k}-induction", (*hypotheses, broken))


def _inductive(relation: Relation, inductive: Inductive) -> Iterator[Statement]:
    invariant = all_of([relation.typed, *(c.term for c in inductive.candidates)])
    yield Statement("initial.smt2", "initial states have the invariant", (relation.initial(), z3.Not(invariant)))
    kinds = [kind for kind in check_kinds(relation) if kind in inductive.proved]
    for terms in relation.commands:
        after = z3.substitute(invariant, *relation.after(terms))
        broken = [f.condition for f in terms.failures if f.check.kind in kinds]
        broken.append(all_of([terms.done, z3.Not(after)]))
        about = f"{place_of(relation.system, terms.command)} keeps the invariant"
        file = f"step-{terms.command.number:03}.smt2"
        yield Statement(file, about, (invariant, terms.enabled, any_of(broken)))
    for prop in relation.properties:
        if prop.prop.name in inductive.proved:
            file = f"property-{directory_name(prop.prop.name, '')}.smt2"
            verb = "reaches" if prop.prop.kind == "reachable" else "violates"
            about = f"no state of the invariant {verb} {prop.prop.name}"
            yield Statement(file, about, (invariant, prop.decided))
    if DEADLOCK in inductive.proved:
        yield Statement("deadlock.smt2", "a state without a step is final", (invariant, relation.stuck()))


def _first(relation: Relation, terms: dict[str, z3.BoolRef], steps: int) -> tuple[z3.BoolRef, ...]:
    unrolling = Unrolling.of(relation)
    path = [unrolling.at(0, all_of([relation.typed, relation.initial()]))]
    for number in range(steps):
        path += [unrolling.at(number, unrolling.step.done), unrolling.params_in_range(number), *unrolling.extend()]
    return (*path, unrolling.at(steps, z3.Not(all_of(terms.values()))))
