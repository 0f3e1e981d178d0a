"""Statements that run to their end within one step."""

from __future__ import annotations

import ast

from thpverify.compiler.calls import Calls
from thpverify.compiler.context import unstored
from thpverify.compiler.unsupported import STATEMENTS
from thpverify.compiler.values import (
    NONE,
    ArrayPlace,
    RecordPlace,
    Scalar,
    Static,
    TupleValue,
    Value,
    kind_name,
    kind_of,
)
from thpverify.ir.expressions import TRUE, Expr, binary, const, equal, ite
from thpverify.lang.errors import ModelError
from thpverify.lang.types import ArraySpec, EnumSpec, RecordSpec, ScalarSpec, spec_of

RUNNING, BROKEN, CONTINUED, RETURNED = range(4)
"""How a statement left its block, in the pseudo-local %exit."""

_MOST_ROUNDS = 1024


class Statements(Calls):
    """Assignments, conditions and loops without a yield in them."""

    def start(self) -> None:
        """Note that the function runs."""
        self.env["%exit"] = Scalar(const(RUNNING), "int")

    def run(self, statements: list[ast.stmt]) -> None:
        for position, statement in enumerate(statements):
            self.statement(statement)
            running = self.running()
            if running.is_constant and running.lo:
                continue
            if not running.is_constant:
                rest = statements[position + 1 :]
                self.branch(statement, running, lambda rest=rest: self.run_rest(rest), lambda: NONE)  # type: ignore[misc]
            return

    def run_rest(self, statements: list[ast.stmt]) -> Value:
        """Lower `statements` where the block is known not to have been left."""
        self.leave(RUNNING)
        return self.run_arm(statements)

    def run_arm(self, statements: list[ast.stmt]) -> Value:
        """Lower `statements` as an arm of a branch."""
        self.run(statements)
        return NONE

    def running(self) -> Expr:
        """Whether neither return, break nor continue was met."""
        state = self.env.get("%exit")
        return equal(state.expr, const(RUNNING)) if isinstance(state, Scalar) else TRUE

    def leave(self, how: int) -> None:
        """Note that the block is left."""
        self.env["%exit"] = Scalar(const(how), "int")

    def statement(self, node: ast.stmt) -> None:
        """Lower one statement."""
        self.spend(node)
        match node:
            case ast.Assign(targets=targets, value=value):
                self.assignment(node, targets, value)
            case ast.AugAssign():
                self.augmented(node)
            case ast.AnnAssign():
                self.annotated(node)
            case ast.Expr(value=value):
                self.expression_statement(node, value)
            case ast.If(test=test, body=body, orelse=orelse):
                condition = self.boolean(test, self.expr(test))
                self.branch(node, condition, lambda: self.run_arm(body), lambda: self.run_arm(orelse))
            case ast.Match():
                self.match(node)
            case ast.For():
                self.for_loop(node)
            case ast.While():
                self.while_loop(node)
            case ast.Assert(test=test, msg=message):
                text = self.text(message) if message is not None else ast.unparse(test)
                self.check(node, "assertion", self.boolean(test, self.expr(test)), text)
            case ast.Return(value=value):
                returned = NONE if value is None else self.expr(value)
                self.env["%result"] = self.settle(node, returned, "result")
                self.leave(RETURNED)
            case ast.Break():
                self.leave(BROKEN)
            case ast.Continue():
                self.leave(CONTINUED)
            case ast.Pass():
                pass
            case _:
                what, hint = STATEMENTS.get(
                    type(node), (f"`{type(node).__name__}`", "Use what docs/language.md lists.")
                )
                raise self.error(node, "THP020", f"{what} cannot be used in a model", hint)

    def text_label(self, node: ast.expr | None, default: str) -> str:
        """The label of a yield."""
        return default if node is None else self.text(node)

    def expression_statement(self, node: ast.Expr, value: ast.expr) -> None:
        """A call for its effect, or a docstring."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str | type(...)):
            return
        if not isinstance(value, ast.Call):
            if isinstance(value, ast.Yield | ast.YieldFrom):
                raise self.unsupported(value)
            raise self.error(node, "THP020", "this statement has no effect", "Remove it, or assign its value.")
        self.expr(value)

    def assignment(self, node: ast.Assign, targets: list[ast.expr], value: ast.expr) -> None:
        """``a = b = value``, ``a, b = b, a``."""
        result = self.settle(node, self.expr(value), "value")
        for target in targets:
            self.store(target, result)

    def store(self, target: ast.expr, value: Value) -> None:
        """Assign `value` to a local, field or element, or to a tuple of them."""
        match target:
            case ast.Name():
                self.store_local(target, value)
            case ast.Tuple(elts=targets) if not any(isinstance(t, ast.Starred) for t in targets):
                if not isinstance(value, TupleValue) or len(value.items) != len(targets):
                    raise self.error(
                        target,
                        "THP024",
                        f"{kind_name(value)} cannot be taken apart into {len(targets)} targets",
                        "Give as many targets as there are values.",
                    )
                for part, item in zip(targets, value.items, strict=True):
                    self.store(part, item)
            case ast.Attribute() | ast.Subscript():
                self.store_field(target, *self.target(target), value)
            case _:
                raise self.error(target, "THP020", "this cannot be assigned", "Assign names, fields and elements.")

    def store_local(self, target: ast.Name, value: Value) -> None:
        """Bind a local."""
        self.env[target.id] = value

    def target(self, node: ast.Attribute | ast.Subscript) -> tuple[ScalarSpec, str, tuple[Expr, ...]]:
        """The scalar place that an assignment goes to."""
        if isinstance(node, ast.Attribute):
            owner = self.expr(node.value)
            if isinstance(owner, Static) or (isinstance(owner, Scalar) and self.is_of_module(node.value)):
                raise self.error(
                    node,
                    "THP050",
                    f"{ast.unparse(node)} is a constant of the model",
                    "Keep everything that changes in the state.",
                )
            if not isinstance(owner, RecordPlace):
                raise self.error(
                    node, "THP023", f"{kind_name(owner)} has no field {node.attr}", "Only records have fields."
                )
            spec, name, index = (
                owner.spec.field(node.attr),
                f"{owner.name}.{node.attr}" if owner.name else node.attr,
                owner.index,
            )
            if spec is None:
                self.field(node, owner, node.attr)
        else:
            self.refuse_slice(node)
            owner, position = self.in_order([node.value, node.slice])
            if not isinstance(owner, ArrayPlace):
                raise self.error(
                    node, "THP025", f"{kind_name(owner)} cannot be indexed", "Index an array of the state."
                )
            spec, name, index = owner.spec.element, owner.name + "[]", (*owner.index, self.index(node, owner, position))
        if isinstance(spec, ArraySpec | RecordSpec) or spec is None:
            raise self.error(
                node,
                "THP036",
                f"{ast.unparse(node)} is a record or an array",
                "Assign its fields or elements one by one.",
            )
        return spec, name, tuple(self.pin(node, i, "index") for i in index)

    def store_field(self, node: ast.AST, spec: ScalarSpec, name: str, index: tuple[Expr, ...], value: Value) -> None:
        """Assign a scalar of the state; leaving its range is a violation."""
        expr = self.fitting(node, spec, value)
        kind = spec.resolve()
        # -1 stands for None: no Ref takes it as a number, and no Int as None.
        mixed = isinstance(value, Scalar) and {value.kind, kind_of(spec)} == {"int", "ref"}
        lo = max(0, kind.lo) if mixed else kind.lo
        inside = self.inside_range(expr, lo, kind.hi)
        if not inside.is_constant or not inside.lo:
            expr = self.pin(node, expr, "value")
            inside = self.inside_range(expr, lo, kind.hi)
            self.check(node, "range", inside, f"{ast.unparse(node)} leaves {kind}")
        self.assign(node, self.step.variables[name], index, expr)

    def is_of_module(self, node: ast.expr) -> bool:
        """Whether `node` is a name of the module, or an attribute of one."""
        while isinstance(node, ast.Attribute):
            node = node.value
        return isinstance(node, ast.Name) and node.id not in self.env

    def inside_range(self, expr: Expr, lo: int, hi: int) -> Expr:
        """Whether `expr` is within `lo`..`hi`; each half is left out where its interval settles it."""
        return binary("and", binary("<=", const(lo), expr), binary("<=", expr, const(hi)))

    def fitting(self, node: ast.AST, spec: ScalarSpec, value: Value) -> Expr:
        """`value`, which must be of the kind that `spec` holds."""
        kind, given = kind_of(spec), value.kind if isinstance(value, Scalar) else None
        fits = {"ref": ("int", "none", "ref"), "int": ("int", "bool", "ref")}.get(str(kind), (kind,))
        if not isinstance(value, Scalar) or given not in fits:
            wanted = spec.enum.__name__ if isinstance(spec, EnumSpec) else str(kind)
            raise self.error(
                node,
                "THP024",
                f"{kind_name(value)} is assigned where {wanted} is needed",
                "Assign a value of the type that the field or the annotation gives.",
            )
        return value.expr

    def augmented(self, node: ast.AugAssign) -> None:
        """``a += b``: the target is evaluated once."""
        if isinstance(node.target, ast.Name):
            left = self.expr(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
            self.store_local(
                node.target,
                self.settle(node, self.arithmetic(node, node.op, left, self.expr(node.value)), node.target.id),
            )
            return
        spec, name, index = self.target(node.target)
        old = self.place(spec, name, index)
        mark = len(self.block)
        value = self.expr(node.value)
        if len(self.block) > mark:
            later, self.block[mark:] = self.block[mark:], []
            old = self.settle(node, old, "old")
            self.block.extend(later)
        self.store_field(node.target, spec, name, index, self.arithmetic(node, node.op, old, value))

    def annotated(self, node: ast.AnnAssign) -> None:
        """``n: Int[0, 7] = 0``: a local with a range."""
        if not isinstance(node.target, ast.Name):
            raise self.error(
                node, "THP052", "only locals can be annotated in a step", "Fields get their types in the record."
            )
        spec = self.annotation(node)
        if node.value is None:
            return
        value = self.settle(node, self.expr(node.value), node.target.id)
        if isinstance(spec, ScalarSpec):
            fitting = self.fitting(node.value, spec, value)
            value = Scalar(self.number(node.value, value) if kind_of(spec) == "int" else fitting, kind_of(spec))
        self.store_local(node.target, value)

    def annotation(self, node: ast.AnnAssign) -> ScalarSpec | None:
        """The type of an annotated local; None for ``int``, whose range is inferred."""
        try:
            meaning = eval(
                compile(ast.Expression(node.annotation), self.function.file, "eval"), self.function.function.__globals__
            )
        except Exception as error:  # whatever the author's annotation raises is the author's mistake
            why = error.message if isinstance(error, ModelError) else error
            raise self.error(
                node.annotation,
                "THP052",
                f"the annotation cannot be read: {why}",
                "Write Int[lo, hi], Bool or an Enum.",
            ) from error
        if meaning is int:
            return None
        spec = spec_of(meaning)
        if not isinstance(spec, ScalarSpec):
            raise self.error(
                node.annotation,
                "THP052",
                "the annotation is no bounded type",
                "Write Int[lo, hi], Bool, Ref[n] or an Enum.",
            )
        return spec

    def match(self, node: ast.Match) -> None:
        """``match`` on an enum or constants."""
        self.env["%subject"] = self.settle(node.subject, self.expr(node.subject), "subject")
        self.cases(node, node.cases)
        self.env.pop("%subject", None)

    def cases(self, node: ast.Match, cases: list[ast.match_case]) -> None:
        """The first of `cases` that fits."""
        if not cases:
            return
        first, rest = cases[0], cases[1:]

        def other() -> Value:
            self.cases(node, rest)
            return NONE

        self.branch(node, self.fits(first, self.subject()), lambda: self.run_arm(first.body), other)

    def subject(self) -> Value:
        """What the innermost match looks at."""
        return unstored(self.env["%subject"])

    def fits(self, case: ast.match_case, subject: Value) -> Expr:
        """Whether a case's pattern and guard fit `subject`."""
        condition = self.pattern(case.pattern, subject)
        if case.guard is None:
            return condition
        guard = case.guard
        return self.short_circuit(guard, condition, True, lambda: self.expr(guard)).expr

    def pattern(self, pattern: ast.pattern, subject: Value) -> Expr:
        """Whether a pattern fits `subject`: constants, enum members, ``|`` and ``_``."""
        match pattern:
            case ast.MatchValue(value=value):
                return self.equality(pattern, subject, self.expr(value))
            case ast.MatchSingleton(value=value):
                return self.equality(pattern, subject, self.constant(ast.Constant(value), value))
            case ast.MatchOr(patterns=patterns):
                result = const(0)
                for one in patterns:
                    result = binary("or", result, self.pattern(one, subject))
                return result
            case ast.MatchAs(pattern=None, name=None):
                return TRUE
        raise self.error(
            pattern,
            "THP046",
            "this pattern is no constant",
            "Match enum members, numbers, True, False, None, `|` and `_`.",
        )

    def for_loop(self, node: ast.For) -> None:
        """A ``for`` that is unrolled."""
        self.loop_form(node)
        self.rounds(node, self.elements(node.iter))
        self.end_loop()

    def loop_form(self, node: ast.For | ast.While) -> None:
        """A loop has no else, and its variable belongs to it."""
        if node.orelse:
            raise self.error(
                node, "THP020", "`else` behind a loop cannot be used in a model", "Set a local in the loop and test it."
            )
        if isinstance(node, ast.While):
            return
        names = {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        for inner in (n for statement in node.body for n in ast.walk(statement)):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.id in names:
                raise self.error(
                    inner, "THP045", f"the loop variable {inner.id} is assigned in its loop", "Use another name."
                )

    def rounds(self, node: ast.For, elements: list[tuple[Expr, Value]]) -> None:
        """One round per element, as long as the loop is not left."""
        for position, (guard, value) in enumerate(elements):
            running = binary("and", self.running(), guard)
            if running.is_constant and running.lo:
                self.round(node, value)
                continue
            rest = elements[position + 1 :]

            def go_on(value: Value = value, rest: list[tuple[Expr, Value]] = rest) -> Value:
                self.leave(RUNNING)
                self.round(node, value)
                self.rounds(node, rest)
                return NONE

            def skip(guard: Expr = guard, rest: list[tuple[Expr, Value]] = rest) -> Value:
                if not guard.is_constant:
                    self.rounds(node, rest)
                return NONE

            self.branch(node, running, go_on, skip)
            return

    def round(self, node: ast.For, value: Value) -> None:
        """One round of a loop."""
        self.bind(node.target, value)
        self.run(node.body)
        self.end_round()

    def end_round(self) -> None:
        """A continue ends with its round."""
        state = self.env.get("%exit")
        if isinstance(state, Scalar):
            self.env["%exit"] = Scalar(ite(equal(state.expr, const(CONTINUED)), const(RUNNING), state.expr), "int")

    def end_loop(self) -> None:
        """A break ends with its loop."""
        state = self.env.get("%exit")
        if isinstance(state, Scalar):
            self.env["%exit"] = Scalar(ite(equal(state.expr, const(RETURNED)), const(RETURNED), const(RUNNING)), "int")

    def while_loop(self, node: ast.While) -> None:
        """A ``while`` without a yield: its condition must be known each time."""
        self.loop_form(node)
        for _ in range(_MOST_ROUNDS):
            condition = self.boolean(node.test, self.expr(node.test))
            if not condition.is_constant:
                raise self.error(
                    node,
                    "THP031",
                    "this loop does not yield and its end depends on the state",
                    "Yield in it, or write `for _ in range(n):` with a constant n and break.",
                )
            if not condition.lo:
                break
            self.run(node.body)
            self.end_round()
            running = self.running()
            if not running.is_constant:
                raise self.error(
                    node,
                    "THP031",
                    "this loop does not yield and may be left at different times",
                    "Write `for _ in range(n):` with a constant n and break.",
                )
            if not running.lo:
                break
        else:
            raise self.error(
                node, "THP031", f"this loop runs more than {_MOST_ROUNDS} times without yielding", "Yield in it."
            )
        self.end_loop()
