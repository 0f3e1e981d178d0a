"""Every entry of history is a bug that is listed, has both sides, and breaks what it says; every property can fail.

data/bugs.json holds facts about the known bugs: id, fixing commits, how well known (tier 1 best; none for those found
with these models), the codes of the invariants that each breaks. What the verdicts are is for ``check`` to say; here
is looked at what the scenarios declare.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.models.test_layers import imported
from thpverify.lang.history import KnownBug, bug_of
from thpverify.lang.scenarios import Scenario
from thpverify.loader import Profile, select
from thpverify.loader.shipped import SHIPPED_ROOT

DATA = json.loads((Path(__file__).parent / "data" / "bugs.json").read_text(encoding="utf-8"))
LISTED: dict[str, dict[str, Any]] = {bug["id"]: bug for bug in DATA["bugs"]}
LEMMA = "LEM"
"""The code of what is stated only so that others can be proved."""
CODES = {*DATA["codes"], LEMMA}
BUILT_IN = {
    "assertion": {"BUG", "ACCT", "ORDER"},
    "range": {"BUG", "REF", "MAP", "ACCT"},
    "index": {"BUG", "PTUAF"},
    "division": {"BUG"},
    "deadlock": {"LIVE", "LOCK"},
}
"""What a built-in property may stand for: a VM_BUG_ON is an assertion, an underflow a range, a hang a deadlock."""

EVERYTHING = select(profile=Profile.ALL)
BUGS = EVERYTHING.bugs
FILES = sorted((SHIPPED_ROOT / "models" / "history").glob("[a-z]*.py"))


def scenarios_of(bug: KnownBug) -> list[Scenario]:
    return [s for s in EVERYTHING.scenarios if bug_of(s.name, BUGS) is bug]


def codes_of(scenario: Scenario) -> set[str]:
    """The codes of the property that `scenario` expects to be violated."""
    name = scenario.expect.violated[0]
    own = [set(p.codes) for p in scenario.properties if p.name == name]
    return own[0] if own else BUILT_IN[name]


def test_everything_can_be_loaded() -> None:
    assert not EVERYTHING.broken


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_an_entry_says_what_is_known(bug: KnownBug) -> None:
    known = LISTED[bug.id]
    assert {fix.commit for fix in bug.fixes} <= set(known["commits"])
    assert set(bug.invariants) <= set(known["invariants"])
    assert bug.cve == known["cve"]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_an_entry_has_a_kernel_that_fails_and_one_with_the_fix_that_holds(bug: KnownBug) -> None:
    fixes, sides = set(bug.fixes), scenarios_of(bug)
    failing = [s for s in sides if s.expect.violated and not s.patches & fixes]
    holding = [s for s in sides if not s.expect.violated and s.patches >= fixes]
    assert failing, "no scenario without the fix is expected to fail"
    assert holding, "no scenario with the fix is expected to hold"
    assert bug.id in [s.name for s in failing], "none of those that fail is named like the entry"
    assert bug.id in [s.name for s in holding], "none of those that hold is named like the entry"
    assert codes_of(failing[0]) & set(bug.invariants), "what is violated is not of a kind that the entry names"


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.id)
def test_the_sides_differ_in_what_the_kernel_has_only(bug: KnownBug) -> None:
    sides = scenarios_of(bug)
    failing = [s for s in sides if s.expect.violated and not s.patches & set(bug.fixes)]
    holding = [s for s in sides if not s.expect.violated and s.patches >= set(bug.fixes)]
    pairs = [(a, b) for a in failing for b in holding if (a.threads, a.initial) == (b.threads, b.initial)]
    assert pairs, "no two sides have the same threads and set-up"
    assert any({p.name for p in a.properties} <= {p.name for p in b.properties} for a, b in pairs)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_bug_costs_less_than_sixty_lines_and_no_kernel_of_its_own(file: Path) -> None:
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 60
    assert all(m.startswith(("models.", "properties.")) or m == "thpverify.lang" for m in imported(file))
    text = file.read_text(encoding="utf-8")
    assert "@record" not in text and "@thread" not in text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_of_history_belongs_to_an_entry(file: Path) -> None:
    names = {s.name for s in EVERYTHING.scenarios if Path(s.span.file) == file}
    assert any(bug_of(name, BUGS) is not None for name in names)


def test_codes_are_those_that_are_documented() -> None:
    text = (SHIPPED_ROOT / "docs" / "models" / "history.md").read_text(encoding="utf-8")
    assert all(f"| {code} |" in text for code in CODES)
    used = {code for s in EVERYTHING.scenarios for p in s.properties for code in p.codes}
    assert used <= CODES


def test_every_invariant_says_of_which_kind_it_is() -> None:
    invariants = {p.name: p for s in EVERYTHING.scenarios for p in s.properties if p.kind == "invariant"}
    assert [name for name, p in invariants.items() if not p.codes] == []


def test_every_invariant_is_expected_to_fail_somewhere() -> None:
    failing: dict[str, int] = defaultdict(int)
    for scenario in EVERYTHING.scenarios:
        for name in scenario.expect.violated[:1]:
            failing[name] += 1
    properties = [p for s in EVERYTHING.scenarios for p in s.properties]
    invariants = {p.name for p in properties if p.kind == "invariant" and p.codes != (LEMMA,)}
    assert sorted(name for name in invariants if not failing[name]) == []
