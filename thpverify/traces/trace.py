"""A counterexample (or witness) in the model's words, and everything that is needed to run it again."""

from __future__ import annotations

import attrs

from thpverify.traces.choices import Choices

Change = tuple[str, str, str]
"""(name, value before, value after), as in ("mm[1].pmd", "NONE", "HUGE")."""


@attrs.frozen
class TraceStep:
    """One step of one thread.

    `thread` names it, `number` counts threads from 0; `function` is the innermost function that the step starts in;
    `label` is that of the yield it ends at, or "" for a step that ends in a violation. `choices` shows what each
    `choose` returned, `chosen` is the same as the IR's numbers. `changes` has only what changed: fields of the
    state, then the locals that are alive afterwards. `places` are the statements that ran, as (file, line), in order.
    """

    thread: str
    number: int
    function: str
    label: str
    choices: tuple[str, ...]
    chosen: Choices
    changes: tuple[Change, ...]
    places: tuple[tuple[str, int], ...]

    @property
    def file(self) -> str:
        """The file that the step starts in; "" if it ran no statement."""
        return self.places[0][0] if self.places else ""

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines of `file` that ran, ascending."""
        return tuple(sorted({line for file, line in self.places if file == self.file}))


@attrs.frozen
class Trace:
    """A path through scenario `scenario` (variant `variant`) to where `property` is decided.

    `kind` is "invariant", "reachable" (then a witness, unless `message` tells of a failed check), "deadlock" or the
    kind of a failed check. `message` says what is violated, in words. `initial` shows every field of the initial
    state, `initial_choices` what the scenario's `initial` function chose. `values` has what breaks the property
    (what makes it true, for a witness): the elements that decide it, or for a deadlock each thread with where it waits.
    """

    scenario: str
    variant: str
    property: str
    kind: str
    message: str
    system: str
    initial: dict[str, str]
    initial_choices: Choices
    steps: tuple[TraceStep, ...]
    values: tuple[tuple[str, str], ...]
