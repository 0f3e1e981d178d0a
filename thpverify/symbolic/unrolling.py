"""Paths of k steps: the relation copied k times, each step choosing a thread, whose place then picks the command."""

from __future__ import annotations

from collections import defaultdict

import attrs
import z3

from thpverify.ir.run import Move
from thpverify.ir.statements import Check
from thpverify.ir.system import Command
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.numbers import in_range
from thpverify.symbolic.relation import CommandTerms, Relation


@attrs.frozen(eq=False)
class StepTerms:
    """A step as terms on the state before, the params, and two choices of its own: the thread `who`, and `which` of the
    commands at the place where the thread stands. `done` says that a command fires and nothing fails, `failing` by kind
    that one fires and a Check fails; `after` has the elements that some command changes."""

    who: z3.BitVecRef
    which: z3.BitVecRef
    fires: dict[Command, z3.BoolRef]
    done: z3.BoolRef
    failing: dict[str, z3.BoolRef]
    after: dict[int, z3.ExprRef]


def step_terms(relation: Relation) -> StepTerms:
    """All commands in one."""
    groups: dict[tuple[int, int], list[CommandTerms]] = defaultdict(list)
    for terms in relation.commands:
        groups[terms.command.thread, terms.command.pc].append(terms)
    who = z3.BitVec("who", max(1, (len(relation.system.threads) - 1).bit_length()))
    which = z3.BitVec("which", max(1, (max(map(len, groups.values()), default=1) - 1).bit_length()))
    fires: dict[Command, z3.BoolRef] = {}
    for (thread, _), commands in groups.items():
        for number, terms in enumerate(commands):
            own = [who == thread] + ([which == number] if len(commands) > 1 else [])
            fires[terms.command] = all_of([*own, terms.enabled])
    failing: dict[str, list[z3.BoolRef]] = defaultdict(list)
    after: dict[int, z3.ExprRef] = {}
    for terms in relation.commands:
        here = fires[terms.command]
        for failure in terms.failures:
            failing[failure.check.kind].append(all_of([here, failure.condition]))
        for at, value in terms.after.items():
            after[at] = z3.If(here, value, after.get(at, relation.state[at].term))
    done = any_of([all_of([fires[terms.command], terms.done]) for terms in relation.commands])
    return StepTerms(who, which, fires, done, {kind: any_of(parts) for kind, parts in failing.items()}, after)


@attrs.define
class Frame:
    """A moment of the path: the constants of its state, and those of the step that leaves it."""

    state: list[z3.ExprRef]
    params: list[z3.ExprRef]
    who: z3.BitVecRef
    which: z3.BitVecRef


@attrs.define
class Unrolling:
    """The frames so far, and terms of the relation moved into any of them."""

    relation: Relation
    step: StepTerms
    frames: list[Frame] = attrs.field(factory=list)

    @classmethod
    def of(cls, relation: Relation) -> Unrolling:
        """One with the first frame."""
        made = cls(relation, step_terms(relation))
        made.extend()
        return made

    def extend(self) -> list[z3.BoolRef]:
        """One more frame; what links it to the one before. The step before it is not asserted (see `done`)."""
        k = len(self.frames)

        def copy(term: z3.ExprRef) -> z3.ExprRef:
            return z3.Const(f"{term.decl().name()}@{k}", term.sort())

        fixed = [own.lo == own.hi for own in self.relation.state]
        self.frames.append(
            Frame(
                [own.term if f else copy(own.term) for own, f in zip(self.relation.state, fixed, strict=True)],
                [own.term if own.lo == own.hi else copy(own.term) for own in self.relation.params],
                copy(self.step.who),
                copy(self.step.which),
            )
        )
        if k == 0:
            return []
        new, old = self.frames[k].state, self.frames[k - 1].state
        return [
            new[at] == (self.at(k - 1, self.step.after[at]) if at in self.step.after else old[at])
            for at, f in enumerate(fixed)
            if not f
        ]

    def at(self, k: int, term: z3.ExprRef) -> z3.ExprRef:
        """`term` of the relation, of the state number `k` and the step that leaves it."""
        frame, relation = self.frames[k], self.relation
        pairs = [(own.term, new) for own, new in zip(relation.state, frame.state, strict=True) if own.lo != own.hi]
        pairs += [(own.term, new) for own, new in zip(relation.params, frame.params, strict=True) if own.lo != own.hi]
        return z3.substitute(term, *pairs, (self.step.who, frame.who), (self.step.which, frame.which))

    def params_in_range(self, k: int) -> z3.BoolRef:
        """That the params of step number `k` have values at all."""
        return self.at(k, all_of([in_range(own) for own in self.relation.params]))

    def move(self, model: z3.ModelRef, k: int) -> Move:
        """The firing in step number `k`."""
        for command, fires in self.step.fires.items():
            if z3.is_true(model.eval(self.at(k, fires), model_completion=True)):
                return self.relation.move(model, command, self.frames[k].params)
        raise AssertionError(f"no command fires in step {k} of z3's model")


def check_kinds(relation: Relation) -> tuple[str, ...]:
    """The kinds of Checks that some step has."""
    kinds: dict[str, Check] = {}
    for terms in relation.commands:
        kinds.update((failure.check.kind, failure.check) for failure in terms.failures)
    return tuple(kinds)
