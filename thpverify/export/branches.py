"""One command, several ways on: each way as an option of its own, so that a process can stand at a real label after it.

Promela cannot jump out of a `d_step`. Where the end of a step decides where its thread stands next, the decision is
therefore moved to the front: its condition is rewritten to speak of the state before the step.
"""

from __future__ import annotations

from itertools import islice

import attrs

from thpverify.export.simplify import is_trivial
from thpverify.ir.expressions import (
    TRUE,
    Binary,
    Expr,
    Load,
    Temp,
    Variable,
    both,
    const,
    either,
    equal,
    ite,
    load,
    negate,
    rewrite,
    subexpressions,
)
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, walk

LARGEST_CONDITION = 150
"""How many nodes a condition may have before a variable for the place is cheaper, and easier to read."""


@attrs.frozen
class Branch:
    """A way through a command: taken if `condition` holds before the step; ends at point `target`, None if it fails."""

    condition: Expr
    body: Block
    target: int | None


def targets(block: Block) -> set[int]:
    """The points at which `block` can end."""
    return {s.pc for s in walk(block) if isinstance(s, Cut)}


class _TooLarge(Exception):
    """A condition has more than LARGEST_CONDITION nodes."""


def branches(body: Block) -> list[Branch] | None:
    """The ways through `body`, exclusive and together exhaustive; None if a condition for one gets too large."""
    try:
        return _branches(body, _Before())
    except _TooLarge:
        return None


def _measured(condition: Expr) -> Expr:
    # Substitution shares nodes, so that a condition can be exponentially larger as text: count no further than needed.
    if len(list(islice(subexpressions(condition), LARGEST_CONDITION + 1))) > LARGEST_CONDITION:
        raise _TooLarge
    return condition


def _branches(block: Block, before: _Before) -> list[Branch]:
    ends = targets(block)
    if len(ends) <= 1:
        return [Branch(TRUE, block, next(iter(ends), None))]
    prefix, last = block[:-1], block[-1]
    assert isinstance(last, If), "a block with several ends ends in an If"
    before.run(prefix, TRUE)
    condition = _measured(before.rewrite(last.condition))
    found: list[Branch] = []
    if not before.checks.is_constant and may_fail(condition):
        # A failing Check stands before the decision: then the condition may have no value, and the step fails anyway.
        found.append(Branch(negate(_measured(before.checks)), prefix, None))
        allowed = before.checks
    else:
        allowed = TRUE
    for arm, taken in ((last.then, condition), (last.orelse, negate(condition))):
        for branch in _branches(arm, before.copy()):
            when = _measured(both(both(allowed, taken), branch.condition))
            if when.hi:
                found.append(Branch(when, prefix + branch.body, branch.target))
    return found


def may_fail(expr: Expr) -> bool:
    """Whether some operand's interval allows an index out of range or a division by zero."""
    for e in subexpressions(expr):
        match e:
            case Load(variable=variable, index=index):
                if any(i.lo < 0 or i.hi >= n for i, n in zip(index, variable.shape, strict=True)):
                    return True
            case Binary(op="//" | "%", right=right) if right.lo <= 0 <= right.hi:
                return True
    return False


@attrs.define
class _Before:
    """What the statements so far did, in terms of the state before them.

    `writes` are (when, index, value), oldest first; `checks` is what must have held for execution to get here.
    """

    temps: dict[int, Expr] = attrs.field(factory=dict)
    writes: dict[Variable, list[tuple[Expr, tuple[Expr, ...], Expr]]] = attrs.field(factory=dict)
    checks: Expr = TRUE

    def copy(self) -> _Before:
        """One that goes on from here independently."""
        return _Before(dict(self.temps), {v: list(w) for v, w in self.writes.items()}, self.checks)

    def run(self, block: Block, when: Expr) -> None:
        """Execute `block`, which is reached if `when`."""
        for statement in block:
            match statement:
                case Let(temp=temp, value=value):
                    new, old = self.rewrite(value), self.temps.get(temp.number)
                    self.temps[temp.number] = new if old is None else ite(when, new, old)
                case Assign(variable=variable, index=index, value=value) if not is_trivial(variable):
                    place = tuple(self.rewrite(i) for i in index)
                    self.writes.setdefault(variable, []).append((when, place, self.rewrite(value)))
                case Check(condition=condition):
                    holds = self.rewrite(condition)
                    self.checks = both(self.checks, either(negate(when), holds))
                case If(condition=condition, then=then, orelse=orelse):
                    taken = self.rewrite(condition)
                    self.run(then, both(when, taken))
                    self.run(orelse, both(when, negate(taken)))

    def rewrite(self, expr: Expr) -> Expr:
        """`expr` as it is at this moment, in terms of the state before."""

        def replace(e: Expr) -> Expr | None:
            match e:
                case Temp(number=number):
                    return self.temps[number]
                case Load(variable=variable) if is_trivial(variable):
                    return const(variable.type.lo)
                case Load(variable=variable, index=index) if variable in self.writes:
                    return self._load(variable, tuple(self.rewrite(i) for i in index))
            return None

        return rewrite(expr, replace)

    def _load(self, variable: Variable, index: tuple[Expr, ...]) -> Expr:
        value = load(variable, index)
        for when, place, written in self.writes[variable]:
            here = when
            for one, other in zip(place, index, strict=True):
                here = both(here, equal(one, other))
            value = ite(here, written, value)
        return value
