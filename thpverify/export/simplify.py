"""Bodies as a person would write them: temps that only carry a value to one place are put in that place."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import attrs

from thpverify.ir.expressions import Const, Expr, Load, Param, Temp, Variable, rewrite, subexpressions
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Note, Statement, expressions_of, walk


def is_trivial(variable: Variable) -> bool:
    """Whether there is nothing to store: no element, or a type with one value."""
    return variable.size == 0 or variable.type.lo == variable.type.hi


def variables_read(expr: Expr) -> set[Variable]:
    """The variables that `expr` loads from."""
    return {e.variable for e in subexpressions(expr) if isinstance(e, Load)}


def variables_written(block: Block) -> set[Variable]:
    """The variables that `block` assigns to; a Cut's pc is not among them."""
    return {s.variable for s in walk(block) if isinstance(s, Assign)}


def block_reads(block: Block) -> set[Variable]:
    """The variables that `block` loads from."""
    return {v for s in walk(block) for e in expressions_of(s) for v in variables_read(e)}


def temps_of(block: Block) -> dict[int, Temp]:
    """The temps that `block` sets, each with an interval that covers all its values."""
    temps: dict[int, Temp] = {}
    for statement in walk(block):
        if isinstance(statement, Let):
            new, old = statement.temp, temps.get(statement.temp.number, statement.temp)
            lo = min(new.lo, old.lo, statement.value.lo)
            temps[new.number] = Temp(lo, max(new.hi, old.hi, statement.value.hi), new.number, new.name)
    return temps


def simplify(body: Block, result: Expr | None = None) -> tuple[Block, Expr | None]:
    """`body` (and the `result` that follows it) without notes for traces, dead temps and temps that can be inlined.

    A temp is inlined if it is set once, nothing that its value reads is written before its uses, and writing the value
    at each use is no longer to read.
    """
    body = _without_notes(body)
    while True:
        inlined = _Inliner.of(body, result)
        if not inlined:
            return body, result
        body = _substitute(body, inlined)
        result = None if result is None else _put(result, inlined)


def _without_notes(block: Block) -> Block:
    kept: list[Statement] = []
    for statement in block:
        match statement:
            case Note():
                continue
            case If(span=span, condition=condition, then=then, orelse=orelse):
                then, orelse = _without_notes(then), _without_notes(orelse)
                if then or orelse:
                    kept.append(If(span, condition, then, orelse))
            case Assign(variable=variable) if is_trivial(variable):
                continue
            case Let() | Assign() | Check() | Cut():
                kept.append(statement)
    return tuple(kept)


@attrs.define
class _Inliner:
    """One walk through a body in order: which temps' values are still what they were when they are used."""

    uses: Counter[int]
    once: set[int]
    values: dict[int, Expr] = attrs.field(factory=dict)
    stale: set[int] = attrs.field(factory=set)
    refused: set[int] = attrs.field(factory=set)

    @classmethod
    def of(cls, body: Block, result: Expr | None) -> dict[int, Expr]:
        """The temps to inline and their values, none of which mentions another one of them."""
        sets = Counter(s.temp.number for s in walk(body) if isinstance(s, Let))
        spoken = [e for s in walk(body) for e in expressions_of(s)] + ([] if result is None else [result])
        uses = Counter(e.number for x in spoken for e in subexpressions(x) if isinstance(e, Temp))
        inliner = cls(uses, {number for number, count in sets.items() if count == 1})
        inliner._walk(body)
        if result is not None:
            inliner._use(result)
        chosen = {n: v for n, v in inliner.values.items() if n not in inliner.refused}
        mentioned = {n: {e.number for e in subexpressions(v) if isinstance(e, Temp)} for n, v in chosen.items()}
        return {n: v for n, v in chosen.items() if not mentioned[n] & chosen.keys()}

    def _walk(self, block: Block) -> None:
        for statement in block:
            for expr in expressions_of(statement):
                self._use(expr)
            match statement:
                case Let(temp=temp, value=value):
                    self._spoil_temp(temp.number)
                    if temp.number in self.once and _is_worth_repeating(value, self.uses[temp.number]):
                        self.values[temp.number] = value
                case Assign(variable=variable):
                    self.stale |= {n for n, v in self.values.items() if variable in variables_read(v)}
                case If(then=then, orelse=orelse):
                    self._walk(then)
                    self._walk(orelse)

    def _use(self, expr: Expr) -> None:
        used = {e.number for e in subexpressions(expr) if isinstance(e, Temp)}
        # A use within another temp's value happens where that temp is used in the end, so it must stay until then.
        self.refused |= used & self.stale

    def _spoil_temp(self, number: int) -> None:
        for other, value in self.values.items():
            if any(isinstance(e, Temp) and e.number == number for e in subexpressions(value)):
                self.stale.add(other)


def _is_worth_repeating(value: Expr, uses: int) -> bool:
    # The typical temp is `ref[i] + 1`, which is checked against both ends of a range and then assigned.
    return uses <= 1 or _is_word(value) or (uses <= 3 and len(list(islice(subexpressions(value), 9))) < 9)


def _is_word(value: Expr) -> bool:
    match value:
        case Const() | Param() | Temp() | Load(index=()):
            return True
        case Load(index=index):
            return all(isinstance(i, Const) for i in index)
    return False


def _put(expr: Expr, values: dict[int, Expr]) -> Expr:
    return rewrite(expr, lambda e: values.get(e.number) if isinstance(e, Temp) else None)


def _substitute(block: Block, values: dict[int, Expr]) -> Block:
    new: list[Statement] = []
    for statement in block:
        match statement:
            case Let(temp=temp) if temp.number in values:
                continue
            case Let(span=span, temp=temp, value=value):
                new.append(Let(span, temp, _put(value, values)))
            case Assign(span=span, variable=variable, index=index, value=value):
                new.append(Assign(span, variable, tuple(_put(i, values) for i in index), _put(value, values)))
            case If(span=span, condition=condition, then=then, orelse=orelse):
                put = _put(condition, values)
                arms = _substitute(then, values), _substitute(orelse, values)
                if put.is_constant:
                    new.extend(arms[0] if put.lo else arms[1])
                elif arms[0] or arms[1]:
                    new.append(If(span, put, *arms))
            case Check(span=span, kind=kind, condition=condition, message=message):
                put = _put(condition, values)
                if not (put.is_constant and put.lo):
                    new.append(Check(span, kind, put, message))
            case Cut():
                new.append(statement)
    return tuple(new)
