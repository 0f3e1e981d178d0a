"""When a step is enabled: the guard that its body implies, and the body without what the guard has settled."""

from __future__ import annotations

import attrs

from thpverify.compiler.context import Assume
from thpverify.ir.expressions import (
    FALSE,
    TRUE,
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
)
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Statement


@attrs.frozen(eq=False)
class Stutter(Statement):
    """The path comes back to where it started, point number `pc`, without having done anything: no step."""

    pc: int
    label: str


@attrs.frozen(eq=False)
class _Write:
    variable: Variable
    index: tuple[Expr, ...]
    value: Expr
    condition: Expr = TRUE


@attrs.frozen(eq=False)
class _Knowledge:
    """Temps in terms of the state before, and the writes so far, earliest first."""

    temps: dict[int, Expr]
    writes: tuple[_Write, ...] = ()

    def before(self, expr: Expr) -> Expr:
        """`expr` in terms of the state before the step."""
        return rewrite(expr, self._replace)

    def _replace(self, expr: Expr) -> Expr | None:
        match expr:
            case Temp(number=number):
                # A temp that is not set on this path stands in an arm that is not evaluated on it: any value will do.
                return self.temps.get(number, const(expr.lo))
            case Load(variable=variable, index=index) if self.writes:
                where = tuple(self.before(i) for i in index)
                value = load(variable, where)
                for write in self.writes:
                    if write.variable is variable:
                        hit = write.condition
                        for a, b in zip(where, write.index, strict=True):
                            hit = both(hit, equal(a, b))
                        value = ite(hit, write.value, value)
                return value
        return None

    def after(self, statement: Statement) -> _Knowledge:
        """What is known behind a statement that cannot block."""
        match statement:
            case Let(temp=temp, value=value):
                return _Knowledge({**self.temps, temp.number: self.before(value)}, self.writes)
            case Assign(variable=variable, index=index, value=value):
                write = _Write(variable, tuple(self.before(i) for i in index), self.before(value))
                return _Knowledge(self.temps, (*self.writes, write))
            case If(condition=condition, then=then, orelse=orelse):
                return self._merged(self.before(condition), self._through(then), self._through(orelse))
        return self

    def _through(self, block: Block) -> _Knowledge:
        known = self
        for statement in block:
            known = known.after(statement)
        return known

    def _merged(self, condition: Expr, left: _Knowledge, right: _Knowledge) -> _Knowledge:
        temps = {
            number: ite(condition, left.temps[number], right.temps[number])
            if number in left.temps and number in right.temps
            else (left.temps.get(number) or right.temps[number])
            for number in {**left.temps, **right.temps}
        }
        old = len(self.writes)
        conditional = [attrs.evolve(w, condition=both(condition, w.condition)) for w in left.writes[old:]]
        conditional += [attrs.evolve(w, condition=both(negate(condition), w.condition)) for w in right.writes[old:]]
        return _Knowledge(temps, (*self.writes, *conditional))


def guard_of(body: Block) -> Expr:
    """Whether some end of `body` can be reached, or a Check in it fails, from the state before it."""
    return _guard(body, _Knowledge({}))


def _guard(block: Block, known: _Knowledge) -> Expr:
    if not _may_block(block):
        return TRUE
    first, rest = block[0], block[1:]
    match first:
        case Stutter():
            return FALSE
        case Assume(condition=condition):
            here = known.before(condition)
            return FALSE if here.is_constant and not here.lo else both(here, _guard(rest, known))
        case Check() | If() if not _may_block((first,)):
            failing = _fails((first,), known)
            return TRUE if failing is TRUE else either(failing, _guard(rest, known.after(first)))
        case If(condition=condition, then=then, orelse=orelse):
            return ite(known.before(condition), _guard(then + rest, known), _guard(orelse + rest, known))
    return _guard(rest, known.after(first))


def _fails(block: Block, known: _Knowledge) -> Expr:
    """Whether some Check of `block`, which cannot block, fails."""
    failing: Expr = FALSE
    for statement in block:
        match statement:
            case Check(condition=condition):
                failing = either(failing, negate(known.before(condition)))
            case If(condition=condition, then=then, orelse=orelse):
                failing = either(failing, ite(known.before(condition), _fails(then, known), _fails(orelse, known)))
        known = known.after(statement)
    return failing


def _may_block(block: Block) -> bool:
    return any(
        isinstance(s, Assume | Stutter) or (isinstance(s, If) and (_may_block(s.then) or _may_block(s.orelse)))
        for s in block
    )


def enabled_body(body: Block) -> Block:
    """`body` as it runs once its guard holds: without assumptions, and without arms that would be no step."""
    kept: list[Statement] = []
    for statement in body:
        match statement:
            case Assume():
                continue
            case Stutter(pc=pc, label=label):
                kept.append(Cut(statement.span, pc, label))  # never reached: a Check before it fails
            case If(condition=condition, then=then, orelse=orelse):
                if _only_stutters(then):
                    kept.extend(enabled_body(orelse))
                elif _only_stutters(orelse):
                    kept.extend(enabled_body(then))
                else:
                    left, right = enabled_body(then), enabled_body(orelse)
                    if left or right:
                        kept.append(If(statement.span, condition, left, right))
            case _:
                kept.append(statement)
    return tuple(kept)


def _only_stutters(block: Block) -> bool:
    return bool(block) and isinstance(block[-1], Stutter) and not any(isinstance(s, Check) for s in block)
