"""A system's transition relation as z3 terms, made once: state constants, one set of terms per command and property."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product

import attrs
import z3

from thpverify.ir.expressions import Expr
from thpverify.ir.run import Move
from thpverify.ir.system import Command, Property, State, System
from thpverify.symbolic.execution import Failure, Run
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.numbers import Number, equals, fit, in_range, number, sorts_for, unknown, value_in
from thpverify.symbolic.starting import starting


@attrs.frozen(eq=False)
class CommandTerms:
    """One command. `enabled` speaks of the state before and the params; `failures` (at most one is true) and `after`,
    the elements that it may change, mean something only where it is enabled. `done` says that nothing failed."""

    command: Command
    enabled: z3.BoolRef
    failures: tuple[Failure, ...]
    done: z3.BoolRef
    after: dict[int, z3.ExprRef]


@attrs.frozen(eq=False)
class PropertyTerms:
    """One property: `failures` of Checks within it, and whether its result is true where none failed."""

    prop: Property
    failures: tuple[Failure, ...]
    result: z3.BoolRef

    @property
    def failed(self) -> z3.BoolRef:
        """A Check within it does not hold."""
        return any_of([failure.condition for failure in self.failures])

    @property
    def holds(self) -> z3.BoolRef:
        """It is true, and no Check fails."""
        return all_of([z3.Not(self.failed), self.result])

    @property
    def decided(self) -> z3.BoolRef:
        """True in the states that decide it: violate an invariant, witness a reachable or fail a Check in one."""
        return any_of([self.failed, self.result]) if self.prop.kind == "reachable" else z3.Not(self.holds)

    @property
    def always(self) -> z3.BoolRef:
        """What may be proved to hold always: an invariant, or that a reachable is never reached."""
        return z3.Not(self.decided) if self.prop.kind == "reachable" else self.holds


@attrs.frozen(eq=False)
class Relation:
    """`state` are the constants for the elements of the state before, `params` those for the choices, by number.

    An element whose type has one value is that value. `typed` says that every element is within its type.
    """

    system: System
    state: tuple[Number, ...]
    params: tuple[Number, ...]
    typed: z3.BoolRef
    commands: tuple[CommandTerms, ...]
    properties: tuple[PropertyTerms, ...]

    def constants(self) -> list[z3.ExprRef]:
        """The state constants, for substitution, without the elements that are fixed."""
        return [element.term for element in self.state if element.lo != element.hi]

    def is_state(self, state: State) -> z3.BoolRef:
        """Whether the state before is `state`."""
        return all_of([equals(own, value) for own, value in zip(self.state, state, strict=True) if own.lo != own.hi])

    def initial(self) -> z3.BoolRef:
        """Whether the state before is an initial one.

        If the initial states are described, with constants of its own for what is free in them: satisfiable together
        with a state if and only if that is an initial one, which is no statement to negate.
        """
        if self.system.start is not None:
            return starting(self.system).reaches(self.state)
        return any_of([self.is_state(state) for state in dict.fromkeys(i.state for i in self.system.initial)])

    def after(self, command: CommandTerms) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
        """The substitution that makes of a term on the state before the same term on the state after `command`."""
        return [
            (own.term, command.after[at])
            for at, own in enumerate(self.state)
            if at in command.after and own.lo != own.hi
        ]

    def can_fire(self, terms: CommandTerms) -> z3.BoolRef:
        """Whether the command is enabled for some values of its params."""
        params = terms.command.params
        if not params:
            return terms.enabled
        choices = product(*(range(p.lo, p.hi + 1) for p in params))
        return any_of([z3.substitute(terms.enabled, *self.choosing(terms.command, choice)) for choice in choices])

    def choosing(self, command: Command, values: Sequence[int]) -> list[tuple[z3.ExprRef, z3.ExprRef]]:
        """The substitution of `values` for the params of `command`."""
        with sorts_for(self.system):
            return [
                (self.params[p.number].term, fit(number(value), own.lo, own.hi).term)
                for p, value in zip(command.params, values, strict=True)
                for own in (self.params[p.number],)
                if own.lo != own.hi
            ]

    def stuck(self) -> z3.BoolRef:
        """No thread can step, and some have not returned."""
        finished = all_of(
            [
                equals(self.state[self.system.offsets[t.pc]], t.done) if t.done is not None else z3.BoolVal(False)
                for t in self.system.threads
            ]
        )
        return all_of([z3.Not(finished), *(z3.Not(self.can_fire(terms)) for terms in self.commands)])

    def judge(self, prop: Property) -> PropertyTerms:
        """`prop`, which may be any property over this system's variables, as terms on the state before."""
        with sorts_for(self.system):
            run = Run(self.system, dict(enumerate(self.state)))
            run.execute(prop.body)
            return PropertyTerms(prop, tuple(run.failures), run.value(prop.result).boolean)

    def read(self, model: z3.ModelRef, state: Sequence[z3.ExprRef] | None = None) -> State:
        """The state before, or the one whose terms are `state`, in `model`."""
        terms = [own.term for own in self.state] if state is None else state
        return tuple(value_in(model, attrs.evolve(own, term=t)) for own, t in zip(self.state, terms, strict=True))

    def move(self, model: z3.ModelRef, command: Command, params: Sequence[z3.ExprRef] | None = None) -> Move:
        """A firing of `command` with the params of `model`, or those whose terms are `params`."""
        terms = [own.term for own in self.params] if params is None else params
        own = [attrs.evolve(self.params[p.number], term=terms[p.number]) for p in command.params]
        return Move(command.number, tuple(value_in(model, p) for p in own))


def relation_of(system: System) -> Relation:
    """The terms for `system`."""
    with sorts_for(system):
        return _relation_of(system)


def _relation_of(system: System) -> Relation:
    state = tuple(unknown(f"s.{name}", variable.type.lo, variable.type.hi) for variable, _, name in system.elements())
    params = _params(system.commands)
    bare = Relation(system, state, params, all_of([in_range(element) for element in state]), (), ())
    return attrs.evolve(
        bare,
        commands=tuple(_command(bare, command) for command in system.commands),
        properties=tuple(bare.judge(prop) for prop in system.properties),
    )


def _params(commands: Iterable[Command]) -> tuple[Number, ...]:
    """One constant per number of a param, for all commands: a step has only one command."""
    bounds: dict[int, tuple[int, int]] = {}
    for command in commands:
        for p in command.params:
            lo, hi = bounds.get(p.number, (p.lo, p.hi))
            bounds[p.number] = min(lo, p.lo), max(hi, p.hi)
    return tuple(unknown(f"choice.{n}", *bounds.get(n, (0, 0))) for n in range(max(bounds, default=-1) + 1))


def _command(bare: Relation, command: Command) -> CommandTerms:
    system = bare.system
    # A value out of a param's own interval makes `enabled` false, so what `fit` makes of it does not matter.
    params = {p.number: fit(bare.params[p.number], p.lo, p.hi) for p in command.params}
    run = Run(system, dict(enumerate(bare.state)), params, command.thread)
    pc = system.threads[command.thread].pc
    within = [_within(bare.params[p.number], p) for p in command.params]
    here = equals(bare.state[system.offsets[pc]], command.pc)
    enabled = all_of([here, *within, run.value(command.guard).boolean])
    run.execute(command.body)
    # Every path through a body ends in its Cut or in a failure, and what runs after a step does not ask which.
    run.execute(system.after_step)
    after = {at: value.term for at, value in run.elements.items() if value is not bare.state[at]}
    return CommandTerms(command, enabled, tuple(run.failures), run.path, after)


def _within(value: Number, bounds: Expr) -> z3.BoolRef:
    if (value.lo, value.hi) == (bounds.lo, bounds.hi):
        return in_range(value)
    return any_of([equals(value, n) for n in range(bounds.lo, bounds.hi + 1)])
