"""tools/memory-model by brute force: every execution of a small straight-line program, judged by the axioms.

The relations have the names of linux-kernel.cat of v6.10 (Alglave, Maranget, McKenney, Parri, Stern: "Frightening Small
Children and Disconcerting Grown-ups", ASPLOS 2018): coherence, atomicity, happens-before, propagation. Programs here
have marked accesses, barriers, release, acquire, relaxed exchange and data dependencies, but no branches, locks or RCU.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product

import attrs

Relation = frozenset[tuple[int, int]]


@attrs.frozen
class Op:
    """One operation of a thread.

    `kind` is "read", "acquire", "write", "release", "xchg", "mb", "rmb" or "wmb". What is written is `value`, or what
    the thread's operation number `source` has read.
    """

    kind: str
    variable: str = ""
    value: int = 0
    source: int | None = None


@attrs.frozen
class _Event:
    thread: int
    position: int
    op: Op
    writes: bool


Outcome = tuple[tuple[tuple[int, int, int], ...], tuple[tuple[str, int], ...]]
"""What each read has found, by thread and position; the last value of each variable."""


def outcomes(threads: Sequence[Sequence[Op]]) -> set[Outcome]:
    """Every outcome that the axioms allow."""
    return {found for rf, co, events in _candidates(threads) if (found := _judge(threads, events, rf, co)) is not None}


def _candidates(
    threads: Sequence[Sequence[Op]],
) -> Iterator[tuple[dict[int, int], dict[str, tuple[int, ...]], list[_Event]]]:
    """Every choice of what each read reads, and of an order of the writes to each variable; initial writes first."""
    variables = sorted({op.variable for ops in threads for op in ops if op.variable})
    events = [_Event(-1, 0, Op("write", name), True) for name in variables]
    for t, ops in enumerate(threads):
        for i, op in enumerate(ops):
            if op.kind in ("read", "acquire", "xchg"):
                events.append(_Event(t, i, op, False))
            if op.kind in ("write", "release", "xchg"):
                events.append(_Event(t, i, op, True))
    reads = [e for e, event in enumerate(events) if not event.writes]
    writes = {name: [e for e, w in enumerate(events) if w.writes and w.op.variable == name] for name in variables}
    orders = [[(w[0], *rest) for rest in permutations(w[1:])] for w in writes.values()]
    for sources in product(*(writes[events[r].op.variable] for r in reads)):
        for order in product(*orders):
            yield dict(zip(reads, sources, strict=True)), dict(zip(variables, order, strict=True)), events


def _judge(
    threads: Sequence[Sequence[Op]], events: list[_Event], rf_of: dict[int, int], orders: dict[str, tuple[int, ...]]
) -> Outcome | None:
    """The outcome of one candidate, None if the axioms forbid it."""
    every = range(len(events))
    internal = {(a, b) for a in every for b in every if events[a].thread == events[b].thread}
    order = {(a, b) for a, b in internal if _key(events[a]) < _key(events[b]) and events[a].thread >= 0}
    rf = {(w, r) for r, w in rf_of.items()}
    co = {(o[i], o[j]) for o in orders.values() for i in range(len(o)) for j in range(i + 1, len(o))}
    fr = {(r, after) for r, w in rf_of.items() for before, after in co if before == w and after != r}
    same = {(a, b) for a, b in order if events[a].op.variable == events[b].op.variable}
    rmw = {(a, b) for a, b in order if events[a].op is events[b].op and events[a].position == events[b].position}
    if not _acyclic(same | rf | co | fr):
        return None
    if rmw & _then(fr - internal, co - internal):
        return None
    strong = _around(threads, events, order, "mb")
    wmb = {(a, b) for a, b in _around(threads, events, order, "wmb") if events[a].writes and events[b].writes}
    rmb = {
        (a, b) for a, b in _around(threads, events, order, "rmb") if not events[a].writes and not events[b].writes
    }
    po_rel = {(a, b) for a, b in order if events[b].op.kind == "release"}
    acq_po = {(a, b) for a, b in order if events[a].op.kind == "acquire"}
    data = {
        (a, b)
        for a, b in order
        if events[b].writes and events[b].op.source == events[a].position and not events[a].writes
    }
    ppo = data | _then(data, rf & internal) | ((co | fr) & internal & order) | strong | wmb | rmb | po_rel | acq_po
    cumulative = strong | po_rel
    fences = cumulative | _then(rf - internal, cumulative) | wmb
    identity = {(e, e) for e in every}
    sequence = _closure(_then(rf, rmw)) | identity
    prop = _then(
        _then(((co | fr) - internal) | identity, _closure(_then(fences, sequence)) | identity),
        (rf - internal) | identity,
    )
    hb = ppo | (rf - internal) | ((prop - identity) & internal)
    pb = _then(_then(prop, strong), _closure(hb) | identity)
    if not _acyclic(hb) or not _acyclic(pb):
        return None
    return _outcome(events, rf_of, orders)


def _key(event: _Event) -> tuple[int, bool]:
    return event.position, event.writes


def _around(
    threads: Sequence[Sequence[Op]], events: list[_Event], order: set[tuple[int, int]], kind: str
) -> set[tuple[int, int]]:
    """Pairs with a barrier of this kind between them."""
    return {
        (a, b)
        for a, b in order
        if any(op.kind == kind for op in threads[events[a].thread][events[a].position : events[b].position])
    }


def _then(first: set[tuple[int, int]], second: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The sequence of two relations."""
    following: dict[int, set[int]] = {}
    for a, b in second:
        following.setdefault(a, set()).add(b)
    return {(a, c) for a, b in first for c in following.get(b, ())}


def _closure(relation: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The transitive closure."""
    found = set(relation)
    while not (more := _then(found, found)) <= found:
        found |= more
    return found


def _acyclic(relation: set[tuple[int, int]]) -> bool:
    return all(a != b for a, b in _closure(relation))


def _outcome(events: list[_Event], rf_of: dict[int, int], orders: dict[str, tuple[int, ...]]) -> Outcome | None:
    values: dict[int, int] = {}

    def value(e: int) -> int:
        """Of a write; happens-before is acyclic, so this ends."""
        if e not in values:
            event = events[e]
            if event.op.source is None:
                values[e] = event.op.value
            else:
                (source,) = (
                    r for r in rf_of
                    if (events[r].thread, events[r].position) == (event.thread, event.op.source)
                )  # fmt: skip
                values[e] = value(rf_of[source])
        return values[e]

    read = sorted((events[r].thread, events[r].position, value(w)) for r, w in rf_of.items())
    return tuple(read), tuple((name, value(order[-1])) for name, order in orders.items())
