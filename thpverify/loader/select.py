"""From what a user names to scenarios.

A request is a file or directory (``my_patch.py``, ``models/history``), a scenario (``kvm-thp-adjust-pte-split``, with
``@`` and a variant for one of its variants, with ``*`` for several), or a scenario of a file (``my_patch.py::name``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import attrs

from thpverify.lang.history import KnownBug
from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import LoadError, UsageError
from thpverify.loader.modules import declarations_of
from thpverify.loader.shipped import Profile, shipped_files


@attrs.frozen
class Selection:
    """The scenarios that were asked for, each once, and the files that could not be loaded, in words.

    `bugs` are the known bugs of all files that were loaded to find them.
    """

    scenarios: tuple[Scenario, ...]
    broken: tuple[str, ...] = ()
    bugs: tuple[KnownBug, ...] = ()


def select(requests: Sequence[str] = (), *, variant: str | None = None, profile: Profile = Profile.GATE) -> Selection:
    """The scenarios that `requests` name; without any, the shipped ones of `profile`.

    `variant` keeps only the scenarios with that variant.

    Raises:
        UsageError: a request names nothing, or two files declare the same scenario.
        LoadError: a file that was named cannot be loaded. (One that was not, in a directory or among the shipped, is
            reported in `Selection.broken` instead.)
    """
    found: dict[tuple[str, str, str], Scenario] = {}
    broken: list[str] = []
    bugs: list[KnownBug] = []
    for selection in [_select_one(request) for request in requests] or [_shipped(profile)]:
        for scenario in selection.scenarios:
            found.setdefault((scenario.span.file, scenario.name, scenario.variant), scenario)
        broken.extend(selection.broken)
        bugs.extend(selection.bugs)
    scenarios = [s for s in found.values() if variant is None or s.variant == variant]
    if not scenarios and not broken:
        raise UsageError(f"no scenario has variant {variant!r}; there are: {_variants(found.values())}")
    _refuse_homonyms(scenarios)
    return Selection(tuple(scenarios), tuple(dict.fromkeys(broken)), tuple(dict.fromkeys(bugs)))


def find(name: str, variant: str, file: Path | None = None) -> Scenario:
    """The one scenario with this name and variant, in `file`, or without one among the shipped.

    Raises:
        UsageError: there is none.
        LoadError: `file` cannot be loaded.
    """
    candidates = _shipped(Profile.ALL).scenarios if file is None else declarations_of(file).scenarios
    for scenario in candidates:
        if (scenario.name, scenario.variant) == (name, variant):
            return scenario
    raise UsageError(f"unknown scenario {named(name, variant)!r}")


def named(name: str, variant: str) -> str:
    """How a user asks for one scenario."""
    return f"{name}@{variant}" if variant else name


def _shipped(profile: Profile) -> Selection:
    return _load(shipped_files(profile))


def _load(files: Iterable[Path]) -> Selection:
    scenarios: list[Scenario] = []
    broken: list[str] = []
    bugs: list[KnownBug] = []
    for file in files:
        try:
            declared = declarations_of(file)
        except LoadError as error:
            broken.append(str(error))
        else:
            scenarios.extend(declared.scenarios)
            bugs.extend(declared.bugs)
    return Selection(tuple(scenarios), tuple(broken), tuple(bugs))


def _select_one(request: str) -> Selection:
    path, separator, name = request.partition("::")
    if separator:
        selection = _of_file(Path(path))
        return attrs.evolve(selection, scenarios=_matching(name, selection.scenarios, ()))
    if Path(request).is_dir():
        return _of_directory(Path(request))
    if Path(request).is_file() or "/" in request or request.endswith(".py"):
        return _of_file(Path(request))
    everything = _shipped(Profile.ALL)
    return Selection(_matching(request, everything.scenarios, everything.broken), bugs=everything.bugs)


def _of_file(file: Path) -> Selection:
    declared = declarations_of(file)
    if not declared.scenarios:
        raise LoadError(f"{file}: no scenario in it; a model declares what is to be checked with scenario(...)")
    return Selection(declared.scenarios, bugs=declared.bugs)


def _of_directory(directory: Path) -> Selection:
    selection = _load(sorted(directory.rglob("*.py")))
    if not selection.scenarios and not selection.broken:
        raise LoadError(f"{directory}: no scenario in any of its files")
    return selection


def _matching(request: str, scenarios: Sequence[Scenario], broken: Sequence[str]) -> tuple[Scenario, ...]:
    name, separator, variant = request.partition("@")
    matches = tuple(
        s
        for s in scenarios
        if (fnmatchcase(s.name, name) and (not separator or s.variant == variant)) or s.title == request
    )
    if matches:
        return matches
    of_name = [s for s in scenarios if s.name == name]
    if of_name:
        raise UsageError(f"scenario {name} has no variant {variant!r}; there are: {_variants(of_name)}")
    close = get_close_matches(name, sorted({s.name for s in scenarios}), n=1)
    hint = f"did you mean {close[0]}?" if close else "`thpverify list` names them all"
    unread = "".join(f"\n{text}" for text in broken)
    raise UsageError(f"unknown scenario {request!r}; {hint}{unread}")


def _variants(scenarios: Iterable[Scenario]) -> str:
    return ", ".join(sorted({repr(s.variant) for s in scenarios})) or "none"


def _refuse_homonyms(scenarios: Sequence[Scenario]) -> None:
    first: dict[tuple[str, str], Scenario] = {}
    for scenario in scenarios:
        other = first.setdefault((scenario.name, scenario.variant), scenario)
        if other is not scenario:
            places = f"{other.span} and at {scenario.span}"
            raise UsageError(f"scenario {scenario.title} is declared at {places}: check one at a time")
