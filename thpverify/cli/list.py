"""``list``: the scenarios there are."""

from __future__ import annotations

import sys

from thpverify.lang.scenarios import Scenario
from thpverify.loader.select import named, select
from thpverify.loader.shipped import Profile
from thpverify.reports.text import columns, place


def list_scenarios(*targets: str) -> int:
    """Name scenarios, what is expected of each, and where it is declared.

    Parameters
    ----------
    targets
        Model files, directories or names, as for `check`. Without any, every shipped scenario, large ones included.
    """
    selection = select(targets, profile=Profile.ALL)
    rows = [(named(s.name, s.variant), _expectation(s), _where(s)) for s in selection.scenarios]
    for line in columns(rows, (50, 40, 120)):
        print(line)
    for text in selection.broken:
        print(f"thpverify: {text}", file=sys.stderr)
    return 2 if selection.broken else 0


def _where(scenario: Scenario) -> str:
    return f"{place(scenario.span.file)}:{scenario.span.line}"


def _expectation(scenario: Scenario) -> str:
    return f"violates {scenario.expect.violated[0]}" if scenario.expect.violated else "holds"
