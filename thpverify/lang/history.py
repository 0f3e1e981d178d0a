"""Known bugs: what an entry of a kernel's history is called, what fixed it, and which kind of invariant it broke."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence

import attrs

from thpverify.ir.statements import Span
from thpverify.lang.errors import ModelError
from thpverify.lang.invariant_codes import invariant_codes
from thpverify.lang.patches import Patch
from thpverify.lang.registry import Registry
from thpverify.lang.source import caller_span


@attrs.frozen(eq=False)
class KnownBug:
    """An entry of history. Scenarios named `id`, or `id`, a hyphen and something more, belong to it.

    `fixes` are the commits that repaired it, `introduced` says in which version it came, `cve` is its CVE number or
    None, `invariants` are codes of the kinds of invariant that it breaks, `breaks` is one sentence about it.
    """

    id: str
    fixes: tuple[Patch, ...]
    introduced: str
    cve: str | None
    invariants: tuple[str, ...]
    breaks: str
    span: Span

    @property
    def fixed(self) -> str:
        """The version, or versions, that have the fix."""
        return ", ".join(dict.fromkeys(fix.version for fix in self.fixes))

    @property
    def commit(self) -> str:
        """The abbreviated ids of the fixes."""
        return " / ".join(fix.commit for fix in self.fixes)

    @property
    def subject(self) -> str:
        """The subject of the first fix."""
        return self.fixes[0].subject

    def owns(self, scenario: str) -> bool:
        """Whether the scenario of that name is named after this entry."""
        return scenario == self.id or scenario.startswith(f"{self.id}-")


_registered: Registry[KnownBug] = Registry()


def known_bugs() -> tuple[KnownBug, ...]:
    """Every entry that was declared so far, in order."""
    return _registered.all()


def bug_of(scenario: str, bugs: Iterable[KnownBug]) -> KnownBug | None:
    """The one of `bugs` that a scenario of that name belongs to: that with the longest id, if there is one."""
    return max((bug for bug in bugs if bug.owns(scenario)), key=lambda bug: len(bug.id), default=None)


def known_bug(
    id: str,
    *,
    fix: Patch | Sequence[Patch],
    introduced: str,
    invariants: Sequence[str],
    breaks: str,
    cve: str | None = None,
) -> KnownBug:
    """Declare an entry of history, beside the scenarios that show it: see docs/language.md for each argument.

    Raises:
        ModelError: an argument does not fit, or the id is taken.
    """
    span = caller_span(sys._getframe(1))

    def refuse(message: str, hint: str) -> ModelError:
        return ModelError("THP057", message, hint, span)

    if not isinstance(id, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id):
        raise refuse(f"{id!r} is no id of a known bug", 'Write small letters, digits and hyphens: "kvm-stale-level".')
    fixes = (fix,) if isinstance(fix, Patch) else tuple(fix) if isinstance(fix, list | tuple) else ()
    if not fixes or not all(isinstance(one, Patch) for one in fixes):
        raise refuse(f"fix of {id} is {fix!r}", 'Pass what patch("commit", "subject", version="v4.6") returns.')
    for one in fixes:
        if not one.version:
            raise refuse(
                f"fix {one.commit} of {id} has no version",
                'Say which version has it: patch("commit", "subject", version="v4.6").',
            )
    for name, text in (("introduced", introduced), ("breaks", breaks)):
        if not isinstance(text, str) or not text.strip():
            example = 'introduced="v4.5"' if name == "introduced" else 'breaks="What goes wrong, in one sentence."'
            raise refuse(f"{name} of {id} says nothing", f"Write {example}.")
    if cve is not None and not (isinstance(cve, str) and re.fullmatch(r"CVE-\d{4}-\d{4,}", cve)):
        raise refuse(f"cve of {id} is {cve!r}", 'Write cve="CVE-2022-48991", or leave it out.')
    codes = invariant_codes(invariants, id, span)
    if not codes:
        raise refuse(f"{id} breaks no invariant", 'Name at least one kind: invariants=["LVL"].')
    for other in known_bugs():
        if other.id == id:
            raise ModelError("THP010", f"known bug {id} is declared twice, first at {other.span}", "Remove one.", span)
    declared = KnownBug(id, fixes, introduced, cve, codes, breaks, span)
    _registered.add(declared)
    return declared
