"""Expressions of a model."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from enum import Enum

from thpverify.compiler.context import Lowering
from thpverify.compiler.locals import Stored
from thpverify.compiler.unsupported import EXPRESSIONS, OPERATORS
from thpverify.compiler.values import (
    ArrayPlace,
    Conflict,
    RecordPlace,
    Scalar,
    Static,
    TupleValue,
    Value,
    instead_of,
    join_kinds,
    kind_name,
    kind_of,
    may_be_mistaken,
    static,
)
from thpverify.ir.expressions import FALSE, TRUE, Expr, binary, const, equal, load, negate, within
from thpverify.ir.statements import Assign, walk
from thpverify.lang.threads import ThreadFunction
from thpverify.lang.types import ArraySpec, RecordSpec, ScalarSpec, Spec

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
_ORDER: dict[type[ast.cmpop], str] = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_EQUALITY: dict[type[ast.cmpop], bool] = {ast.Eq: True, ast.Is: True, ast.NotEq: False, ast.IsNot: False}


class Expressions(Lowering):
    """Names, fields, elements, operators, comparisons."""

    def expr(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=value):
                return self.constant(node, value)
            case ast.Name():
                return self.name(node)
            case ast.Attribute():
                return self.attribute(node)
            case ast.Subscript():
                return self.subscript(node)
            case ast.Tuple(elts=elements):
                return TupleValue(tuple(self.in_order(elements)))
            case ast.BinOp():
                left, right = self.in_order([node.left, node.right])
                return self.arithmetic(node, node.op, left, right)
            case ast.UnaryOp():
                return self.unary(node)
            case ast.BoolOp():
                return self.connective(node, node.values, isinstance(node.op, ast.And))
            case ast.Compare():
                return self.comparison(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                condition = self.boolean(test, self.expr(test))
                return self.usable(
                    node, self.branch(node, condition, lambda: self.expr(body), lambda: self.expr(orelse))
                )
            case ast.Call():
                return self.call(node)
        raise self.unsupported(node)

    def unsupported(self, node: ast.AST) -> Exception:
        """The error for an expression outside of the subset."""
        what, hint = EXPRESSIONS.get(type(node), (f"`{type(node).__name__}`", "Use what docs/language.md lists."))
        code = "THP033" if isinstance(node, ast.Yield | ast.YieldFrom) else "THP021"
        return self.error(node, code, f"{what} cannot be used here", hint)

    def usable(self, node: ast.AST, value: Value) -> Value:
        """`value` unless the arms of a conditional expression differ in kind."""
        if isinstance(value, Conflict):
            raise self.error(
                node,
                "THP049",
                f"one side is {kind_name(value.left)}, the other {kind_name(value.right)}",
                instead_of(value.left, value.right),
            )
        return value

    def in_order(self, nodes: list[ast.expr]) -> list[Value]:
        """The values of `nodes`, left to right; a value read before a call that assigns keeps what it read."""
        values: list[Value] = []
        for node in nodes:
            mark = len(self.block)
            value = self.expr(node)
            if any(isinstance(s, Assign) for s in walk(tuple(self.block[mark:]))):
                later, self.block[mark:] = self.block[mark:], []
                values = [self.settle(n, v) for n, v in zip(nodes, values, strict=False)]
                self.block.extend(later)
            values.append(value)
        return values

    def constant(self, node: ast.Constant, value: object) -> Value:
        """A literal."""
        if isinstance(value, bool | int | str) or value is None:
            return self.static(node, value)
        raise self.error(
            node,
            "THP021",
            f"a {type(value).__name__} cannot be used in a model",
            "Use ints, bools, enum members and None.",
        )

    def name(self, node: ast.Name) -> Value:
        """A local, a name of an enclosing function or of the module, or a built-in."""
        if node.id in self.env:
            return self.read(node, self.lookup(node.id), node.id)
        if node.id in self.function.locals:
            raise self.error(
                node, "THP037", f"{node.id} has no value here", f"Assign {node.id} before this line on every path."
            )
        return self.outer_name(node)

    def lookup(self, name: str) -> Value:
        """The value of local `name`."""
        value = self.env[name]
        return value.read() if isinstance(value, Stored) else value

    def outer_name(self, node: ast.Name) -> Value:
        """A name that is not local."""
        function = self.function.function
        free = function.__code__.co_freevars
        if node.id in free and function.__closure__ is not None:
            return self.static(node, function.__closure__[free.index(node.id)].cell_contents)
        if node.id in function.__globals__:
            return self.static(node, function.__globals__[node.id])
        if hasattr(builtins, node.id):
            return Static(getattr(builtins, node.id))
        raise self.error(node, "THP022", f"{node.id} is not defined", "Import it, or assign it before this line.")

    def static(self, node: ast.AST, value: object) -> Value:
        """A Python object of the module; one that could change under the model is refused."""
        if isinstance(value, float | complex):
            raise self.error(node, "THP024", f"a {type(value).__name__} is used in a model", "Use whole numbers.")
        if isinstance(value, list | dict | set | bytearray):
            raise self.error(
                node,
                "THP024",
                f"a {type(value).__name__} of the module is used in a model",
                "Use a tuple, or keep the value in the state.",
            )
        known = static(value)
        if isinstance(known, Scalar):
            self.bounded(node, known.expr)
        return known

    def attribute(self, node: ast.Attribute) -> Value:
        """A field of a record, or an attribute of a module, class or patch."""
        owner = self.expr(node.value)
        match owner:
            case RecordPlace():
                return self.field(node, owner, node.attr)
            case Static(value=value) if not isinstance(value, str):
                known, found = self.attribute_of(node, value)
                if known:
                    return self.static(node, found)
                members = [m.name for m in value] if isinstance(value, type) and issubclass(value, Enum) else []
                hint = f"It has: {', '.join(members)}." if members else "Check the spelling."
                raise self.error(node, "THP023", f"{kind_name(owner)} has no {node.attr}", hint)
        raise self.error(
            node,
            "THP023",
            f"{kind_name(owner)} has no field {node.attr}",
            self.instead_of_field(owner),
        )

    def attribute_of(self, node: ast.Attribute, value: object) -> tuple[bool, object]:
        """Whether an object of the module has an attribute, and the attribute."""
        try:
            return True, getattr(value, node.attr)
        except AttributeError:
            return False, None
        except Exception as error:  # a property of the author's class: whatever it raises is the author's mistake
            message = f"{ast.unparse(node)} raises {type(error).__name__}: {error}"
            raise self.error(node, "THP023", message, "Use constants of the module.") from error

    def instead_of_field(self, owner: Value) -> str:
        """What to write where something without fields is asked for one."""
        match owner:
            case ArrayPlace():
                return "Index the array first: a[i].field."
            case Scalar(kind=type()):
                return "Compare it with members of its Enum: names and values of members play no part in a model."
        return "Only records have fields."

    def field(self, node: ast.AST, owner: RecordPlace, name: str) -> Value:
        """Field `name` of a record; a method of the record's class is a function."""
        spec = owner.spec.field(name)
        if spec is None:
            fields = ", ".join(f for f, _, _ in owner.spec.fields)
            raise self.error(node, "THP023", f"{owner.spec.name} has no field {name}", f"It has: {fields}.")
        return self.place(spec, f"{owner.name}.{name}" if owner.name else name, owner.index)

    def place(self, spec: Spec, name: str, index: tuple[Expr, ...]) -> Value:
        """What stands at a place of the state."""
        match spec:
            case RecordSpec():
                return RecordPlace(spec, name, index)
            case ArraySpec():
                return ArrayPlace(spec, name, index)
            case ScalarSpec():
                return Scalar(load(self.step.variables[name], index), kind_of(spec))

    def subscript(self, node: ast.Subscript) -> Value:
        """An element of an array or a constant tuple."""
        self.refuse_slice(node)
        owner, index = self.in_order([node.value, node.slice])
        match owner:
            case ArrayPlace():
                return self.element(node, owner, index)
            case TupleValue(items=items):
                return self.tuple_element(node, items, index)
            case Static(value=ThreadFunction() as thread):
                return self.handle_of(node, thread, index)
        raise self.error(node, "THP025", f"{kind_name(owner)} cannot be indexed", "Index an array of the state.")

    def refuse_slice(self, node: ast.Subscript) -> None:
        """An index is one place."""
        if isinstance(node.slice, ast.Slice):
            hint = "Loop over range(...) and index one element at a time."
            raise self.error(node, "THP025", "slices cannot be used in a model", hint)

    def handle_of(self, node: ast.Subscript, thread: ThreadFunction, index: Value) -> Value:
        """``fault[0]``."""
        if not isinstance(index, Scalar) or index.kind != "int" or not index.expr.is_constant or index.expr.lo < 0:
            raise self.error(
                node,
                "THP027",
                "the number of a thread must be a constant from 0 up",
                f"Write {thread.name}[0]: the thread's function and its number among the scenario's threads.",
            )
        return Static(thread[index.expr.lo])

    def element(self, node: ast.Subscript, owner: ArrayPlace, index: Value) -> Value:
        """Element `index` of an array; outside of the array is a violation."""
        return self.place(owner.spec.element, owner.name + "[]", (*owner.index, self.index(node, owner, index)))

    def index(self, node: ast.Subscript, owner: ArrayPlace, index: Value) -> Expr:
        """`index` as a checked position in `owner`."""
        scalar = index if isinstance(index, Scalar) else None
        if scalar is None or scalar.kind not in ("int", "bool", "ref"):
            if scalar is not None and scalar.kind == "none":
                raise self.error(node.slice, "THP047", "None is used as an index", "Test `is not None` before.")
            hint = "Index one dimension after the other: a[i][j]."
            hint = hint if isinstance(index, TupleValue) else "Index with an int or a Ref."
            raise self.error(node.slice, "THP025", f"the index is {kind_name(index)}, not an int", hint)
        if isinstance(node.slice, ast.UnaryOp) and scalar.expr.hi < 0:
            raise self.error(node.slice, "THP047", "the index is negative", "Count from the front: a[len(a) - 1].")
        expr = scalar.expr
        if not (expr.lo >= 0 and expr.hi < owner.length):
            expr = self.pin(node.slice, expr, "index")
            text = ast.unparse(node)
            self.check(
                node,
                "index",
                within(expr, 0, owner.length - 1),
                f"{text}: the index is not within 0..{owner.length - 1}",
            )
            if expr.lo >= owner.length or expr.hi < 0:
                return const(0)  # never reached, but every index of the IR is within its dimension
        return expr

    def tuple_element(self, node: ast.Subscript, items: tuple[Value, ...], index: Value) -> Value:
        """An element of a tuple by a constant index."""
        scalar = self.scalar(node.slice, index)
        if not scalar.expr.is_constant or not 0 <= scalar.expr.lo < len(items):
            raise self.error(
                node.slice,
                "THP025",
                f"the index of a tuple must be a constant within 0..{len(items) - 1}",
                "Keep values that are indexed in an array of the state.",
            )
        return items[scalar.expr.lo]

    def arithmetic(self, node: ast.AST, op: ast.operator, left: Value, right: Value) -> Scalar:
        """``left op right`` on ints."""
        symbol = _ARITHMETIC.get(type(op))
        if symbol is None:
            what, hint = OPERATORS.get(type(op), (type(op).__name__, "Use + - * // %."))
            raise self.error(node, "THP021", f"the operator {what} cannot be used in a model", hint)
        a, b = self.number(node, left), self.number(node, right)
        if symbol in ("//", "%"):
            if b.lo == b.hi == 0:
                self.check(node, "division", FALSE, f"{ast.unparse(node)}: division by zero")
                return Scalar(const(0), "int")
            if b.lo <= 0 <= b.hi:
                b = self.pin(node, b, "divisor")
                self.check(node, "division", negate(equal(b, const(0))), f"{ast.unparse(node)}: division by zero")
        return Scalar(self.bounded(node, binary(symbol, a, b)), "int")

    def unary(self, node: ast.UnaryOp) -> Scalar:
        """``not x``, ``-x``, ``+x``."""
        value = self.expr(node.operand)
        match node.op:
            case ast.Not():
                return Scalar(negate(self.boolean(node.operand, value)), "bool")
            case ast.USub():
                return Scalar(self.bounded(node, binary("-", const(0), self.number(node.operand, value))), "int")
            case ast.UAdd():
                return Scalar(self.number(node.operand, value), "int")
        raise self.error(node, "THP021", "the operator ~ cannot be used in a model", "Use `not` on bools.")

    def connective(self, node: ast.AST, values: list[ast.expr], conjunction: bool) -> Scalar:
        """``a and b and ...``, or with or: the right side runs only where the left side does not decide."""
        first, rest = values[0], values[1:]
        left = self.boolean(first, self.expr(first))
        if not rest:
            return Scalar(left, "bool")
        return self.short_circuit(node, left, conjunction, lambda: self.connective(node, rest, conjunction))

    def short_circuit(self, node: ast.AST, left: Expr, conjunction: bool, right: Callable[[], Value]) -> Scalar:
        """`left` and (or) what `right` lowers to, which runs only if it decides."""
        decided = Scalar(const(not conjunction), "bool")
        arms = (right, lambda: decided) if conjunction else (lambda: decided, right)
        return Scalar(self.boolean(node, self.branch(node, left, *arms)), "bool")

    def comparison(self, node: ast.Compare) -> Scalar:
        """``a < b <= c``, ``a in (b, c)``, ``a is None``."""
        if len(node.ops) > 1 and any(isinstance(o, ast.In | ast.NotIn) for o in node.ops):
            raise self.error(
                node, "THP021", "`in` cannot be part of a chain of comparisons", "Join comparisons with `and`."
            )
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            return self.membership(node, isinstance(node.ops[0], ast.In))
        left, right = self.in_order([node.left, node.comparators[0]])
        return Scalar(self.chain(node, left, right, node.ops, node.comparators[1:]), "bool")

    def chain(self, node: ast.Compare, left: Value, right: Value, ops: list[ast.cmpop], others: list[ast.expr]) -> Expr:
        """``left op right op ...``: the operands behind are evaluated only as long as every comparison holds."""
        holds = self.compare(node, ops[0], left, right)
        if not others:
            return holds
        middle = self.settle(node, right, "operand")

        def following() -> Value:
            return Scalar(self.chain(node, middle, self.expr(others[0]), ops[1:], others[1:]), "bool")

        return self.short_circuit(node, holds, True, following).expr

    def membership(self, node: ast.Compare, positive: bool) -> Scalar:
        """``x in (a, b)`` and ``x not in (a, b)``."""
        within_range = node.comparators[0]
        if isinstance(within_range, ast.Call) and ast.unparse(within_range.func) == "range":
            raise self.error(node, "THP021", "`in` looks into a range", "Compare with its ends: lo <= x < hi.")
        left, right = self.in_order([node.left, node.comparators[0]])
        if not isinstance(right, TupleValue):
            raise self.error(
                node,
                "THP021",
                f"`in` looks into {kind_name(right)}",
                "Use a tuple of constants, or any(...) over an array.",
            )
        left = self.settle(node.left, left)
        result = FALSE
        for item in right.items:
            result = binary("or", result, self.compare(node, ast.Eq(), left, item))
        return Scalar(result if positive else negate(result), "bool")

    def compare(self, node: ast.AST, op: ast.cmpop, left: Value, right: Value) -> Expr:
        """One comparison."""
        if type(op) in _EQUALITY:
            same = self.equality(node, left, right)
            return same if _EQUALITY[type(op)] else negate(same)
        return binary(_ORDER[type(op)], self.number(node, left), self.number(node, right))

    def equality(self, node: ast.AST, left: Value, right: Value) -> Expr:
        """Whether two values of one kind are equal; records are equal when they are the same slot."""
        match left, right:
            case Scalar(), Scalar():
                kind = join_kinds(left.kind, right.kind)
                if kind == "ref" and may_be_mistaken(left, right):
                    number = left.expr if left.kind == "int" else right.expr
                    return binary("and", binary("<=", const(0), number), equal(left.expr, right.expr))
                if kind is not None:
                    return equal(left.expr, right.expr)
            case RecordPlace() | ArrayPlace(), RecordPlace() | ArrayPlace():
                result = TRUE if left.name == right.name else FALSE
                for a, b in zip(left.index, right.index, strict=False):
                    result = binary("and", result, equal(a, b))
                return result
            case Static(), Static():
                return const(left.value is right.value or bool(left.value == right.value))
            case TupleValue(), TupleValue() if len(left.items) == len(right.items):
                result = TRUE
                for one, other in zip(left.items, right.items, strict=True):
                    result = binary("and", result, self.equality(node, one, other))
                return result
        raise self.error(
            node,
            "THP049",
            f"{kind_name(left)} is compared with {kind_name(right)}, which is never equal",
            "Compare values of the same kind.",
        )
