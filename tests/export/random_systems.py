"""Random small systems that use all of the IR, with a Check wherever one is needed; the same for the same seed."""

from __future__ import annotations

import random

from tests.explicit.build import Builder, at, expr, op
from thpverify.ir.expressions import Expr, Param, Temp, Variable, both, const, either, equal, ite, negate, within
from thpverify.ir.statements import Assign, Block, Check, If, Let, Statement
from thpverify.ir.system import InitialState, System, Thread
from thpverify.ir.types import BOOL, EnumType, RefType

COLOUR = EnumType("Colour", ("RED", "GREEN", "BLUE"))


def random_system(seed: int) -> System:
    """A system with one to three threads and a few variables."""
    return _Random(seed).system()


class _Random:
    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.b = Builder(f"random {seed}", check_deadlock=self.random.random() < 0.4)
        self.shared = [
            self.b.variable("count", 0, 3),
            self.b.variable("low", -2, 2, start=self.random.randint(-2, 2)),
            self.b.variable("flag", 0, 1),
            self.b.variable("row[]", 0, 2, (3,)),
            self.b.variable("grid[].cell[]", 0, 1, (2, 2), (0, 1, 0, 0)),
        ]
        colour = Variable("colour", COLOUR)
        page = Variable("page", RefType(2), initial=(-1,))
        self.b.variables += [colour, page]
        self.shared += [colour, page]
        self.chosen = self.random.sample(self.shared, k=4)

    def system(self) -> System:
        threads = [self._thread(n) for n in range(self.random.choice((1, 2, 2, 3)))]
        for number in range(self.random.randint(0, 2)):
            self._property(number, threads)
        start = [value for v in self.b.variables for value in v.initial]
        starts = [tuple(start)]
        if self.random.random() < 0.4:
            other = list(start)
            other[0] = 2
            starts += [tuple(other), tuple(start)]
        system = self.b.system(*starts)
        assert all(isinstance(i, InitialState) for i in system.initial)
        return system

    def _thread(self, number: int) -> Thread:
        points = self.random.randint(2, 4)
        own = self.b.variable(f"t{number}.i", 0, 2)
        own.role, own.thread = "local", number
        done = points - 1 if self.random.random() < 0.6 else None
        thread = self.b.thread(f"t{number}", points, done)
        variables = [*self.chosen, own, own]
        for pc in range(points):
            if pc == done:
                continue
            for _ in range(self.random.choice((1, 1, 2))):
                self._command(thread, pc, points, variables)
        return thread

    def _command(self, thread: Thread, pc: int, points: int, variables: list[Variable]) -> None:
        params = tuple(Param(0, self.random.randint(0, 2), n, "i") for n in range(self.random.choice((0, 0, 1))))
        guard = self._truth(variables, list(params), 2) if self.random.random() < 0.6 else const(1)
        body = self._block(variables, list(params), 2)
        guard = guard if _total(guard) else const(1)
        self.b.command(thread, pc, guard, (*body, *self._end(points, variables, 2)), params=params)

    def _end(self, points: int, variables: list[Variable], depth: int) -> Block:
        if depth and self.random.random() < 0.5:
            condition = self._small(self._truth(variables, [], 2))
            arms = [(*self._block(variables, [], 1), *self._end(points, variables, depth - 1)) for _ in range(2)]
            return (If(self.b.span(), condition, *arms),)
        return (self.b.cut(self.random.randrange(points)),)

    def _block(self, variables: list[Variable], words: list[Expr], depth: int) -> Block:
        words, done = list(words), []
        for _ in range(self.random.randint(0, 2)):
            kind = self.random.random()
            if kind < 0.25:
                value = self._small(self._number(variables, words, 2))
                self.b.temps += 1
                temp = Temp(value.lo, value.hi, self.b.temps, self.random.choice(("t", "old")))
                done += [Let(self.b.span(), temp, value)]
                words.append(temp)
            elif kind < 0.4 and depth:
                condition = self._small(self._truth(variables, words, 2))
                then, orelse = (self._block(variables, words, depth - 1) for _ in range(2))
                done += [If(self.b.span(), condition, then, orelse)]
            else:
                done += self._assign(variables, words)
        return tuple(done)

    def _assign(self, variables: list[Variable], words: list[Expr]) -> list[Statement]:
        variable = self.random.choice(variables)
        checks: list[Statement] = []
        index = tuple(self._index(variables, words, n, checks) for n in variable.shape)
        if variable.type == BOOL:
            value = self._small(self._truth(variables, words, 2))
        else:
            value = self._small(self._number(variables, words, 2))
            if self.random.random() < 0.7:
                # Mostly wrap into the type, so that not every system ends at once in a range violation.
                span = variable.type.hi - variable.type.lo + 1
                value = op("+", op("%", value, span), variable.type.lo)
        fits = within(value, variable.type.lo, variable.type.hi)
        if not fits.is_constant:
            checks.append(Check(self.b.span(), "range", fits, f"{variable.name} leaves its range"))
        elif not fits.lo:
            value = const(variable.type.lo)
        return [*checks, Assign(self.b.span(), variable, index, value)]

    def _index(self, variables: list[Variable], words: list[Expr], size: int, checks: list[Statement]) -> Expr:
        position = self._small(self._number(variables, words, 1))
        if self.random.random() < 0.7:
            position = op("%", position, size)
        fits = within(position, 0, size - 1)
        if fits.is_constant and not fits.lo:
            return const(0)
        if not fits.is_constant:
            checks.append(Check(self.b.span(), "index", fits, "index out of range"))
        return position

    def _small(self, expr_: Expr) -> Expr:
        """`expr_` unless its numbers may get large: nothing in it can fail that is not guarded."""
        return expr_ if _total(expr_) else const(self.random.randint(0, 2))

    def _number(self, variables: list[Variable], words: list[Expr], depth: int) -> Expr:
        kind = self.random.random()
        if depth == 0 or kind < 0.4:
            return self._word(variables, words)
        if kind < 0.55:
            condition = self._truth(variables, words, depth - 1)
            return ite(condition, *(self._number(variables, words, depth - 1) for _ in "12"))
        if kind < 0.8:
            return op(self.random.choice("+-*"), *(self._number(variables, words, depth - 1) for _ in "12"))
        divisor = self.random.choice((-3, -2, 2, 3))
        return op(self.random.choice(("//", "%")), self._number(variables, words, depth - 1), divisor)

    def _word(self, variables: list[Variable], words: list[Expr]) -> Expr:
        if words and self.random.random() < 0.4:
            return self.random.choice(words)
        if self.random.random() < 0.3:
            return const(self.random.randint(-1, 2))
        variable = self.random.choice(variables)
        index = [
            op("%", self._number(variables, words, 0), n) if self.random.random() < 0.5 else self.random.randrange(n)
            for n in variable.shape
        ]
        return at(variable, *index)

    def _truth(self, variables: list[Variable], words: list[Expr], depth: int) -> Expr:
        kind = self.random.random()
        flags = [v for v in variables if v.type == BOOL and not v.shape]
        if flags and kind < 0.2:
            return at(self.random.choice(flags))
        if depth and kind < 0.35:
            return negate(self._truth(variables, words, depth - 1))
        if depth and kind < 0.6:
            return self.random.choice((both, either))(*(self._truth(variables, words, depth - 1) for _ in "12"))
        if depth and kind < 0.7:
            # An index that is in range only if the left side holds.
            page = next((v for v in variables if isinstance(v.type, RefType)), None)
            grid = next((v for v in variables if len(v.shape) == 2), None)
            if page and grid:
                return both(negate(equal(at(page), const(-1))), at(grid, at(page), 1))
        left, right = (self._number(variables, words, min(depth, 1)) for _ in "12")
        return op(self.random.choice(("==", "!=", "<", "<=", ">", ">=")), left, right)

    def _property(self, number: int, threads: list[Thread]) -> None:
        kind = self.random.choice(("invariant", "invariant", "reachable"))
        body: list[Statement] = []
        truth = self._truth(self.chosen, [], 3)
        if self.random.random() < 0.4:
            _, let = self.b.let(self._number(self.chosen, [], 1))
            body.append(let)
            truth = either(op("<", let.temp, 2), truth)
            if self.random.random() < 0.5:
                body.append(Check(self.b.span(), "assertion", op("<", let.temp, 4), "small"))
        if self.random.random() < 0.5:
            thread = self.random.choice(threads)
            truth = self.random.choice((both, either))(equal(at(thread.pc), const(1)), truth)
        if kind == "invariant" and self.random.random() < 0.7:
            truth = either(truth, op("<=", expr(at(self.shared[0])), 3 - number))
        self.b.invariant(f"property {number}", truth, tuple(body), kind)


def _total(expr_: Expr) -> bool:
    return expr_.lo > -1000 and expr_.hi < 1000
