"""Calls: built-in functions, what thpverify.lang offers, and the model's own functions, which are inlined."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from thpverify.compiler.context import Env, unstored
from thpverify.compiler.functions import Function, always_returns, function_of
from thpverify.compiler.iteration import Iteration
from thpverify.compiler.values import (
    NONE,
    ArrayPlace,
    Conflict,
    RecordPlace,
    Scalar,
    Static,
    TupleValue,
    Unbound,
    Value,
    join,
    kind_name,
)
from thpverify.ir.expressions import FALSE, TRUE, Expr, add, binary, const, either, equal, ite, narrowed, negate
from thpverify.ir.statements import Atomic
from thpverify.lang.errors import ModelError
from thpverify.lang.properties import Property
from thpverify.lang.threads import Handle, ThreadFunction, assume, at, atomic, choose, local


class Calls(Iteration):
    """Everything with parentheses behind it."""

    def call(self, node: ast.Call) -> Value:
        method = self.method(node)
        if method is not None:
            return method
        callee = self.expr(node.func)
        function = callee.value if isinstance(callee, Static) else None
        builtin = self.builtins().get(function) if isinstance(function, type | FunctionType | type(len)) else None
        if builtin is not None:
            return builtin(node)
        if isinstance(function, Property):
            function = function.function
        if isinstance(function, ThreadFunction):
            raise self.error(
                node,
                "THP053",
                f"thread {function.name} is called",
                "Threads are started by the scenario: threads=[...].",
            )
        if not isinstance(function, FunctionType) or not belongs_to_models(function):
            raise self.error(
                node,
                "THP026",
                f"{kind_name(callee)} cannot be called in a model",
                "Call functions of the model, any, all, sum, min, max, len, abs, int, bool, choose, assume or atomic.",
            )
        return self.inline_call(node, function_of(function), [])

    def builtins(self) -> dict[Any, Callable[[ast.Call], Value]]:
        """Functions with a meaning of their own."""
        return {
            builtins.len: self.length,
            builtins.any: self.any_of,
            builtins.all: self.all_of,
            builtins.sum: self.total,
            builtins.min: self.extreme,
            builtins.max: self.extreme,
            builtins.abs: self.absolute,
            builtins.int: self.to_int,
            builtins.bool: self.to_bool,
            choose: self.choice,
            assume: self.assumption,
            atomic: self.atomic,
            at: self.at,
            local: self.local,
        }

    def method(self, node: ast.Call) -> Value | None:
        """The call of a method of a record, if it is one."""
        if not isinstance(node.func, ast.Attribute):
            return None
        owner = self.expr(node.func.value)
        if not isinstance(owner, RecordPlace) or owner.spec.field(node.func.attr) is not None:
            return None
        function = getattr(owner.spec.cls, node.func.attr, None)
        if not isinstance(function, FunctionType):
            return None
        return self.inline_call(node, function_of(function), [owner])

    def inline_call(self, node: ast.Call, function: Function, bound: list[Value]) -> Value:
        """The value of a call of a plain function."""
        if function.is_generator:
            raise self.error(
                node,
                "THP028",
                f"{function.name} yields but is called like a plain function",
                f"Write `yield from {function.name}(...)`.",
            )
        return self.inline(node, function, self.arguments(node, function, bound))

    def arguments(self, node: ast.Call, function: Function, bound: list[Value]) -> Env:
        """The parameters of `function` with the values of a call."""
        if any(isinstance(a, ast.Starred) for a in node.args) or any(k.arg is None for k in node.keywords):
            raise self.error(node, "THP027", "* and ** cannot be used in a call", "Write each argument.")
        nodes = [*node.args, *(k.value for k in node.keywords)]
        values = [self.settle(n, v, "argument") for n, v in zip(nodes, self.in_order(nodes), strict=True)]
        positional = [*bound, *values[: len(node.args)]]
        names, positions = function.parameters, function.positions
        given: Env = dict(zip(positions, positional, strict=False))
        keywords = {str(k.arg): v for k, v in zip(node.keywords, values[len(node.args) :], strict=True)}
        wrong = [k for k in keywords if k not in names or k in given]
        given.update(keywords)
        for name, value in function.defaults.items():
            if name not in given:
                given[name] = self.static(node, value)
        missing = [n for n in names if n not in given]
        if len(positional) > len(positions) or wrong or missing:
            unknown = [k for k in wrong if k not in names]
            hints = [
                f"{what}: {', '.join(which)}." for what, which in (("Missing", missing), ("Unknown", unknown)) if which
            ]
            raise self.error(
                node,
                "THP027",
                f"the arguments do not fit {function.name}({', '.join(names)})",
                " ".join(hints) or "Give each parameter once.",
            )
        return given

    def inline(self, node: ast.AST, function: Function, arguments: Env) -> Value:
        if function in self.calls or function is self.function or any(f.node is function.node for f in self.calls):
            raise self.error(node, "THP030", f"{function.name} calls itself", "Use a loop with constant bounds.")
        inner = type(self)(
            self.step,
            function,
            {**arguments, "%exit": Scalar(const(0), "int")},
            self.block,
            (*self.calls, self.function),
        )
        inner.run(function.node.body)
        return inner.result(node)

    def result(self, node: ast.AST) -> Value:
        """What the function returned; None on paths that reach its end."""
        value = unstored(self.env.get("%result", NONE))
        if not isinstance(value, Unbound) or value.value is None:
            return self.usable(node, value)
        if always_returns(self.function.node.body):
            return self.usable(node, value.value)
        exited = self.env["%exit"]
        assert isinstance(exited, Scalar)
        joined = join(binary("!=", exited.expr, const(0)), value.value, NONE)
        if isinstance(joined, Conflict):
            raise self.error(
                node,
                "THP049",
                f"{self.function.name} returns {kind_name(joined.left)} on one path and nothing on another",
                "Let every path return a value.",
            )
        return joined

    def one_argument(self, node: ast.Call) -> ast.expr:
        """The only argument of a call."""
        if len(node.args) != 1 or node.keywords:
            raise self.error(node, "THP027", f"{ast.unparse(node.func)} takes one argument here", "Give it one.")
        return node.args[0]

    def length(self, node: ast.Call) -> Value:
        value = self.expr(self.one_argument(node))
        if isinstance(value, ArrayPlace):
            return Scalar(const(value.length), "int")
        if isinstance(value, TupleValue):
            return Scalar(const(len(value.items)), "int")
        if isinstance(value, Static) and hasattr(value.value, "__len__"):
            return Scalar(const(len(value.value)), "int")
        raise self.error(
            node, "THP024", f"{kind_name(value)} has no length", "len takes an array, a tuple or an Enum class."
        )

    def any_of(self, node: ast.Call) -> Value:
        return self.quantifier(node, conjunction=False)

    def all_of(self, node: ast.Call) -> Value:
        return self.quantifier(node, conjunction=True)

    def quantifier(self, node: ast.Call, conjunction: bool) -> Value:
        """``any`` and ``all``, element by element, as far as they decide."""
        loops, element = self.comprehension(node)
        return self.quantified(node, loops, element, conjunction)

    def quantified(
        self, node: ast.Call, loops: list[ast.comprehension], element: ast.expr, conjunction: bool
    ) -> Scalar:
        if not loops:
            return Scalar(self.boolean(element, self.expr(element)), "bool")
        neutral = Scalar(const(conjunction), "bool")
        result = neutral

        def inner() -> Value:
            return self.quantified(node, loops[1:], element, conjunction)

        for one in self.each(node, loops[0], inner, lambda: neutral):
            result = self.short_circuit(node, result.expr, conjunction, one)
        return result

    def comprehension(self, node: ast.Call) -> tuple[list[ast.comprehension], ast.expr]:
        """The loops and the element of a call's comprehension; an array or tuple is a comprehension over itself."""
        argument = self.one_argument(node) if not node.keywords else node.args[0]
        if isinstance(argument, ast.GeneratorExp | ast.ListComp):
            self.refuse_early_use(argument.generators)
            return argument.generators, argument.elt
        element = ast.copy_location(ast.Name("%element", ast.Load()), argument)
        target = ast.copy_location(ast.Name("%element", ast.Store()), argument)
        return [ast.comprehension(target, argument, [], 0)], element

    def total(self, node: ast.Call) -> Value:
        """``sum``."""
        loops, element = self.comprehension(node)
        return Scalar(self.bounded(node, self.summed(node, loops, element)), "int")

    def summed(self, node: ast.Call, loops: list[ast.comprehension], element: ast.expr) -> Expr:
        if not loops:
            return self.number(element, self.expr(element))
        zero, result = Scalar(const(0), "int"), const(0)

        def inner() -> Value:
            return Scalar(self.summed(node, loops[1:], element), "int")

        for one in self.each(node, loops[0], inner, lambda: zero):
            result = add(result, self.number(node, one()))
        return result

    def extreme(self, node: ast.Call) -> Value:
        """``min`` and ``max`` of two or more arguments, or of a comprehension."""
        smaller = ast.unparse(node.func) == "min"
        default = next((k.value for k in node.keywords if k.arg == "default"), None)
        if len(node.args) > 1:
            values = [self.number(n, v) for n, v in zip(node.args, self.in_order(node.args), strict=True)]
            result = values[0]
            for value in values[1:]:
                result = self.better(node, smaller, result, value)
            return Scalar(result, "int")
        loops, element = self.comprehension(node)
        found, best = self.best(node, loops, element, smaller, (FALSE, const(0)))
        if found.is_constant and found.lo:
            return Scalar(best, "int")
        if default is None:
            raise self.error(node, "THP027", "there may be nothing to take the min or max of", "Give default=...")
        return Scalar(ite(found, best, self.number(default, self.expr(default))), "int")

    def best(
        self,
        node: ast.Call,
        loops: list[ast.comprehension],
        element: ast.expr,
        smaller: bool,
        so_far: tuple[Expr, Expr],
    ) -> tuple[Expr, Expr]:
        """Whether an element was found, and the best, given the same of those before."""
        found, best = so_far
        if not loops:
            value = self.number(element, self.expr(element))
            return TRUE, self.let(node, ite(found, self.better(node, smaller, best, value), value), "best")

        # Both are called within the round that they belong to, and so read what the rounds before it have found.
        def inner() -> Value:
            return pair(*self.best(node, loops[1:], element, smaller, (found, best)))

        def otherwise() -> Value:
            return pair(found, best)

        def pair(found: Expr, best: Expr) -> Value:
            return TupleValue((Scalar(found, "bool"), Scalar(best, "int")))

        for one in self.each(node, loops[0], inner, otherwise):
            match one():
                case TupleValue(items=(Scalar(expr=was_found), Scalar(expr=better))):
                    found, best = self.pin(node, was_found, "found"), self.let(node, better, "best")
        return found, best

    def better(self, node: ast.AST, smaller: bool, left: Expr, right: Expr) -> Expr:
        """The smaller (or larger) of two numbers, with the interval that follows from theirs."""
        left, right = self.pin(node, left, "operand"), self.pin(node, right, "operand")
        chosen = ite(binary("<=" if smaller else ">=", left, right), left, right)
        pick = min if smaller else max
        lo, hi = pick(left.lo, right.lo), pick(left.hi, right.hi)
        return chosen if chosen.is_constant else narrowed(chosen, lo, hi)

    def absolute(self, node: ast.Call) -> Value:
        argument = self.one_argument(node)
        value = self.pin(node, self.number(argument, self.expr(argument)), "operand")
        return Scalar(self.better(node, False, value, binary("-", const(0), value)), "int")

    def to_int(self, node: ast.Call) -> Value:
        argument = self.one_argument(node)
        return Scalar(self.number(argument, self.expr(argument)), "int")

    def to_bool(self, node: ast.Call) -> Value:
        argument = self.one_argument(node)
        value = self.scalar(argument, self.expr(argument))
        if value.kind == "bool":
            return value
        return Scalar(negate(equal(self.number(argument, value), const(0))), "bool")

    def assumption(self, node: ast.Call) -> Value:
        """``assume(condition)``: no initial state unless it is true."""
        if self.step.mode != "initial":
            raise self.error(
                node,
                "THP042",
                "assume is called where no initial state is set up",
                "Only `initial` may assume; a step waits with `while not condition: yield`.",
            )
        argument = self.one_argument(node)
        self.assume(argument, self.boolean(argument, self.expr(argument)))
        return NONE

    def atomic(self, node: ast.Call) -> Value:
        """Note why the step is one."""
        reason = self.text(self.one_argument(node))
        if self.step.mode == "step":
            self.emit(Atomic(self.span(node), reason))
        return NONE

    def text(self, node: ast.expr) -> str:
        """A constant string."""
        value = self.expr(node) if isinstance(node, ast.Constant | ast.Name | ast.Attribute) else None
        if isinstance(value, Static) and isinstance(value.value, str):
            return value.value
        raise self.error(node, "THP034", "a constant string is needed here", 'Write it out: "like this".')

    def at(self, node: ast.Call) -> Value:
        handle, result = self.handle(node), FALSE
        if len(node.args) < 2:
            raise self.error(node, "THP027", "at takes a thread and a label", 'Write at(fault[0], "entry set").')
        for label in node.args[1:]:
            result = either(result, self.step.facts.at(handle, self.text(label), self.failing(node, label)))
        return Scalar(result, "bool")

    def local(self, node: ast.Call) -> Value:
        handle = self.handle(node)
        if len(node.args) != 2:
            raise self.error(node, "THP027", "local takes a thread and a name", 'Write local(fault[0], "i").')
        return self.step.facts.local(handle, self.text(node.args[1]), self.failing(node, node.args[1]))

    def failing(self, call: ast.Call, argument: ast.expr) -> Callable[[str, str, str], ModelError]:
        """Makes errors at what a property asks for; elsewhere the call itself is the mistake."""
        place = argument if self.step.mode == "property" else call
        return lambda code, message, hint: self.error(place, code, message, hint)

    def handle(self, node: ast.Call) -> Handle:
        """The thread that a call of at or local asks for."""
        value = self.expr(node.args[0]) if node.args and not node.keywords else NONE
        if isinstance(value, Static) and isinstance(value.value, Handle):
            return value.value
        raise self.error(
            node.args[0] if node.args else node,
            "THP027",
            "at and local take a thread first, and nothing by keyword",
            "Write fault[0]: the thread's function and its number.",
        )


def belongs_to_models(function: FunctionType) -> bool:
    """Whether `function` is a model's: neither Python's own nor one of ours."""
    return not (
        function.__module__.startswith("thpverify.lang")
        or function.__module__.partition(".")[0] in sys.stdlib_module_names - {"__main__"}
    )
