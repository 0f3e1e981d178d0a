"""What a `for`, a comprehension or a `choose` runs over."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from enum import Enum

import attrs

from thpverify.compiler.expressions import Expressions
from thpverify.compiler.values import (
    NONE,
    ArrayPlace,
    RecordPlace,
    Scalar,
    Static,
    TupleValue,
    Value,
    join,
    kind_name,
    static,
)
from thpverify.ir.expressions import FALSE, TRUE, Expr, binary, both, const, equal
from thpverify.ir.statements import Check, Chosen, Statement, walk
from thpverify.ir.types import IntType, Type

LONGEST = 4096
"""More elements than this are not unrolled."""


@attrs.frozen(eq=False)
class Range:
    """``range(start, stop, step)`` with a constant step; dynamic bounds have known intervals."""

    start: Expr
    stop: Expr
    step: int

    @property
    def is_constant(self) -> bool:
        """Whether both bounds are known."""
        return self.start.is_constant and self.stop.is_constant

    @property
    def candidates(self) -> range:
        """Every value that it can take."""
        if self.is_constant:
            return range(self.start.lo, self.stop.lo, self.step)
        return range(self.start.lo, self.stop.hi)

    def admits(self, value: Expr) -> Expr:
        """Whether `value`, one of the candidates, is taken."""
        if self.is_constant:
            return TRUE
        return both(binary("<=", self.start, value), binary("<", value, self.stop))


Condition = ast.expr | Expr


class Iteration(Expressions):
    """Ranges, arrays, tuples, Enum classes and enumerate as sequences of values; targets; comprehensions; choices."""

    def range_of(self, node: ast.expr) -> Range | None:
        """The range that `node` calls for, None if it is no call of range."""
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and self.is_builtin(node.func, range)):
            return None
        if node.keywords or not 1 <= len(node.args) <= 3:
            raise self.error(
                node, "THP027", "range takes one to three numbers", "Write range(stop) or range(start, stop)."
            )
        numbers = [
            self.pin(a, self.number(a, v), "bound") for a, v in zip(node.args, self.in_order(node.args), strict=True)
        ]
        start, stop = (const(0), numbers[0]) if len(numbers) == 1 else (numbers[0], numbers[1])
        step = numbers[2] if len(numbers) == 3 else const(1)
        if not step.is_constant or step.lo == 0:
            raise self.error(
                node, "THP032", "the step of a range must be a constant other than 0", "Use a constant step."
            )
        if not (start.is_constant and stop.is_constant) and step.lo != 1:
            raise self.error(
                node, "THP032", "a range with a step needs constant bounds", "Use step 1, or constant bounds."
            )
        return Range(start, stop, step.lo)

    def is_builtin(self, node: ast.Name, function: object) -> bool:
        """Whether a name means `function` here."""
        if node.id in self.env or node.id in self.function.locals:
            return False
        value = self.outer_name(node)
        return isinstance(value, Static) and value.value is function

    def elements(self, node: ast.expr) -> list[tuple[Expr, Value]]:
        """The values that `node` runs over, each with the condition under which it is there."""
        bounds = self.range_of(node)
        if bounds is not None:
            if len(bounds.candidates) > LONGEST:
                raise self.error(
                    node,
                    "THP032",
                    f"this loop runs up to {len(bounds.candidates)} times in one step",
                    "Yield in the loop, or give the bound a smaller range.",
                )
            return [(bounds.admits(const(i)), Scalar(const(i), "int")) for i in bounds.candidates]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if self.is_builtin(node.func, enumerate) and len(node.args) == 1:
                return [
                    (g, TupleValue((Scalar(const(i), "int"), v)))
                    for i, (g, v) in enumerate(self.elements(node.args[0]))
                ]
            if self.is_builtin(node.func, reversed) and len(node.args) == 1:
                return self.elements(node.args[0])[::-1]
            if self.is_builtin(node.func, zip) and node.args:
                columns = [self.elements(a) for a in node.args]
                return [(TRUE, TupleValue(tuple(v for _, v in row))) for row in zip(*columns, strict=False)]
        # What a loop runs over is settled before its first round, which may assign.
        return [(TRUE, value) for value in self.members(node, self.settle(node, self.expr(node)))]

    def members(self, node: ast.AST, value: Value) -> list[Value]:
        """The values in a tuple, array, Enum class or constant range."""
        match value:
            case TupleValue(items=items):
                return list(items)
            case ArrayPlace(spec=spec, name=name, index=index):
                return [self.place(spec.element, name + "[]", (*index, const(i))) for i in range(value.length)]
            case Static(value=type() as enum) if issubclass(enum, Enum):
                return [static(member) for member in enum]
            case Static(value=range() as numbers):
                return [static(number) for number in numbers]
        raise self.error(
            node,
            "THP032",
            f"a loop runs over {kind_name(value)}",
            "Loop over range(...), an array, a tuple, an Enum class, or enumerate of one of them.",
        )

    def bind(self, target: ast.expr, value: Value) -> None:
        """Give `value` to a local or a tuple of locals."""
        self.spend(target)
        match target:
            case ast.Name(id=name):
                self.env[name] = self.settle(target, value, name)
            case ast.Tuple(elts=targets):
                if not isinstance(value, TupleValue) or len(value.items) != len(targets):
                    raise self.error(
                        target,
                        "THP024",
                        f"{kind_name(value)} cannot be taken apart into {len(targets)} names",
                        "Give as many names as there are values.",
                    )
                for part, item in zip(targets, value.items, strict=True):
                    self.bind(part, item)
            case _:
                raise self.error(target, "THP021", "only names can stand here", "Use a name, or names in parentheses.")

    def each(
        self, node: ast.AST, loop: ast.comprehension, inner: Callable[[], Value], otherwise: Callable[[], Value]
    ) -> Iterator[Callable[[], Value]]:
        """For each element of a comprehension's loop, what lowers its round: `inner` if it counts, else `otherwise`."""
        for guard, value in self.elements(loop.iter):

            def one(guard: Expr = guard, value: Value = value) -> Value:
                outer, self.env = self.env, dict(self.env)
                self.bind(loop.target, value)
                result = self.conditional(node, (guard, *loop.ifs), inner, otherwise)
                self.env = outer
                return result

            yield one

    def conditional(
        self,
        node: ast.AST,
        conditions: tuple[Condition, ...],
        inner: Callable[[], Value],
        otherwise: Callable[[], Value],
    ) -> Value:
        """`inner` where all `conditions` hold, else `otherwise`."""
        if not conditions:
            return inner()
        first, rest = conditions[0], conditions[1:]
        condition = first if isinstance(first, Expr) else self.boolean(first, self.expr(first))
        return self.usable(
            node, self.branch(node, condition, lambda: self.conditional(node, rest, inner, otherwise), otherwise)
        )

    def choice(self, node: ast.Call) -> Value:
        """``choose(values)``: a parameter of the step."""
        if self.step.mode not in ("step", "initial"):
            raise self.error(
                node,
                "THP042",
                "choose is called where there is no step",
                "Only threads and `initial` may choose; after_step and properties may not.",
            )
        if len(node.args) != 1 or node.keywords:
            raise self.error(node, "THP027", "choose takes one argument", "Write choose(i for i in range(n) if ...).")
        argument, outer = node.args[0], dict(self.env)
        if isinstance(argument, ast.GeneratorExp | ast.ListComp):
            self.refuse_early_use(argument.generators)
            self.examine(argument)
            for generator in argument.generators:
                self.bind(generator.target, self.drawn(generator.iter, ast.unparse(generator.target)))
                for condition in generator.ifs:
                    self.assume(condition, self.boolean(condition, self.expr(condition)))
            value = self.expr(argument.elt)
        else:
            value = self.drawn(argument, "choice")
        value = self.settle(node, value, "chosen")
        self.env = outer
        numbers, types = self.shown(node, value)
        self.emit(Chosen(self.span(node), numbers, types))
        return value

    def refuse_early_use(self, loops: list[ast.comprehension]) -> None:
        """A variable of a comprehension has no value before its own `for`, whatever it means outside."""
        for position, loop in enumerate(loops):
            looked_at = [(condition, loops[position + 1 :]) for condition in loop.ifs]
            if position:
                looked_at.append((loop.iter, loops[position:]))
            for expression, later in looked_at:
                names = {n.id for other in later for n in ast.walk(other.target) if isinstance(n, ast.Name)}
                for node in ast.walk(expression):
                    if isinstance(node, ast.Name) and node.id in names:
                        hint = "Use another name, or put the `for` that gives it its value first."
                        raise self.error(node, "THP037", f"{node.id} has no value here yet", hint)

    def examine(self, argument: ast.GeneratorExp | ast.ListComp) -> None:
        """Let the step fail if a filter or element of any candidate fails, as Python does before it chooses."""
        outer, block = dict(self.env), list[Statement]()
        params, opened, used = list(self.step.params), list(self.step.open_params), list(self.step.used_params)
        with self.inside(block):
            self.visit(argument, argument.generators)
        self.env = outer
        if any(isinstance(s, Check) for s in walk(tuple(block))) and self.step.params == params:
            self.block.extend(block)
        self.step.params, self.step.open_params, self.step.used_params = params, opened, used

    def visit(self, argument: ast.GeneratorExp | ast.ListComp, loops: list[ast.comprehension]) -> Value:
        """Evaluate every candidate for what can fail in it."""
        if not loops:
            self.expr(argument.elt)
        else:
            for one in self.each(argument, loops[0], lambda: self.visit(argument, loops[1:]), lambda: NONE):
                one()
        return NONE

    def drawn(self, node: ast.expr, name: str) -> Value:
        """Any one of the values that `node` runs over."""
        bounds = self.range_of(node)
        if bounds is not None:
            if len(bounds.candidates) > LONGEST:
                raise self.error(
                    node,
                    "THP041",
                    f"choose runs over {len(bounds.candidates)} values",
                    f"Give it a smaller range: at most {LONGEST} values, each of which is explored.",
                )
            if bounds.is_constant:
                return self.one_of(node, name, [static(i) for i in bounds.candidates])
            if not bounds.candidates:
                return self.one_of(node, name, [])
            param = self.step.param(name, bounds.candidates[0], bounds.candidates[-1])
            self.assume(node, bounds.admits(param))
            return Scalar(param, "int")
        if isinstance(node, ast.Call):
            return self.one_of(node, name, [value for _, value in self.elements(node)])
        values = self.expr(node)
        if isinstance(values, ArrayPlace) and values.length:
            param = self.step.param(name, 0, values.length - 1)
            return self.place(values.spec.element, values.name + "[]", (*values.index, param))
        if not isinstance(values, TupleValue | ArrayPlace | Static):
            raise self.error(
                node,
                "THP041",
                f"choose runs over {kind_name(values)}",
                "Give it a range, tuple, Enum class, array, or a comprehension over them.",
            )
        return self.one_of(node, name, self.members(node, values))

    def one_of(self, node: ast.AST, name: str, values: list[Value]) -> Value:
        """Any one of `values`."""
        if not values:
            self.assume(node, FALSE)
            return Scalar(const(0), "int")
        scalars = [v for v in values if isinstance(v, Scalar) and v.expr.is_constant]
        numbers = sorted(v.expr.lo for v in scalars)
        adjacent = len(scalars) == len(values) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        if adjacent and len({v.kind for v in scalars}) == 1:
            return Scalar(self.step.param(name, numbers[0], numbers[-1]), scalars[0].kind)
        param = self.step.param(name, 0, len(values) - 1)
        result = values[-1]
        for position in reversed(range(len(values) - 1)):
            result = join(equal(param, const(position)), values[position], result)
        return self.usable(node, result)

    def shown(self, node: ast.AST, value: Value) -> tuple[tuple[Expr, ...], tuple[Type, ...]]:
        """What a trace notes of a choice: numbers and their types; a record or array is its indices."""
        match value:
            case Scalar():
                return (value.expr,), (value.type,)
            case RecordPlace(index=index) | ArrayPlace(index=index):
                return index, tuple(IntType(i.lo, i.hi) for i in index)
            case TupleValue(items=items):
                parts = [self.shown(node, item) for item in items]
                return tuple(e for p in parts for e in p[0]), tuple(t for p in parts for t in p[1])
        raise self.error(
            node, "THP041", f"choose would give {kind_name(value)}", "Choose numbers, bools, enum members or records."
        )
