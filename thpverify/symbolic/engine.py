"""`prove`: the room's main function. Bounded model checking first, then induction for what is left."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from time import perf_counter, process_time

import attrs

from thpverify.explicit.errors import StateTooWide
from thpverify.ir.run import Finding, Limits, Outcome, Progress, Proof
from thpverify.ir.system import System
from thpverify.symbolic.bounded import Bounded, BoundedSearch
from thpverify.symbolic.induction import DEADLOCK, Induction, Inductive
from thpverify.symbolic.kinduction import Strengthened, strengthen
from thpverify.symbolic.numbers import is_wide
from thpverify.symbolic.relation import Relation, relation_of
from thpverify.symbolic.relational import small_states
from thpverify.symbolic.solving import Clock, NoAnswer, OutOfTime
from thpverify.symbolic.starting import refuse_impossible
from thpverify.symbolic.states import Sample, sample
from thpverify.symbolic.unrolling import check_kinds

DEPTH = 8
"""Steps of bounded model checking unless the user says otherwise; each costs twice as much as the one before."""
PROOF_SECONDS = 120.0
"""Time for the whole of a scenario without a limit of the user's."""
PATHS = 0.3
"""Share of the time for bounded model checking, if the user asks for no depth."""
LEARNING = 0.6
"""Share of what is then left for learning lemmas; Houdini has the rest."""
SCREENING_STATES = 2_000_000
"""Explicit states to screen lemmas against, without a limit of the user's."""


@attrs.frozen
class Attempt:
    """All that was found out: what a certificate is written from. `system` has the initial states of all findings."""

    system: System
    relation: Relation
    inductive: Inductive | None
    strengthened: Strengthened | None
    outcome: Outcome


def prove(
    system: System,
    *,
    limits: Limits,
    depth: int | None = None,
    collect_all: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> Attempt:
    """Prove or refute the properties of `system` with z3.

    Looks for paths of up to `depth` moves, then tries induction on what is neither violated nor witnessed. The limits
    hold for all of it: `seconds` in sum, `states` for the explicit states that lemmas are screened against. Never
    raises for want of time or memory, nor when z3 fails; the outcome says so.

    Raises:
        ModelError: the initial states are described so that there is none, or one is not possible.
    """
    begun, cpu = perf_counter(), process_time()
    clock = Clock(PROOF_SECONDS if limits.seconds is None else limits.seconds)
    relation = relation_of(system)
    made = perf_counter() - begun

    def tell(reached: int) -> None:
        if progress is not None:
            progress(Progress(0, 0, reached, 0, 0.0, 0, perf_counter() - begun))

    if system.start is not None:
        with suppress(NoAnswer, OutOfTime):
            refuse_impossible(system, clock)
    deepest = DEPTH if depth is None else depth
    if limits.depth is not None:
        deepest = min(deepest, limits.depth)
    paths = clock.part(PATHS) if depth is None else clock
    bounded = BoundedSearch(relation, collect_all, paths, tell).run(deepest)
    found, initial = bounded.findings, bounded.initial
    inductive: Inductive | None = None
    strengthened: Strengthened | None = None
    screened = Sample(0, False, ())
    if bounded.stopped != "violation":
        screened = _screen(system, limits, clock)
        found = _with(found, screened.findings, collect_all)
        open_ = _undecided(relation, found)
        inductive = Induction(relation, screened, open_).run(clock, clock.part(LEARNING))
        left = [name for name in open_ if name not in inductive.proved]
        if left and system.start is not None and is_wide(system) and not clock.over:
            # The author's invariants are not enough: ask small instances for more.
            small = small_states(system)
            initial += small.instances
            found = _with(found, tuple(_moved(f, len(bounded.initial)) for f in small.findings), collect_all)
            open_ = _undecided(relation, found)
            inductive = Induction(relation, screened, open_, small.lemmas).run(clock, clock)
            left = [name for name in open_ if name not in inductive.proved]
        if left and not clock.over:
            strengthened = strengthen(relation, inductive.candidates, left, bounded.depth, clock)
    outcome = Outcome(
        states=max(screened.count, len(system.initial), 1),
        transitions=0,
        depth=bounded.depth,
        complete=False,
        stopped=_stopped(bounded, found),
        findings=found,
        fired=(0,) * len(system.commands),
        reached=frozenset(),
        seconds=perf_counter() - begun,
        cpu_seconds=process_time() - cpu,
        compile_seconds=made,
        peak_bytes=0,
        proofs=tuple(_proofs(system, inductive, strengthened)),
        obstacles={} if inductive is None else _obstacles(inductive, strengthened),
    )
    if system.start is not None:
        system = attrs.evolve(system, initial=initial)
    return Attempt(system, relation, inductive, strengthened, outcome)


def _screen(system: System, limits: Limits, clock: Clock) -> Sample:
    if system.start is not None:
        return Sample(0, False, ())
    states = SCREENING_STATES if limits.states is None else limits.states
    seconds = None if clock.seconds is None else max(0.1, clock.seconds - clock.elapsed) / 4
    try:
        return sample(system, Limits(limits.memory, seconds, states))
    except StateTooWide:
        # z3 does not mind; only the lemmas go without.
        return Sample(0, False, ())


def _moved(finding: Finding, by: int) -> Finding:
    """`finding`, whose path begins in an initial state that is now `by` places further on."""
    return attrs.evolve(finding, path=attrs.evolve(finding.path, initial=finding.path.initial + by))


def _undecided(relation: Relation, findings: Iterable[Finding]) -> list[str]:
    """The properties that induction may prove and that nothing refutes."""
    decided = {finding.property for finding in findings}
    names = [p.prop.name for p in relation.properties]
    names += [*check_kinds(relation), *([DEADLOCK] if relation.system.check_deadlock else [])]
    return [name for name in names if name not in decided]


def _with(found: tuple[Finding, ...], screened: tuple[Finding, ...], collect_all: bool) -> tuple[Finding, ...]:
    """`found`, and what the explicit states refute or witness besides; without `collect_all` only one violation."""
    known = {finding.property for finding in found}
    more = sorted((f for f in screened if f.property not in known), key=lambda f: len(f.path.moves))
    violations = [f for f in more if f.kind != "reachable" or f.check is not None]
    return (*found, *(f for f in more if collect_all or f not in violations or f is violations[0]))


def _stopped(bounded: Bounded, found: tuple[Finding, ...]) -> str:
    if any(f.kind != "reachable" or f.check is not None for f in found):
        return "violation"
    return bounded.stopped


def _proofs(system: System, inductive: Inductive | None, strengthened: Strengthened | None) -> Iterable[Proof]:
    if inductive is not None:
        for name in inductive.proved:
            yield Proof(name, scope(system, f"by induction with {len(inductive.lemmas)} lemmas"))
    if strengthened is not None:
        for name in strengthened.proved:
            yield Proof(name, scope(system, f"by {strengthened.k}-induction with {len(strengthened.lemmas)} lemmas"))


def scope(system: System, how: str) -> str:
    """What a proof is about, in words."""
    free = ""
    if system.start is not None:
        elements = list(system.elements())
        free = ", for every " + ", ".join(f"{elements[n][2]} in {elements[n][0].type}" for n in system.start.free)
    return f"at any depth, for the sizes of this scenario{free}, steps sequentially consistent; {how}"


def _obstacles(inductive: Inductive, strengthened: Strengthened | None) -> dict[str, str]:
    proved = () if strengthened is None else strengthened.proved
    return {name: why for name, why in inductive.open.items() if name not in proved}
