"""From compiled places to the IR: which locals live where, guards, commands and points."""

from __future__ import annotations

import attrs

from thpverify.compiler.context import Assume
from thpverify.compiler.guards import Stutter, enabled_body, guard_of
from thpverify.compiler.threads import Leaf, Place, ThreadCompiler
from thpverify.compiler.tidy import tidy
from thpverify.ir.expressions import (
    Expr,
    Load,
    Temp,
    Variable,
    both,
    const,
    equal,
    load,
    negate,
    subexpressions,
    within,
)
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Statement, expressions_of, walk
from thpverify.ir.system import Command, LocalHome, Point, Thread

Live = dict[int, frozenset[Variable]]


@attrs.frozen(eq=False)
class FinishedThread:
    """A thread of the IR with its commands and the locals that are part of the state."""

    thread: Thread
    commands: tuple[Command, ...]
    locals: tuple[Variable, ...]


def finish(compiler: ThreadCompiler, places: list[Place], first: int, kept: frozenset[Variable]) -> FinishedThread:
    """The IR of a thread; its commands are numbered from `first`. `kept` locals live wherever the thread runs."""
    live = liveness(places, frozenset(v for v in kept if v.thread == compiler.number))
    stored = sorted({v for variables in live.values() for v in variables}, key=lambda v: v.name)
    _start(compiler, live[0])
    commands: list[Command] = []
    for place in places:
        body = Finisher(compiler, place, live).block(place.body)
        guard = guard_of(body)
        if place.returned or (guard.is_constant and not guard.lo):
            continue
        commands.append(
            Command(
                first + len(commands),
                compiler.number,
                place.number,
                place.stack[-1].function.name,
                place.params,
                guard,
                tidy(enabled_body(body))[0],
                place.span,
            )
        )
    points = tuple(_point(compiler, place, live[place.number]) for place in places)
    done = next((p.number for p in places if p.returned), None)
    arguments = tuple((name, str(value)) for name, value in compiler.instance.arguments)
    thread = Thread(compiler.number, compiler.name, compiler.function.name, arguments, compiler.pc, points, done)
    return FinishedThread(thread, tuple(commands), tuple(stored))


def _start(compiler: ThreadCompiler, live: frozenset[Variable]) -> None:
    """A parameter that changes later starts with its argument."""
    for slot in compiler.slots.values():
        for cell in slot.cells.values():
            if cell.variable in live and cell.first is not None:
                cell.variable.initial = (cell.first,)


def _point(compiler: ThreadCompiler, place: Place, live: frozenset[Variable]) -> Point:
    homes = [
        LocalHome(cell.variable, slot.frame, slot.name, path)
        for slot in compiler.slots.values()
        for path, cell in slot.cells.items()
        if cell.variable in live
    ]
    variables = tuple(sorted(live, key=lambda v: v.name))
    return Point(place.number, place.span, tuple(place.labels), frozenset(place.positions), variables, tuple(homes))


def liveness(places: list[Place], kept: frozenset[Variable]) -> Live:
    """The locals whose value may be read later, by place number."""
    uses = {place.number: _uses(place.body) for place in places}
    leaves = {place.number: [s for s in walk(place.body) if isinstance(s, Leaf)] for place in places}
    live: Live = {p.number: (frozenset() if p.returned else uses[p.number] | kept) for p in places}
    changed = True
    while changed:
        changed = False
        for place in reversed(places):
            found = set(live[place.number])
            for leaf in leaves[place.number]:
                after = live[leaf.place.number]
                stores = _stores(leaf)
                found |= {v for target, value in stores if target in after for v in _locals(value)}
                found |= after - {target for target, _ in stores}
            if found - kept > live[place.number] - kept:
                live[place.number] = frozenset(found)
                changed = True
    return live


def _uses(body: Block) -> frozenset[Variable]:
    found: set[Variable] = set()
    for statement in walk(body):
        expressions = expressions_of(statement)
        if isinstance(statement, Assume):
            expressions = (statement.condition,)
        elif isinstance(statement, Leaf):
            expressions = (statement.wrote,)
        for expr in expressions:
            found |= _locals(expr)
    return frozenset(found)


def _locals(expr: Expr) -> set[Variable]:
    return {e.variable for e in subexpressions(expr) if isinstance(e, Load) and e.variable.role == "local"}


def _stores(leaf: Leaf) -> list[tuple[Variable, Expr]]:
    return [pair for slot, value in leaf.stores for pair in slot.targets(value)]


@attrs.define(eq=False)
class Finisher:
    """Replaces the leaves of one place's body by assignments to the locals that live on, and a Cut."""

    compiler: ThreadCompiler
    place: Place
    live: Live

    def block(self, block: Block) -> Block:
        """`block` with every leaf replaced."""
        done: list[Statement] = []
        for statement in block:
            match statement:
                case Leaf():
                    done.extend(self.leaf(statement))
                case If(span=span, condition=condition, then=then, orelse=orelse):
                    done.append(If(span, condition, self.block(then), self.block(orelse)))
                case _:
                    done.append(statement)
        return tuple(done)

    def leaf(self, leaf: Leaf) -> Block:
        """The end of a step; nothing happened if it leads back here with the same locals and no write."""
        after = self.live[leaf.place.number]
        stores = [(v, e) for v, e in _stores(leaf) if v in after and not (isinstance(e, Load) and e.variable is v)]
        ended = (
            *self.checks(leaf, stores),
            *self.assignments(leaf, stores),
            Cut(leaf.span, leaf.place.number, leaf.label),
        )
        if leaf.place is not self.place:
            return ended
        idle = negate(leaf.wrote)
        for variable, value in stores:
            idle = both(idle, equal(value, load(variable)))
        if idle.is_constant:
            return (Stutter(leaf.span, leaf.place.number, leaf.label),) if idle.lo else ended
        return (If(leaf.span, idle, (Stutter(leaf.span, leaf.place.number, leaf.label),), ended),)

    def checks(self, leaf: Leaf, stores: list[tuple[Variable, Expr]]) -> list[Statement]:
        """An annotated local must be within its range at a yield."""
        found: list[Statement] = []
        for variable, value in stores:
            inside = within(value, variable.type.lo, variable.type.hi)
            if not (inside.is_constant and inside.lo):
                found.append(Check(leaf.span, "range", inside, f"{variable.name} leaves {variable.type}"))
        return found

    def assignments(self, leaf: Leaf, stores: list[tuple[Variable, Expr]]) -> list[Statement]:
        """The stores, all at once, and resets of the locals that end here."""
        before, after = self.live[self.place.number], self.live[leaf.place.number]
        statements: list[Statement] = []
        assigned: set[Variable] = set()
        written = {v for v, _ in stores}
        final: list[Statement] = []
        for variable, value in stores:
            if (_locals(value) & written) - {variable} or _locals(value) & assigned:
                self.place.temps += 1
                temp = Temp(value.lo, value.hi, self.place.temps, variable.name.rpartition(".")[2])
                statements.append(Let(leaf.span, temp, value))
                value = temp
            assigned.add(variable)
            final.append(Assign(leaf.span, variable, (), value))
        for variable in sorted(before - after, key=lambda v: v.name):
            final.append(Assign(leaf.span, variable, (), const(variable.type.reset)))
        return [*statements, *final]
