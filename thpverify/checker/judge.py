"""From a search's outcome to verdicts, and from verdicts to results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from thpverify.checker.result import Expected, Line, Result, Verdict
from thpverify.ir.run import Finding, Outcome
from thpverify.ir.statements import Check, walk
from thpverify.ir.system import System
from thpverify.lang.scenarios import Expectation
from thpverify.traces.trace import Trace

STEP_CHECKS = ("assertion", "range", "index", "division")
"""Built-in properties that a step can break, by their names."""


@attrs.frozen
class Subject:
    """A property that the search decided about: one of the model's or a built-in one."""

    name: str
    kind: str


def subjects(system: System) -> Iterator[Subject]:
    """The model's properties, then those built-in ones that some step could violate."""
    for prop in system.properties:
        yield Subject(prop.name, prop.kind)
    checks = {s.kind for command in system.commands for s in walk(command.body) if isinstance(s, Check)}
    for kind in STEP_CHECKS:
        if kind in checks:
            yield Subject(kind, kind)
    if system.check_deadlock:
        yield Subject("deadlock", "deadlock")


def is_violation(finding: Finding) -> bool:
    """Whether `finding` is a counterexample; otherwise it is a witness of something reachable."""
    return finding.kind != "reachable" or finding.check is not None


def violated_names(outcome: Outcome) -> tuple[str, ...]:
    """The properties that were found violated, in the order found."""
    return tuple(finding.property for finding in outcome.findings if is_violation(finding))


def expected_of(name: str, expect: Expectation) -> Expected:
    """What `expect` says of property `name`: of a scenario that must fail, only the first named one must."""
    if not expect.violated:
        return Expected.HOLDS
    return Expected.VIOLATED if name == expect.violated[0] else Expected.ANY


def judge(
    scenario: str, variant: str, expect: Expectation, system: System, outcome: Outcome, traces: Mapping[str, Trace]
) -> tuple[Result, ...]:
    """One result per property; `traces` has the replayed trace of each finding by its property's name."""
    by_name = {finding.property: finding for finding in outcome.findings}
    stopped = _stopped(outcome)
    results = []
    for subject in subjects(system):
        verdict, why = _verdict(subject, by_name.get(subject.name), outcome)
        incomplete = verdict in (Verdict.BOUNDED, Verdict.UNKNOWN)
        results.append(
            Result(
                scenario=scenario,
                variant=variant,
                property=subject.name,
                kind=subject.kind,
                verdict=verdict,
                expected=expected_of(subject.name, expect),
                states=outcome.states,
                transitions=outcome.transitions,
                depth=max(0, outcome.depth),
                seconds=outcome.seconds,
                peak_bytes=outcome.peak_bytes,
                stopped=stopped if incomplete else None,
                why=why,
                trace=traces.get(subject.name),
            )
        )
    return tuple(results)


def _verdict(subject: Subject, finding: Finding | None, outcome: Outcome) -> tuple[Verdict, str | None]:
    if finding is not None:
        return (Verdict.VIOLATED if is_violation(finding) else Verdict.HOLDS), None
    if outcome.complete:
        if subject.kind == "reachable":
            return Verdict.VIOLATED, f"never reached in any of {outcome.states:,} states"
        return Verdict.HOLDS, None
    proof = next((proof for proof in outcome.proofs if proof.property == subject.name), None)
    if proof is not None and subject.kind == "reachable":
        return Verdict.VIOLATED, f"never reached {proof.scope}"
    if proof is not None:
        return Verdict.PROVED, proof.scope
    far = outcome.states and outcome.depth >= 0
    obstacle = outcome.obstacles.get(subject.name)
    if far and obstacle is not None:
        return Verdict.BOUNDED, f"to depth {outcome.depth}; no proof: {obstacle}"
    return (Verdict.BOUNDED if far else Verdict.UNKNOWN), obstacle


def _stopped(outcome: Outcome) -> str | None:
    """What ended an incomplete search, in words that stand alone in a property's line."""
    violated = violated_names(outcome)
    if outcome.stopped == "violation" and violated:
        return f"the violation of {violated[0]}"
    return outcome.stopped


def source_lines(system: System) -> frozenset[Line]:
    """The lines on which a statement of some step starts."""
    return frozenset(
        (statement.span.file, statement.span.line) for command in system.commands for statement in walk(command.body)
    )
