"""What the lowering of one step works on, and the operations that every part of the lowering needs."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeAlias

import attrs

from thpverify.compiler.functions import Function
from thpverify.compiler.locals import Stored
from thpverify.compiler.values import (
    ArrayPlace,
    Conflict,
    RecordPlace,
    Scalar,
    TupleValue,
    Unbound,
    Value,
    instead_of,
    is_large,
    join,
    kind_name,
    reads_shared,
    same,
)
from thpverify.ir.expressions import FALSE, Expr, Param, Temp, Variable, const, equal, ite
from thpverify.ir.statements import Assign, Check, If, Let, Span, Statement, walk
from thpverify.lang.errors import ModelError
from thpverify.lang.source import span_of
from thpverify.lang.threads import Handle

LARGEST = 1 << 62
"""Integers beyond this could overflow 64 bits in an engine."""

MOST_EFFORT = 50_000
"""A step, property or set-up that unrolls into more statements and rounds than this is refused."""


@attrs.frozen(eq=False)
class Assume(Statement):
    """The step is not enabled unless `condition` holds here. Only within the compiler: it becomes part of the guard."""

    condition: Expr


class ThreadFacts:
    """What properties may ask of threads; there is nothing to ask while threads are being compiled."""

    def at(self, handle: Handle, label: str, fail: Callable[[str, str, str], ModelError]) -> Expr:
        """Whether the thread stands at a yield with this label."""
        raise fail("THP026", "at() is called in a step", "Only properties may ask where a thread stands.")

    def local(self, handle: Handle, name: str, fail: Callable[[str, str, str], ModelError]) -> Scalar:
        """The value of a local of the thread's own function."""
        raise fail("THP026", "local() is called in a step", "Only properties may ask for the locals of a thread.")


@attrs.define(eq=False)
class Step:
    """One step, property or initial set-up that is being compiled.

    `mode` is "step", "initial", "hook" or "property". `params` are all choices so far; `open_params` those that
    this path may reuse, since they were made on a path that excludes it. `wrote` is the condition under which shared
    state was assigned.
    """

    mode: str
    variables: Mapping[str, Variable]
    facts: ThreadFacts
    temps: int = 0
    params: list[Param] = attrs.field(factory=list)
    open_params: list[Param] = attrs.field(factory=list)
    used_params: list[Param] = attrs.field(factory=list)
    wrote: Expr = FALSE
    effort: int = 0

    def temp(self, name: str, lo: int, hi: int) -> Temp:
        """A new temp."""
        self.temps += 1
        return Temp(lo, hi, self.temps, name)

    def param(self, name: str, lo: int, hi: int) -> Param:
        """A choice in `lo`..`hi`: one that an excluded path made with the same bounds, or a new one."""
        for param in self.open_params:
            if (param.lo, param.hi) == (lo, hi):
                self.open_params.remove(param)
                break
        else:
            param = Param(lo, hi, len(self.params), name)
            self.params.append(param)
        self.used_params.append(param)
        return param


Env: TypeAlias = "dict[str, Value | Stored]"


@attrs.define(eq=False)
class Lowering:
    """Turns the code of one activation of `function` into statements of `block`; `env` holds its locals.

    `calls` are the functions that are being inlined, outermost first.
    """

    step: Step
    function: Function
    env: Env
    block: list[Statement]
    calls: tuple[Function, ...] = ()

    def span(self, node: ast.AST) -> Span:
        """Where `node` stands."""
        return span_of(self.function.file, node)

    def error(self, node: ast.AST, code: str, message: str, hint: str) -> ModelError:
        """A mistake of the model's author at `node`."""
        return ModelError(code, message, hint, self.span(node))

    def spend(self, node: ast.AST) -> None:
        """Count a statement or round; what has no bound that can be seen must not keep the compiler busy for ever."""
        self.step.effort += 1
        if self.step.effort > MOST_EFFORT:
            raise self.error(
                node,
                "THP056",
                f"what runs here without a yield unrolls into more than {MOST_EFFORT} statements",
                "Yield in its loops, give them smaller bounds, or decide less in one step.",
            )

    def emit(self, statement: Statement) -> None:
        """Append to the block."""
        self.block.append(statement)

    def check(self, node: ast.AST, kind: str, condition: Expr, message: str) -> None:
        """A violation of `kind` here unless `condition` holds; nothing when it always does."""
        if not (condition.is_constant and condition.lo):
            self.emit(Check(self.span(node), kind, condition, message))

    def assume(self, node: ast.AST, condition: Expr) -> None:
        """The step is enabled only if `condition` holds here."""
        if not (condition.is_constant and condition.lo):
            self.emit(Assume(self.span(node), condition))

    def assign(self, node: ast.AST, variable: Variable, index: tuple[Expr, ...], value: Expr) -> None:
        """Write shared state."""
        if self.step.mode == "property":
            raise self.error(
                node, "THP035", "a property changes the state", "Compute with locals; only threads may assign fields."
            )
        self.emit(Assign(self.span(node), variable, index, value))
        self.step.wrote = const(1)

    def let(self, node: ast.AST, value: Expr, name: str) -> Expr:
        """`value` as it is now, in a temp unless it is always the same."""
        if value.is_constant:
            return const(value.lo)
        temp = self.step.temp(name, value.lo, value.hi)
        self.emit(Let(self.span(node), temp, value))
        return temp

    def pin(self, node: ast.AST, expr: Expr, name: str) -> Expr:
        """`expr` itself if no later assignment can change it and it is small, else a temp with its value."""
        changes = self.step.mode != "property" and reads_shared(expr)
        return self.let(node, expr, name) if changes or is_large(expr) else expr

    def settle(self, node: ast.AST, value: Value, name: str = "it") -> Value:
        """`value` in a form that keeps its meaning until the end of the step."""
        match value:
            case Scalar(expr=expr, kind=kind):
                return Scalar(self.pin(node, expr, name), kind)
            case RecordPlace() | ArrayPlace():
                return value.at(tuple(self.pin(node, i, name) for i in value.index))
            case TupleValue(items=items):
                return TupleValue(tuple(self.settle(node, item, name) for item in items))
            case Unbound(value=known) if known is not None:
                return Unbound(self.settle(node, known, name))
        return value

    @contextmanager
    def inside(self, block: list[Statement]) -> Iterator[None]:
        """Emit into `block` for a while."""
        outer, self.block = self.block, block
        try:
            yield
        finally:
            self.block = outer

    def branch(self, node: ast.AST, condition: Expr, then: Callable[[], Value], orelse: Callable[[], Value]) -> Value:
        """Lower `then` and `orelse` as the two arms of a condition and join what they return and bind."""
        if condition.is_constant:
            return then() if condition.lo else orelse()
        before, wrote = dict(self.env), self.step.wrote
        open_before, used_before = list(self.step.open_params), list(self.step.used_params)
        arms: list[tuple[list[Statement], Env, Expr, Value, list[Param]]] = []
        for lower in (then, orelse):
            self.env, self.step.wrote, block = dict(before), wrote, list[Statement]()
            self.step.used_params = []
            with self.inside(block):
                result = lower()
            arms.append((block, self.env, self.step.wrote, result, self.step.used_params))
            self.step.open_params = open_before + self.step.used_params
        (
            (left, left_env, left_wrote, left_result, left_params),
            (right, right_env, right_wrote, right_result, right_params),
        ) = arms
        self.pin_unused(node, left, left_params, right, right_params)
        self.step.used_params = used_before + left_params + [p for p in right_params if p not in left_params]
        self.step.open_params = [p for p in open_before if p not in self.step.used_params]
        if any(isinstance(s, Assign) for s in walk((*left, *right))):
            condition = self.pin(node, condition, "condition")
        if left or right:
            self.emit(If(self.span(node), condition, tuple(left), tuple(right)))
        self.step.wrote = ite(condition, left_wrote, right_wrote)
        self.env = {}
        for name in [*left_env, *(n for n in right_env if n not in left_env)]:
            one, other = left_env.get(name, Unbound()), right_env.get(name, Unbound())
            if one is other:
                self.env[name] = one
                continue
            one, other = unstored(one), unstored(other)
            self.env[name] = one if same(one, other) else self.tidy(node, join(condition, one, other), name)
        return self.tidy(node, join(condition, left_result, right_result), "it")

    def tidy(self, node: ast.AST, value: Value, name: str) -> Value:
        """`value` with large expressions in temps, so that joining in a loop does not grow them."""
        if isinstance(value, Scalar) and is_large(value.expr):
            return Scalar(self.let(node, value.expr, name), value.kind)
        return value

    def pin_unused(
        self,
        node: ast.AST,
        left: list[Statement],
        left_params: list[Param],
        right: list[Statement],
        right_params: list[Param],
    ) -> None:
        """Let choices that only one arm makes stand at their lowest value in the other: nothing is counted twice."""
        for block, missing in (
            (left, [p for p in right_params if p not in left_params]),
            (right, [p for p in left_params if p not in right_params]),
        ):
            block[:0] = [Assume(self.span(node), equal(p, const(p.lo))) for p in missing]

    def scalar(self, node: ast.AST, value: Value) -> Scalar:
        """`value`, which must be one integer, bool, enum member or None."""
        if isinstance(value, Scalar):
            return value
        raise self.error(
            node,
            "THP024",
            f"{kind_name(value)} stands where a number, bool or enum member is needed",
            "Use ints, bools, enum members, and fields or elements that hold them.",
        )

    def boolean(self, node: ast.AST, value: Value) -> Expr:
        """`value` as a condition."""
        if not isinstance(value, Scalar) or value.kind != "bool":
            raise self.error(
                node,
                "THP048",
                f"the condition is {kind_name(value)}, not a bool",
                "Compare it: x != 0, x is not None, x == Pmd.HUGE.",
            )
        return value.expr

    def number(self, node: ast.AST, value: Value) -> Expr:
        """`value` as an int; bools count as 0 and 1."""
        scalar = self.scalar(node, value)
        if scalar.kind == "ref" and scalar.expr.lo >= 0:
            return scalar.expr
        if scalar.kind not in ("int", "bool"):
            raise self.error(
                node,
                "THP024",
                f"{kind_name(value)} stands where an int is needed",
                "A Ref can be compared with == and `is None`, and used as an index; an enum member only compared.",
            )
        return scalar.expr

    def bounded(self, node: ast.AST, expr: Expr) -> Expr:
        """`expr`, which must stay far from the ends of 64 bits."""
        if max(abs(expr.lo), abs(expr.hi)) > LARGEST:
            raise self.error(
                node,
                "THP040",
                f"this can be as large as {max(abs(expr.lo), abs(expr.hi))}",
                "Keep intermediate values within 62 bits: give the operands tighter ranges.",
            )
        return expr

    def read(self, node: ast.AST, value: Value, name: str) -> Value:
        """The value of local `name`, which must have one on every path."""
        match value:
            case Unbound(value=None):
                raise self.error(
                    node, "THP037", f"{name} has no value here", f"Assign {name} before this line on every path."
                )
            case Unbound():
                raise self.error(
                    node, "THP037", f"{name} may have no value here", f"Assign {name} before the branch or loop."
                )
            case Conflict(left=left, right=right):
                raise self.error(
                    node,
                    "THP039",
                    f"{name} is {kind_name(left)} on one path and {kind_name(right)} on another",
                    instead_of(left, right),
                )
        return value

    # The parts of the lowering that call each other across modules.

    def expr(self, node: ast.expr) -> Value:
        """The value of an expression."""
        raise AssertionError("abstract")

    def call(self, node: ast.Call) -> Value:
        """The value of a call."""
        raise AssertionError("abstract")

    def run(self, statements: list[ast.stmt]) -> None:
        """Lower statements that run to their end within the step."""
        raise AssertionError("abstract")

    def inline(self, node: ast.AST, function: Function, arguments: Env) -> Value:
        """The value that a plain function returns."""
        raise AssertionError("abstract")


def unstored(value: Value | Stored) -> Value:
    """The value of a local, read from its slot if it is still there."""
    return value.read() if isinstance(value, Stored) else value
