"""Which accesses of different threads conflict without a common lock."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from thpverify.ir.expressions import Variable
from thpverify.ir.statements import Span
from thpverify.lint.events import ACQUIRE, RELEASE, WRITE, Event, Lock
from thpverify.lint.threads import StepPath


@attrs.frozen
class Other:
    """An access of another thread: its function, its step's label, its place."""

    function: str
    label: str
    span: Span


@attrs.define
class Races:
    """All accesses by element. An access with the same thread, kind and locks as an earlier one adds nothing."""

    accesses: dict[tuple[Variable, int], dict[tuple[int, bool, frozenset[Lock]], Other]] = attrs.field(factory=dict)
    known: dict[tuple[int, bool, frozenset[Lock], Variable, frozenset[int]], Other | None] = attrs.field(factory=dict)

    @classmethod
    def of(cls, paths: Iterable[StepPath]) -> Races:
        """The accesses of `paths`."""
        races = cls()
        for path in paths:
            for event in path.events:
                changes = event.kind in (WRITE, ACQUIRE, RELEASE)
                key = (path.thread.number, changes, event.held)
                other = Other(path.thread.function, path.cut.label, event.span)
                for element in event.location.elements:
                    races.accesses.setdefault((event.location.variable, element), {}).setdefault(key, other)
        return races

    def race(self, thread: int, event: Event) -> Other | None:
        """An access of another thread that conflicts with this one, if there is one.

        One of the two writes, and no lock is held at both: then it can matter which comes first.
        """
        variable, elements = event.location.variable, event.location.elements
        key = (thread, event.kind == WRITE, event.held, variable, elements)
        if key not in self.known:
            self.known[key] = self._search(*key)
        return self.known[key]

    def _search(
        self, thread: int, writes: bool, held: frozenset[Lock], variable: Variable, elements: frozenset[int]
    ) -> Other | None:
        for element in sorted(elements):
            for (other, changes, locks), place in self.accesses.get((variable, element), {}).items():
                if other != thread and (writes or changes) and not (held & locks):
                    return place
        return None
