"""Scenarios for tests of the linter, from threads that the tests write in the language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from thpverify.compiler import compile_scenario
from thpverify.lang import scenario
from thpverify.lang.registry import forget
from thpverify.lang.threads import Instance
from thpverify.lint import Access, Finding, Lint, lint

_NUMBERS = count()


def linted(state: Any, *threads: Instance, after_step: Sequence[Callable[..., Any]] = ()) -> Lint:
    """What the linter says of `threads`."""
    declared = scenario(f"lint-{next(_NUMBERS)}", state=state, threads=threads, after_step=after_step)
    try:
        return lint(compile_scenario(declared))
    finally:
        forget(declared.span.file)


def kinds(result: Lint) -> list[str]:
    """The kinds of the findings, in order; without remarks."""
    return [finding.kind for finding in result.findings if finding.severity == "warning"]


def only(result: Lint) -> Finding:
    """The one finding that is no remark."""
    (finding,) = (f for f in result.findings if f.severity == "warning")
    return finding


def locations(finding: Finding) -> list[str]:
    """The names of its locations, sorted."""
    return sorted(access.location for access in finding.accesses)


def access(result: Lint, label: str, location: str) -> Access:
    """How the step with this label touches a location."""
    found = [a for step in result.steps if step.label == label for a in step.accesses if a.location == location]
    assert found, f"{label} does not touch {location}"
    return found[0]
