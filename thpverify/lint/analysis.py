"""The linter: explores every thread by itself, finds out which accesses race, and judges the steps."""

from __future__ import annotations

from collections.abc import Iterable

from thpverify.ir.system import System
from thpverify.lint.habits import ghost_reads, unlabelled, wrapping_counters
from thpverify.lint.knowledge import forget_expressions
from thpverify.lint.locking import lock_findings
from thpverify.lint.races import Races
from thpverify.lint.results import Finding, Lint
from thpverify.lint.steps import coarse, summaries
from thpverify.lint.threads import explore


def lint(system: System) -> Lint:
    """What is too coarse or doubtful in `system`. What its hooks do after every step is no access of the step."""
    forget_expressions()
    threads = [explore(system, thread) for thread in system.threads]
    paths = [path for thread in threads for path in thread.paths]
    races = Races.of(paths)
    unexplained = [path for path in paths if not path.reasons]
    findings = [finding for path in unexplained if (finding := coarse(path, races)) is not None]
    for thread in threads:
        findings.extend(lock_findings(thread))
    findings.extend(wrapping_counters(system, unexplained))
    findings.extend(ghost_reads(system))
    findings.extend(unlabelled(system, paths))
    return Lint(system.name, summaries(paths, races), merge(findings))


def merge(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings that say the same as one, by place; of a step, the one with the most locations is kept."""
    merged: dict[object, Finding] = {}
    for finding in findings:
        known = merged.get(finding.key)
        if known is None or len(finding.accesses) > len(known.accesses):
            merged[finding.key] = finding
    order = sorted(merged.values(), key=lambda f: (f.place.file, f.place.line, f.kind, f.label))
    return tuple(order)
