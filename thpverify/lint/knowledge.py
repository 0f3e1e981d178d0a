"""What is known about conditions on one way through a step."""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from itertools import product

import attrs

from thpverify.ir.expressions import (
    BINARY_OPERATORS,
    Binary,
    Const,
    Expr,
    Ite,
    Load,
    Not,
    Param,
    Temp,
    Variable,
    const,
    load,
    rewrite,
)
from thpverify.ir.printer import show_element, show_expr
from thpverify.ir.types import IntType

MOST_VALUES = 64
"""A set of possible values larger than this is not kept."""

Values = frozenset[int]
Fact = tuple[Expr, bool]
Subject = Variable | int | str
"""What an expression may speak of: a variable, the number of a temp, the name of a choice."""


@attrs.define
class Knowledge:
    """`locals` of the thread with their values, facts about other expressions by their text, and what temps stand for.

    A fact ends when a variable that it speaks of is assigned. `pending` are facts that do not yet say anything about a
    single expression, such as that one of two conditions is true. `outdated` are temps whose value could be another one
    if it were read now, `subjects` what anything is known of.
    """

    locals: dict[Variable, int]
    facts: dict[str, tuple[Expr, int]] = attrs.field(factory=dict)
    temps: dict[int, Expr] = attrs.field(factory=dict)
    outdated: set[int] = attrs.field(factory=set)
    pending: list[Fact] = attrs.field(factory=list)
    subjects: frozenset[Subject] = attrs.field(init=False)

    @subjects.default
    def _subjects(self) -> frozenset[Subject]:
        return frozenset(self.locals)

    def copy(self) -> Knowledge:
        """An independent copy."""
        twin = copy(self)
        twin.facts, twin.temps = dict(self.facts), dict(self.temps)
        twin.outdated, twin.pending = set(self.outdated), list(self.pending)
        return twin

    def common(self, other: Knowledge) -> Knowledge:
        """What both know."""
        both = self.copy()
        both.facts = {t: f for t, f in self.facts.items() if t in other.facts and other.facts[t][1] == f[1]}
        both.pending = [p for p in self.pending if p in other.pending]
        both.temps = {n: e for n, e in self.temps.items() if n in other.temps and text(other.temps[n]) == text(e)}
        both.outdated |= other.outdated
        both.subjects |= other.subjects
        return both

    def simplify(self, expr: Expr) -> Expr:
        """`expr` with what is known put in."""
        return rewrite(expr, self._known)

    def _known(self, expr: Expr) -> Expr | None:
        if not (footprint(expr) & self.subjects):
            return expr
        match expr:
            case Load(variable=variable, index=()) if variable in self.locals:
                return const(self.locals[variable])
            case Load(variable=variable, index=index) if index:
                expr = load(variable, tuple(self.simplify(i) for i in index))
                return self._fact(expr) or expr
            case Temp(number=number):
                meaning = self.temps.get(number)
                if meaning is not None and meaning.is_constant:
                    return meaning
        return self._fact(expr)

    def _fact(self, expr: Expr) -> Expr | None:
        fact = self.facts.get(text(expr))
        return None if fact is None else const(fact[1])

    def note(self, expr: Expr, value: int) -> None:
        """`expr` has this value; so has what it was set to if it is a temp."""
        self.facts[text(expr)] = (expr, value)
        self.subjects |= footprint(expr)
        if isinstance(expr, Temp) and expr.number in self.temps and expr.number not in self.outdated:
            self.note(self.temps[expr.number], value)

    def learn(self, condition: Expr, truth: bool) -> list[Fact]:
        """`condition` is `truth` here. The single conditions that are now known, with their truth."""
        self.pending.append((condition, truth))
        learnt: list[Fact] = []
        while True:
            before = len(learnt)
            waiting, self.pending = self.pending, []
            for expr, value in waiting:
                self._split(self.simplify(expr), value, learnt)
            if len(learnt) == before:
                return learnt

    def _split(self, expr: Expr, truth: bool, learnt: list[Fact]) -> None:
        match expr:
            case Const():
                return
            case Not(operand=operand):
                self._split(operand, not truth, learnt)
            case Binary(op="and" | "or" as op, left=left, right=right) if truth == (op == "and"):
                self._split(left, truth, learnt)
                self._split(right, truth, learnt)
            case Binary(op="and" | "or"):
                self.pending.append((expr, truth))
            case Binary(op="==" | "!=" as op, left=left, right=Const(lo=value)) if left.is_boolean and value in (0, 1):
                self._split(left, (truth == (op == "==")) == bool(value), learnt)
            case Binary(op="==" | "!=" as op, left=left, right=Const(lo=value)) if truth == (op == "=="):
                self.note(left, value)
                learnt.append((expr, truth))
            case Ite():
                self.pending.append((expr, truth))
                self.note(expr, truth)
            case _:
                self.note(expr, truth)
                learnt.append((expr, truth))
                if isinstance(expr, Temp) and expr.number in self.temps and expr.number not in self.outdated:
                    self._split(self.simplify(self.temps[expr.number]), truth, learnt)

    def define(self, temp: Temp, value: Expr) -> None:
        """`temp` is `value` from now on."""
        self.temps[temp.number] = value
        self.outdated.discard(temp.number)
        if value.is_constant:
            self.subjects |= {temp.number}

    def forget(self, variable: Variable) -> None:
        """`variable` is assigned: what was said of it may no longer be true."""
        self.facts = {text: fact for text, fact in self.facts.items() if not mentions(fact[0], variable)}
        self.pending = [fact for fact in self.pending if not mentions(fact[0], variable)]
        self.outdated |= {number for number, expr in self.temps.items() if mentions(expr, variable)}

    def unfold(self, expr: Expr) -> Expr:
        """`expr` with temps replaced by what they were set to."""

        def replace(e: Expr) -> Expr | None:
            return self.unfold(self.temps[e.number]) if isinstance(e, Temp) and e.number in self.temps else None

        return rewrite(expr, replace)

    def possible(self, expr: Expr) -> Values | None:
        """The values that `expr` may have; None if they are too many to tell."""
        match expr:
            case Temp(number=number) if number in self.temps:
                found = self.possible(self.temps[number])
            case Not(operand=operand):
                inner = self.possible(operand)
                found = None if inner is None else frozenset(1 - v for v in inner)
            case Ite(then=then, orelse=orelse):
                left, right = self.possible(then), self.possible(orelse)
                found = None if left is None or right is None else left | right
            case Binary(op=op, left=a, right=b):
                left, right = self.possible(a), self.possible(b)
                if left is None or right is None:
                    found = None
                else:
                    pairs = ((x, y) for x, y in product(left, right) if y or op not in ("//", "%"))
                    found = frozenset(BINARY_OPERATORS[op](x, y) for x, y in pairs)
            case _:
                found = None
        if found is None:
            return frozenset(range(expr.lo, expr.hi + 1)) if expr.hi - expr.lo < MOST_VALUES else None
        found = frozenset(v for v in found if expr.lo <= v <= expr.hi)
        return found if len(found) <= MOST_VALUES else None


@lru_cache(maxsize=1 << 16)
def text(expr: Expr) -> str:
    """`expr` as text: equal for expressions that say the same."""
    return show_expr(expr)


@lru_cache(maxsize=1 << 16)
def footprint(expr: Expr) -> frozenset[Subject]:
    """What `expr` speaks of."""
    match expr:
        case Load(variable=variable):
            own: frozenset[Subject] = frozenset((variable,))
        case Temp(number=number):
            own = frozenset((number,))
        case Param(number=number):
            own = frozenset((f"param {number}",))
        case _:
            own = frozenset()
    return own.union(*map(footprint, expr.children))


def forget_expressions() -> None:
    """Drop what was kept of the expressions of one system: another one has others."""
    for kept in (text, footprint, shared_loads, choices):
        kept.cache_clear()


def mentions(expr: Expr, variable: Variable) -> bool:
    """Whether `expr` reads `variable`."""
    return variable in footprint(expr)


@lru_cache(maxsize=1 << 16)
def shared_loads(expr: Expr) -> tuple[Load, ...]:
    """The reads of shared state in `expr`, those in an index before what they index."""
    below = tuple(load for child in expr.children for load in shared_loads(child))
    return (*below, expr) if isinstance(expr, Load) and expr.variable.role == "shared" else below


@lru_cache(maxsize=1 << 16)
def choices(expr: Expr) -> tuple[Ite, ...]:
    """The conditional expressions in `expr` that decide what is read, outermost first."""
    below = tuple(choice for child in expr.children for choice in choices(child))
    if isinstance(expr, Ite) and (shared_loads(expr.then) or shared_loads(expr.orelse)):
        return (expr, *below)
    return below


def wording(variable: Variable, index: tuple[Expr, ...]) -> str:
    """An element in the model's words: locals and choices by the names that their functions give them."""
    return show_element(variable, tuple(rewrite(i, _worded) for i in index))


def _worded(expr: Expr) -> Expr | None:
    match expr:
        case Load(variable=variable) if variable.role == "local":
            name = variable.name.rpartition(".")[2]
        case Param(name=name) | Temp(name=name):
            pass
        case _:
            return None
    # Stands for itself and is never evaluated: the printer shows a variable by its plain name.
    return Load(expr.lo, expr.hi, Variable(name, IntType(expr.lo, expr.hi)))
