"""What the linter says about one scenario."""

from __future__ import annotations

import attrs

WARNING, INFO = "warning", "info"


@attrs.frozen
class Place:
    """A line of the model."""

    file: str
    line: int


@attrs.frozen
class Access:
    """One shared location of a step.

    `location` names it as in ``mm[0].pte[i]``. `locks` are those that the step holds whenever it touches it. `races`
    says whether another thread makes a conflicting access without a common lock, and `other` names one such access
    (thread function, label, place). `place` is where the step touches it first.
    """

    location: str
    reads: bool
    writes: bool
    locks: tuple[str, ...]
    races: bool
    place: Place
    other: tuple[str, str, Place] | None = None

    @property
    def words(self) -> str:
        """How it is touched."""
        return "read and written" if self.reads and self.writes else "written" if self.writes else "read"


@attrs.frozen
class Reason:
    """What an `atomic` of the model says, and whether there would be a finding without it on some run of the step."""

    text: str
    needed: bool


@attrs.frozen
class StepSummary:
    """All runs of one thread's step that end at one yield.

    `function` is the thread's function, `start` where the step starts, `end` its yield or return. The locks are those
    held at its start and at its end on every run. `atomic` are the reasons that the model gives on some run for its
    being one step, and `coarse` says whether there would be a finding if it gave none.
    """

    thread: str
    function: str
    label: str
    start: Place
    end: Place
    accesses: tuple[Access, ...]
    locks_at_start: tuple[str, ...]
    locks_at_end: tuple[str, ...]
    atomic: tuple[Reason, ...]
    coarse: bool


@attrs.frozen
class Finding:
    """Something to mend in the model, or (`severity` "info") to know.

    `kind` is one of those of docs/lint.md, `function` the thread's function, `place` the end of the step or the line in
    question. `accesses` are the locations that it is about, `message` says what is wrong and `advice` what to do.
    """

    kind: str
    function: str
    label: str
    place: Place
    message: str
    advice: str
    accesses: tuple[Access, ...] = ()
    severity: str = WARNING

    @property
    def key(self) -> tuple[str, str, str, Place]:
        """What findings of several threads or scenarios that say the same have in common."""
        return self.kind, self.function, self.label, self.place


@attrs.frozen
class Lint:
    """A scenario's steps by thread and order of discovery, and what was found, by place."""

    name: str
    steps: tuple[StepSummary, ...]
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether there is nothing to mend."""
        return all(finding.severity == INFO for finding in self.findings)
