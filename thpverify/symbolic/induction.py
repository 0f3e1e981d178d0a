"""Induction: what holds at first, and is kept by every command from any state in which all of it holds, holds always.

Candidates are the model's invariants, that its reachables are never reached, and lemmas. Each command is a query of its
own: a state in which all candidates hold, from which the command breaks one. While lemmas may be learnt, that state
must be unreachable and a lemma against it is learnt from the explicit states; if it is among these, or when learning is
over (Houdini), what was broken is dropped. What no query can break in the end, all together, is proved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import attrs
import z3

from thpverify.ir.evaluator import CheckFailed, holds
from thpverify.ir.system import Command, Property, State, System
from thpverify.symbolic.lemmas import Lemma, learn
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.relation import CommandTerms, PropertyTerms, Relation
from thpverify.symbolic.relational import Relational
from thpverify.symbolic.solving import QUERY_SECONDS, Clock, NoAnswer, OutOfTime, ask, path_solver
from thpverify.symbolic.states import Sample
from thpverify.symbolic.unrolling import check_kinds

DEADLOCK = "deadlock"

AnyLemma: TypeAlias = "Lemma | Relational"


@attrs.frozen(eq=False)
class Candidate:
    """Something that may hold always. `term` speaks of the state before; `elements` are those it asks for, None for
    any. `lemma` is None for a property of the model."""

    name: str
    term: z3.BoolRef
    elements: frozenset[int] | None
    lemma: AnyLemma | None = None


@attrs.frozen(eq=False)
class Target:
    """A way in which an obligation can fail: candidate or built-in property `name` is broken where `term` is true."""

    name: str
    term: z3.BoolRef


@attrs.define(eq=False)
class Obligation:
    """What a command (None: the lack of one, a deadlock) must not break. `known` counts the candidates it was told."""

    name: str
    terms: CommandTerms | None
    solver: z3.Solver
    targets: list[Target]
    known: int = 0


@attrs.frozen
class Inductive:
    """`proved` names the properties that hold always, `candidates` are what is inductive together. `open` says of each
    other property what is in the way. `learnt` lemmas were tried in `queries` queries."""

    proved: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    open: dict[str, str]
    queries: int
    learnt: int

    @property
    def lemmas(self) -> tuple[AnyLemma, ...]:
        """Those of the candidates that no model states."""
        return tuple(c.lemma for c in self.candidates if c.lemma is not None)


@attrs.define(eq=False)
class Induction:
    """A proof under way for the properties `wanted`. `candidates` and `kinds` (built-in properties) may hold always by
    all that is known; `dropped` says why others do not, or are not shown to. `guesses` are lemmas to try."""

    relation: Relation
    sample: Sample
    wanted: Sequence[str]
    guesses: Sequence[Relational] = ()
    candidates: list[Candidate] = attrs.field(factory=list)
    kinds: tuple[str, ...] = ()
    dropped: dict[str, str] = attrs.field(factory=dict)
    learning: Clock | None = None
    stale: bool = False
    queries: int = 0
    learnt: int = 0

    def __attrs_post_init__(self) -> None:
        for prop in self.relation.properties:
            name = prop.prop.name
            if name in self.wanted:
                if self._decided_at_first(prop):
                    self.dropped[name] = "an initial state decides it"
                else:
                    self.candidates.append(Candidate(name, prop.always, None))
        for number, guess in enumerate(self.guesses, start=1):
            self.candidates.append(Candidate(f"guess {number}", guess.term(self.relation), guess.elements, guess))
        self.kinds = tuple(kind for kind in (*check_kinds(self.relation), DEADLOCK) if kind in self.wanted)

    def _decided_at_first(self, prop: PropertyTerms) -> bool:
        """Whether some initial state decides `prop`, or may: the paths of no steps were looked at before."""
        if self.relation.system.start is None:
            return any(_decided(self.relation, prop.prop, i.state) for i in self.relation.system.initial)
        solver = path_solver(self.relation.system)
        solver.add(self.relation.typed, self.relation.initial(), prop.decided)
        try:
            return ask(solver, f"initial states that decide {prop.prop.name}", Clock(QUERY_SECONDS)) is not None
        except (NoAnswer, OutOfTime):
            return True

    def run(self, clock: Clock, learning: Clock) -> Inductive:
        """Learn lemmas until `learning` is over, then drop whatever is still broken, until nothing is."""
        self.learning = learning if self.sample.count else None
        try:
            self._drop_what_does_not_begin(clock)
            self._settle(clock)
        except OutOfTime:
            self._give_up(f"the time for the proof, {clock.seconds:g} s, is over")
        except NoAnswer as reason:
            self._give_up(str(reason))
        open_ = {name: self.dropped[name] for name in self.wanted if name in self.dropped}
        proved = tuple(name for name in self.wanted if name in self._alive())
        return Inductive(proved, tuple(self.candidates), open_, self.queries, self.learnt)

    def _drop_what_does_not_begin(self, clock: Clock) -> None:
        """Drop the guesses that are not so in every described initial state."""
        guesses = [c for c in self.candidates if isinstance(c.lemma, Relational)]
        solver = path_solver(self.relation.system)
        solver.add(self.relation.typed, self.relation.initial())
        while guesses:
            solver.push()
            solver.add(any_of(z3.Not(c.term) for c in guesses))
            model = ask(solver, "initial states without a guess", clock)
            solver.pop()
            if model is None:
                break
            for one in [c for c in guesses if not z3.is_true(model.eval(c.term, model_completion=True))]:
                guesses.remove(one)
                self.candidates.remove(one)

    def _alive(self) -> set[str]:
        return {c.name for c in self.candidates} | {kind for kind in self.kinds if kind not in self.dropped}

    def _give_up(self, reason: str) -> None:
        for name in self._alive():
            self.dropped.setdefault(name, reason)
        self.candidates.clear()

    def _settle(self, clock: Clock) -> None:
        obligations: list[Obligation] = []
        broken = True
        while broken:
            if self.stale or not obligations:
                # Solvers that were told what is dropped by now assume too much.
                self.candidates = [c for c in self.candidates if c.name not in self.dropped]
                obligations, self.stale = list(self.obligations()), False
            # A list: none is skipped, whatever the ones before it say.
            attempts = [self._attempt(obligation, clock) for obligation in obligations]
            broken = any(attempts) or self.stale

    def obligations(self) -> Iterator[Obligation]:
        """One query per command, and one for deadlocks, as yet without candidates."""
        for terms in self.relation.commands:
            solver = z3.Solver()
            solver.add(self.relation.typed, terms.enabled)
            targets = [Target(f.check.kind, f.condition) for f in terms.failures if f.check.kind in self.kinds]
            yield Obligation(place_of(self.relation.system, terms.command), terms, solver, targets)
        if DEADLOCK in self.kinds:
            solver = z3.Solver()
            solver.add(self.relation.typed, self.relation.stuck())
            yield Obligation("a state without a step", None, solver, [Target(DEADLOCK, z3.BoolVal(True))])

    def _attempt(self, obligation: Obligation, clock: Clock) -> bool:
        """Ask until nothing breaks; whether something did, and candidates have changed."""
        changed = False
        while True:
            self.tell(obligation)
            targets = [t for t in obligation.targets if t.name not in self.dropped]
            if not targets:
                return changed
            obligation.solver.push()
            obligation.solver.add(any_of(t.term for t in targets))
            model = ask(obligation.solver, obligation.name, clock)
            obligation.solver.pop()
            self.queries += 1
            if model is None:
                return changed
            changed = True
            self._repair(obligation, targets, model)

    def tell(self, obligation: Obligation) -> None:
        """Let `obligation` assume the candidates that are new, and take care not to break them."""
        for candidate in self.candidates[obligation.known :]:
            obligation.solver.add(candidate.term)
            terms = obligation.terms
            if terms is not None and (candidate.elements is None or candidate.elements & terms.after.keys()):
                after = z3.substitute(candidate.term, *self.relation.after(terms))
                obligation.targets.append(Target(candidate.name, all_of([terms.done, z3.Not(after)])))
        obligation.known = len(self.candidates)

    def _repair(self, obligation: Obligation, targets: list[Target], model: z3.ModelRef) -> None:
        """Exclude the state in `model` by a lemma; if that cannot be, drop what is broken."""
        state = self.relation.read(model)
        reachable = self.sample.count and self.sample.meets(enumerate(state))
        if not reachable and self.learning is not None:
            if self.learning.over:
                self.learning = None
            else:
                lemma = learn(self.relation.system, state, self.sample)
                assert lemma is not None, "a state that is not in the sample differs from all that are"
                self.learnt += 1
                term = lemma.term(self.relation)
                self.candidates.append(Candidate(f"lemma {self.learnt}", term, lemma.elements, lemma))
                return
        reason = "is broken in a reachable state by" if reachable else "is not inductive: may be broken by"
        for target in targets:
            if z3.is_true(model.eval(target.term, model_completion=True)):
                self.dropped.setdefault(target.name, f"{reason} {obligation.name}")
                self.stale = True


def place_of(system: System, command: Command) -> str:
    """A command, in words."""
    thread = system.threads[command.thread]
    return f"step {command.number} of {thread.name} in {command.function}, line {command.span.line}"


def _decided(relation: Relation, prop: Property, state: State) -> bool:
    try:
        return holds(relation.system, prop, state) == (prop.kind == "reachable")
    except CheckFailed:
        return True
