"""Entries of history: what they say, and which scenarios are theirs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from thpverify.lang import invariant, known_bug, patch, reachable
from thpverify.lang.history import KnownBug, bug_of, known_bugs
from thpverify.lang.registry import forget

FIX = patch("127393fbe597", "mm: fix it", version="v4.6")
MORE = patch("169226f7e0d2", "mm: fix it again", version="v5.4")


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    yield
    forget(__file__)


def entry(id: str, *fixes: object) -> KnownBug:
    return known_bug(id, fix=list(fixes) or FIX, introduced="v4.5", invariants=["LVL", "SEC"], breaks="It breaks.")  # type: ignore[arg-type]


def test_an_entry_tells_of_its_fixes() -> None:
    bug = entry("stale-level", FIX, MORE)
    assert (bug.commit, bug.subject, bug.fixed) == ("127393fbe597 / 169226f7e0d2", "mm: fix it", "v4.6, v5.4")
    assert (bug.invariants, bug.cve) == (("LVL", "SEC"), None)
    assert bug in known_bugs()


def test_scenarios_belong_to_the_entry_that_they_are_named_after() -> None:
    short, long = entry("stale"), entry("stale-level")
    found = {name: bug_of(name, known_bugs()) for name in ("stale", "stale-data", "stale-level", "stale-level-data")}
    assert found == {"stale": short, "stale-data": short, "stale-level": long, "stale-level-data": long}
    assert bug_of("stalest", known_bugs()) is None


def test_a_file_that_is_forgotten_can_declare_its_entries_again() -> None:
    entry("stale")
    forget(__file__)
    assert entry("stale") is known_bugs()[-1]


def test_properties_carry_codes_or_none() -> None:
    @invariant(code="LVL")
    def level(s: object) -> bool:
        return True

    @reachable(code=["PERF", "LIVE"])
    def huge(s: object) -> bool:
        return True

    @invariant
    def bare(s: object) -> bool:
        return True

    assert (level.kind, level.codes) == ("invariant", ("LVL",))
    assert (huge.kind, huge.codes) == ("reachable", ("PERF", "LIVE"))
    assert bare.codes == ()
