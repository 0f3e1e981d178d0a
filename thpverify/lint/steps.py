"""The judgement on a step: whether another thread could notice that it is one.

A step that takes locks, makes at most one access that conflicts with others, and drops locks, in this order, could be
interrupted anywhere without a new outcome: what is done under locks can be moved next to that one access (Lipton,
"Reduction: a method of proving properties of parallel programs", 1975). Other steps hide what could happen in between.
"""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from thpverify.ir.statements import Span
from thpverify.lint.events import PEEK, READ, WRITE, Event, Lock
from thpverify.lint.races import Other, Races
from thpverify.lint.results import Access, Finding, Place, Reason, StepSummary
from thpverify.lint.threads import StepPath

SEVERAL, LATE_LOCK, EARLY_UNLOCK = "several-accesses", "late-lock", "early-unlock"

_ADVICE = {
    SEVERAL: 'put a yield between them, hold one lock at all their accesses, or say atomic("why")',
    LATE_LOCK: 'let the step end with a yield before the lock is waited for, or say atomic("why")',
    EARLY_UNLOCK: 'put a yield behind the release, release last, or say atomic("why")',
}


def place_of(span: Span) -> Place:
    """The line where `span` starts."""
    return Place(span.file, span.line)


def lock_names(locks: Iterable[Lock]) -> tuple[str, ...]:
    """The locks by name."""
    return tuple(sorted(variable.element_name(flat) for variable, flat in locks))


def accesses(path: StepPath, races: Races) -> list[Access]:
    """The shared locations of a path, in the order in which it comes to them; not the locks that it takes or drops."""
    by_key: dict[object, list[Event]] = {}
    for event in path.events:
        if event.kind in (READ, WRITE, PEEK) and not event.location.variable.ghost:
            by_key.setdefault(event.location.key, []).append(event)
    return [_access(path.thread.number, events, races) for events in by_key.values()]


def _access(thread: int, events: list[Event], races: Races) -> Access:
    held = frozenset.intersection(*(e.held for e in events))
    race = next((r for e in events if (r := races.race(thread, e)) is not None), None)
    return Access(
        events[0].location.name,
        any(e.kind in (READ, PEEK) for e in events),
        any(e.kind == WRITE for e in events),
        lock_names(held),
        race is not None,
        place_of(events[0].span),
        None if race is None else _other(race),
    )


def _other(race: Other) -> tuple[str, str, Place]:
    return race.function, race.label, place_of(race.span)


def coarse(path: StepPath, races: Races) -> Finding | None:
    """What is wrong with a path, whether or not its step says why it is atomic."""
    counted = [access for access in accesses(path, races) if access.races]
    if len(counted) > 1:
        names = ", ".join(access.location for access in counted)
        message = f"one step touches {len(counted)} unprotected shared locations: {names}"
        return _finding(SEVERAL, path, counted, message)
    committed: str | None = None
    released = False
    for event in path.events:
        name = event.location.name
        match event.kind:
            case "acquire" if committed is not None or released:
                before = committed if committed is not None else "a release"
                message = f"the lock {name} is taken in the same step as {before} before it"
                return _finding(LATE_LOCK, path, counted, message, event.span)
            case "release":
                released = True
            case "read" | "write" | "peek" if not event.location.variable.ghost:
                if races.race(path.thread.number, event) is None:
                    continue
                if released:
                    message = f"{name} is touched in the same step as the release of a lock before it"
                    return _finding(EARLY_UNLOCK, path, counted, message, event.span)
                committed = f"an access to {name}"
    return None


def _finding(kind: str, path: StepPath, counted: list[Access], message: str, span: Span | None = None) -> Finding:
    place = place_of(span or path.cut.span)
    return Finding(kind, path.thread.function, path.cut.label, place, message, _ADVICE[kind], tuple(counted))


def summaries(paths: Iterable[StepPath], races: Races) -> tuple[StepSummary, ...]:
    """The steps by thread, start and end, with all that any of their paths touches."""
    groups: dict[tuple[int, int, str, Span], list[StepPath]] = {}
    for path in paths:
        groups.setdefault((path.thread.number, path.command.number, path.cut.label, path.cut.span), []).append(path)
    return tuple(_summary(group, races) for group in groups.values())


def _summary(paths: list[StepPath], races: Races) -> StepSummary:
    first = paths[0]
    found = [path for path in paths if coarse(path, races) is not None or not all(e.proper for e in path.events)]
    reasons = dict.fromkeys(text for path in paths for text in path.reasons)
    merged: dict[str, Access] = {}
    for path in paths:
        for access in accesses(path, races):
            merged[access.location] = join(merged[access.location], access) if access.location in merged else access
    return StepSummary(
        first.thread.name,
        first.thread.function,
        first.cut.label,
        place_of(first.command.span),
        place_of(first.cut.span),
        tuple(merged.values()),
        lock_names(frozenset.intersection(*(p.before for p in paths))),
        lock_names(frozenset.intersection(*(p.after for p in paths))),
        tuple(Reason(text, any(text in path.reasons for path in found)) for text in reasons),
        bool(found),
    )


def join(one: Access, other: Access) -> Access:
    """Two paths' accesses to the same location as one."""
    return attrs.evolve(
        one,
        reads=one.reads or other.reads,
        writes=one.writes or other.writes,
        locks=tuple(name for name in one.locks if name in other.locks),
        races=one.races or other.races,
        other=one.other or other.other,
    )
