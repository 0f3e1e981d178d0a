"""Temps that are used once, right where they could have been written out, are written out; unused ones go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import attrs

from thpverify.ir.expressions import Expr, Load, Temp, Variable, rewrite, subexpressions
from thpverify.ir.statements import Assign, Block, Check, Chosen, Cut, If, Let, Statement, expressions_of, walk


def tidy(body: Block, *results: Expr) -> tuple[Block, tuple[Expr, ...]]:
    """`body`, and the expressions `results` that are evaluated behind it, with as few temps as keep their meaning."""
    uses: Counter[int] = Counter()
    sets: Counter[int] = Counter()
    for statement in walk(body):
        if isinstance(statement, Let):
            sets[statement.temp.number] += 1
        for expr in expressions_of(statement):
            uses.update(_temps(expr))
    for expr in results:
        uses.update(_temps(expr))
    inliner = _Inliner({number for number, count in uses.items() if count == 1 and sets[number] == 1}, uses)
    statements = inliner.statements(body)
    written_out = tuple(inliner.expr(result) for result in results)
    return tuple(inliner.closed(statements)), written_out


def _temps(expr: Expr) -> list[int]:
    return [e.number for e in subexpressions(expr) if isinstance(e, Temp)]


def _written(statement: Statement) -> set[Variable]:
    return {s.variable for s in walk((statement,)) if isinstance(s, Assign)}


@attrs.define
class _Inliner:
    """`once` are the temps that may be written out; `held` those that were met and not used yet."""

    once: set[int]
    uses: Counter[int]
    held: dict[int, Let] = attrs.field(factory=dict)

    def expr(self, expr: Expr) -> Expr:
        """`expr` with held temps written out."""

        def replace(node: Expr) -> Expr | None:
            return self.held.pop(node.number).value if isinstance(node, Temp) and node.number in self.held else None

        return rewrite(expr, replace)

    def block(self, block: Block) -> Block:
        """An arm of an `If`, with temps of its own written out; whatever is still held at its end is set there."""
        outer, self.held = self.held, {}
        done = self.closed(self.statements(block))
        self.held = outer
        return tuple(done)

    def closed(self, block: list[Statement]) -> list[Statement]:
        """`block` with what is still held behind it; nothing runs behind a `Cut`."""
        return block if block and isinstance(block[-1], Cut) else [*block, *self.held.values()]

    def statements(self, block: Block) -> list[Statement]:
        """`block` with temps written out, without those that are still held at its end."""
        done: list[Statement] = []
        for statement in block:
            if isinstance(statement, If):
                arms = (*statement.then, *statement.orelse)
                done.extend(self.release(used={n for s in walk(arms) for e in expressions_of(s) for n in _temps(e)}))
            new = self.statement(statement)
            done.extend(self.release(written=_written(statement)))
            if new is not None:
                done.append(new)
        return done

    def release(self, used: Collection[int] = (), written: Collection[Variable] = ()) -> list[Statement]:
        """Stop holding temps that are among `used` or read any of `written`."""
        stale = [
            let
            for let in self.held.values()
            if let.temp.number in used
            or any(isinstance(e, Load) and e.variable in written for e in subexpressions(let.value))
        ]
        for let in stale:
            del self.held[let.temp.number]
        return list(stale)

    def statement(self, statement: Statement) -> Statement | None:
        """`statement` with temps written out; None if it is held or of no use."""
        match statement:
            case Let(temp=temp, value=value):
                if not self.uses[temp.number]:
                    return None
                new = attrs.evolve(statement, value=self.expr(value))
                if temp.number in self.once:
                    self.held[temp.number] = new
                    return None
                return new
            case Assign(index=index, value=value):
                return attrs.evolve(statement, index=tuple(map(self.expr, index)), value=self.expr(value))
            case If(condition=condition, then=then, orelse=orelse):
                return attrs.evolve(
                    statement, condition=self.expr(condition), then=self.block(then), orelse=self.block(orelse)
                )
            case Check(condition=condition):
                return attrs.evolve(statement, condition=self.expr(condition))
            case Chosen(values=values):
                return attrs.evolve(statement, values=tuple(map(self.expr, values)))
        return statement
