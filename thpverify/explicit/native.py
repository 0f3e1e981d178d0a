"""A small compiler from restricted Python to LLVM IR, for the search core (table.py, core.py).

A native function is an ordinary annotated Python function over unsigned 64-bit integers (`u64`), addresses (`ptr`) and
records (see intrinsics.py). It may assign to locals and to fields, and use while, if, break, continue, return,
comparisons (as values too: 0 or 1), and/or/not, + - * // % & | ^ << >>, the intrinsics and other native functions.
Arithmetic wraps modulo 2**64, comparisons are unsigned. Names that are neither locals nor functions are constants.

Intrinsics are real Python functions that touch real memory, so a native function also runs in CPython, as it stands.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import attrs

from thpverify.explicit.code import MODULE_END, Code
from thpverify.explicit.errors import NativeError
from thpverify.explicit.intrinsics import ACTIONS, PRELUDE, VALUES

_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.FloorDiv: "udiv", ast.Mod: "urem", ast.BitAnd: "and",
    ast.BitOr: "or", ast.BitXor: "xor", ast.LShift: "shl", ast.RShift: "lshr",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Lt: "ult", ast.LtE: "ule", ast.Gt: "ugt", ast.GtE: "uge",
}  # fmt: skip


@attrs.frozen
class Signature:
    """What callers need to know: each param's annotation, and whether there is a result."""

    params: tuple[str, ...]
    returns: bool


@attrs.frozen
class Unit:
    """What is known while a module is compiled: functions, records' fields with their annotations, constants."""

    functions: Mapping[str, Signature]
    records: Mapping[str, Mapping[str, str]]
    constants: Mapping[str, int]


def _annotation(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and node.value is None:
        return "None"
    raise NativeError(f"line {getattr(node, 'lineno', 0)}: an annotation must be a plain name")


def signature(function: ast.FunctionDef) -> Signature:
    """The signature that a definition's annotations spell."""
    params = tuple(_annotation(argument.annotation) for argument in function.args.args)
    return Signature(params, _annotation(function.returns) != "None")


def decorators(function: ast.FunctionDef) -> set[str]:
    """The plain names that a function is decorated with."""
    return {mark.id for mark in function.decorator_list if isinstance(mark, ast.Name)}


def _llvm_type(annotation: str) -> str:
    return "i64" if annotation == "u64" else "ptr"


@attrs.define
class FunctionCompiler:
    """Compiles one function; locals live in stack slots, which LLVM turns into registers."""

    unit: Unit
    code: Code = attrs.field(factory=Code)
    kinds: dict[str, str] = attrs.field(factory=dict)
    loops: list[tuple[str, str]] = attrs.field(factory=list)

    def compile(self, function: ast.FunctionDef) -> str:
        """The text of `function`."""
        own = signature(function)
        names = [argument.arg for argument in function.args.args]
        self.kinds = dict(zip(names, own.params, strict=True))
        for node in ast.walk(function):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                self.kinds[node.target.id] = _annotation(node.annotation)
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self.kinds.setdefault(node.targets[0].id, "u64")
        for name in self.kinds:
            self.code.do(f"%{name}.local = alloca i64")
        for name, kind in zip(names, own.params, strict=True):
            value = f"%{name}.in"
            if _llvm_type(kind) == "ptr":
                value = self.code.value(f"ptrtoint ptr {value} to i64")
            self.code.do(f"store i64 {value}, ptr %{name}.local")
        self.statements(function.body)
        if self.code.block:
            self.code.finish("ret i64 0" if own.returns else "ret void")
        result = "i64" if own.returns else "void"
        params = ", ".join(f"{_llvm_type(k)} %{n}.in" for n, k in zip(names, own.params, strict=True))
        inlined = "inlined" in decorators(function)
        linkage, attribute = ("internal ", " alwaysinline") if inlined else ("", "")
        return f"define {linkage}{result} @{function.name}({params}){attribute} {{\nentry:\n{self.code.text}\n}}\n"

    def statements(self, body: list[ast.stmt]) -> None:
        """Compile `body`; what follows a jump is unreachable and left out."""
        for node in body:
            if not self.code.block:
                return
            self.statement(node)

    def statement(self, node: ast.stmt) -> None:
        """Compile one statement."""
        match node:
            case ast.Assign(targets=[target], value=value) | ast.AnnAssign(target=target, value=ast.expr() as value):
                result = self.value(value)
                self.code.do(f"store i64 {result}, ptr {self.place(target)}")
            case ast.AugAssign(target=target, op=op, value=value):
                place = self.place(target)
                left = self.code.value(f"load i64, ptr {place}")
                result = self.code.value(f"{_ARITHMETIC[type(op)]} i64 {left}, {self.value(value)}")
                self.code.do(f"store i64 {result}, ptr {place}")
            case ast.While(test=test, body=body, orelse=[]):
                self.loop(test, body)
            case ast.If(test=test, body=body, orelse=orelse):
                self.choice(test, body, orelse)
            case ast.Return(value=None):
                self.code.finish("ret void")
            case ast.Return(value=ast.expr() as value):
                self.code.finish(f"ret i64 {self.value(value)}")
            case ast.Break():
                self.code.jump(self.loops[-1][1])
            case ast.Continue():
                self.code.jump(self.loops[-1][0])
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Expr(value=ast.Call() as call):
                self.call(call)
            case _:
                raise self.unsupported(node)

    def loop(self, test: ast.expr, body: list[ast.stmt]) -> None:
        """``while test: body``."""
        head, inside, after = (self.code.fresh(hint) for hint in ("while", "do", "done"))
        self.code.begin(head)
        self.condition(test, inside, after)
        self.code.begin(inside)
        self.loops.append((head, after))
        self.statements(body)
        self.loops.pop()
        if self.code.block:
            self.code.jump(head)
        self.code.begin(after)

    def choice(self, test: ast.expr, body: list[ast.stmt], orelse: list[ast.stmt]) -> None:
        """``if test: body else: orelse``."""
        then, other, after = (self.code.fresh(hint) for hint in ("then", "else", "fi"))
        self.condition(test, then, other)
        open_ends = False
        for label, arm in ((then, body), (other, orelse)):
            self.code.begin(label)
            self.statements(arm)
            if self.code.block:
                open_ends = True
                self.code.jump(after)
        if open_ends:
            self.code.begin(after)

    def condition(self, node: ast.expr, yes: str, no: str) -> None:
        """Jump to `yes` or `no`; the right side of and/or runs only if it matters."""
        match node:
            case ast.BoolOp(op=op, values=values):
                for value in values[:-1]:
                    more = self.code.fresh("and")
                    self.condition(value, *((more, no) if isinstance(op, ast.And) else (yes, more)))
                    self.code.begin(more)
                self.condition(values[-1], yes, no)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.condition(operand, no, yes)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                first, second = self.value(left), self.value(right)
                self.code.branch(self.code.value(f"icmp {_COMPARISONS[type(op)]} i64 {first}, {second}"), yes, no)
            case _:
                self.code.branch(self.code.value(f"icmp ne i64 {self.value(node)}, 0"), yes, no)

    def value(self, node: ast.expr) -> str:
        """The value of an expression."""
        match node:
            case ast.Constant(value=int() as number):
                return str(int(number))
            case ast.Name(id=name) if name in self.kinds:
                return self.code.value(f"load i64, ptr %{name}.local")
            case ast.Name(id=name) if name in self.unit.constants:
                return str(self.unit.constants[name])
            case ast.Attribute():
                return self.code.value(f"load i64, ptr {self.place(node)}")
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                first, second = self.value(left), self.value(right)
                holds = self.code.value(f"icmp {_COMPARISONS[type(op)]} i64 {first}, {second}")
                return self.code.value(f"zext i1 {holds} to i64")
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                first, second = self.value(left), self.value(right)
                return self.code.value(f"{_ARITHMETIC[type(op)]} i64 {first}, {second}")
            case ast.Call():
                result = self.call(node)
                if result is not None:
                    return result
        raise self.unsupported(node)

    def call(self, node: ast.Call) -> str | None:
        """A call; the result's name, or None if it has none."""
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name == "address":
            return self.value(node.args[0])
        if name == "fetch_add" and isinstance(node.args[1], ast.Constant):
            place = self.field(node.args[0], str(node.args[1].value))
            where = self.code.value(f"ptrtoint ptr {place} to i64")
            return self.code.value(f"call i64 @add_to(i64 {where}, i64 {self.value(node.args[2])})")
        values = [self.value(argument) for argument in node.args]
        if name in VALUES or name in ACTIONS:
            given = ", ".join(f"i64 {value}" for value in values)
            returns = name in VALUES
        elif name in self.unit.functions:
            own = self.unit.functions[name]
            given = ", ".join(self._passed(v, kind) for v, kind in zip(values, own.params, strict=True))
            returns = own.returns
        else:
            raise self.unsupported(node)
        if returns:
            return self.code.value(f"call i64 @{name}({given})")
        self.code.do(f"call void @{name}({given})")
        return None

    def _passed(self, value: str, kind: str) -> str:
        if _llvm_type(kind) == "i64":
            return f"i64 {value}"
        return f"ptr {self.code.value(f'inttoptr i64 {value} to ptr')}"

    def kind(self, node: ast.expr) -> str:
        """The annotation that an expression's value has; only names and fields have one."""
        match node:
            case ast.Name(id=name) if name in self.kinds:
                return self.kinds[name]
            case ast.Attribute(value=record, attr=attr):
                return self.unit.records[self.kind(record)][attr]
        raise self.unsupported(node)

    def place(self, node: ast.expr) -> str:
        """The address, as an LLVM pointer, of a local or a field."""
        match node:
            case ast.Name(id=name):
                return f"%{name}.local"
            case ast.Attribute(value=record, attr=attr):
                return self.field(record, attr)
        raise self.unsupported(node)

    def field(self, record: ast.expr, name: str) -> str:
        """The address of `record`'s field."""
        offset = 8 * list(self.unit.records[self.kind(record)]).index(name)
        base = self.code.value(f"inttoptr i64 {self.value(record)} to ptr")
        return self.code.value(f"getelementptr i8, ptr {base}, i64 {offset}")

    def unsupported(self, node: ast.AST) -> NativeError:
        """The error for a construct that native functions cannot have."""
        return NativeError(f"line {getattr(node, 'lineno', 0)}: not native: {ast.unparse(node)}")


def compile_native(source: str, constants: Mapping[str, int]) -> str:
    """LLVM IR for all functions of a native module.

    Each module-level name that is assigned an integer is a constant, unless `constants` overrides it. A function marked
    `external` is declared, not defined: another module defines it. All but the `inlined` can be called from outside.

    Raises:
        NativeError: the source uses something that is not native.
    """
    tree = ast.parse(source)
    known = dict(constants)
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int() as number)):
                known.setdefault(name, number)
    records = {
        node.name: {f.target.id: _annotation(f.annotation) for f in node.body
                    if isinstance(f, ast.AnnAssign) and isinstance(f.target, ast.Name)}
        for node in tree.body if isinstance(node, ast.ClassDef)
    }  # fmt: skip
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    unit = Unit({name: signature(node) for name, node in functions.items()}, records, known)
    texts = [PRELUDE]
    for name, node in functions.items():
        own = unit.functions[name]
        if "external" in decorators(node):
            result, params = "i64" if own.returns else "void", ", ".join(map(_llvm_type, own.params))
            texts.append(f"declare {result} @{name}({params})\n")
        else:
            texts.append(FunctionCompiler(unit).compile(node))
    return "\n".join(texts) + MODULE_END
