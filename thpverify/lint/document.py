"""What the linter found, as JSON, version 1. docs/lint.md explains every field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import attrs

from thpverify import __version__
from thpverify.lint.results import Finding, Lint, StepSummary

VERSION = 1


@attrs.frozen
class Linted:
    """A scenario and what the linter says about it."""

    scenario: str
    variant: str
    lint: Lint


def to_json(linted: Sequence[Linted], errors: Sequence[str], exit_code: int) -> str:
    """The text of a file with all findings and steps; `errors` are the models that could not be read, in words."""
    document = {
        "version": VERSION,
        "thpverify": __version__,
        "exit_code": exit_code,
        "scenarios": [
            {
                "scenario": one.scenario,
                "variant": one.variant,
                "findings": [_plain(finding) for finding in one.lint.findings],
                "steps": [_plain(step) for step in one.lint.steps],
            }
            for one in linted
        ],
        "errors": list(errors),
    }
    return json.dumps(document, indent=1) + "\n"


def _plain(result: Finding | StepSummary) -> dict[str, Any]:
    plain: dict[str, Any] = attrs.asdict(result)
    for access in plain["accesses"]:
        if access["other"] is not None:
            function, label, place = access["other"]
            access["other"] = {"function": function, "label": label, "place": place}
    return plain
