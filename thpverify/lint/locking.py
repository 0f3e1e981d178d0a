"""Locks that are taken or dropped in a way that no kernel would let pass."""

from __future__ import annotations

from collections.abc import Iterator

from thpverify.ir.expressions import Variable
from thpverify.lint.events import ACQUIRE, RELEASE, Lock
from thpverify.lint.results import Finding
from thpverify.lint.steps import lock_names, place_of
from thpverify.lint.threads import ThreadPaths

NOT_HELD, NOT_WAITED, NOT_RELEASED, SOME_PATHS, OWN_LOCK = (
    "not-held", "not-waited-for", "not-released", "held-on-some-paths", "own-lock",
)  # fmt: skip


def lock_findings(thread: ThreadPaths) -> Iterator[Finding]:
    """What is wrong with the locks of one thread. A way that says why it is one step may do what it likes."""
    yield from _steps(thread)
    yield from _own_locks(thread)
    yield from _uneven(thread)


def _steps(thread: ThreadPaths) -> Iterator[Finding]:
    for path in thread.paths:
        if path.reasons:
            continue
        function, label = thread.thread.function, path.cut.label
        for event in path.events:
            if event.kind == RELEASE and not event.proper:
                message = f"the lock {event.location.name} is released by a thread that does not hold it"
                advice = 'release it where it is held, or say atomic("why") if it is handed over'
                yield Finding(NOT_HELD, function, label, place_of(event.span), message, advice)
            if event.kind == ACQUIRE and not event.proper:
                message = f"the lock {event.location.name} is taken without looking whether it is free"
                advice = "wait for it: while lock: yield"
                yield Finding(NOT_WAITED, function, label, place_of(event.span), message, advice)
        if path.cut.pc == thread.thread.done and path.after:
            message = f"the thread returns and holds {', '.join(lock_names(path.after))}"
            yield Finding(NOT_RELEASED, function, label, place_of(path.cut.span), message, "release it on every path")


def _own_locks(thread: ThreadPaths) -> Iterator[Finding]:
    for command, standing in thread.stuck:
        point = thread.thread.points[command.pc]
        label = point.labels[0] if point.labels else "start"
        message = f"the thread waits here for a lock that it may hold itself: {', '.join(lock_names(standing.held))}"
        yield Finding(OWN_LOCK, thread.thread.function, label, place_of(command.span), message, "release it before")


def _uneven(thread: ThreadPaths) -> Iterator[Finding]:
    """Points that the thread comes to both with and without a lock though its locals are the same."""
    by_place: dict[tuple[int, tuple[tuple[Variable, int], ...]], list[frozenset[Lock]]] = {}
    for standing in thread.standings:
        by_place.setdefault((standing.pc, standing.values), []).append(standing.held)
    for (pc, _), held in by_place.items():
        uneven = frozenset.union(*held) - frozenset.intersection(*held)
        if uneven and pc != thread.thread.done:
            point = thread.thread.points[pc]
            label = point.labels[0] if point.labels else "start"
            message = f"{', '.join(lock_names(uneven))} is held here on some paths only"
            advice = "release it on every path that leads here, or on none; a loop comes back with what it started with"
            yield Finding(SOME_PATHS, thread.thread.function, label, place_of(point.span), message, advice)
