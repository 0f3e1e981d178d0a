"""The syntax trees of a model's functions, and which of their statements yield, return or leave a loop."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

import attrs

from thpverify.lang.errors import ModelError
from thpverify.lang.source import module_tree, name_span, span_of


@attrs.frozen(eq=False)
class Function:
    """A Python function with its tree. `yields` are the nodes that contain a yield, `leaves` those that contain a
    return, or a break or continue of a loop around them. `locals` are the names that the function assigns."""

    function: Callable[..., Any]
    node: ast.FunctionDef
    file: str
    yields: frozenset[ast.AST]
    leaves: frozenset[ast.AST]
    locals: frozenset[str]

    @property
    def name(self) -> str:
        """The function's name."""
        return self.node.name

    @property
    def positions(self) -> list[str]:
        """The names of the parameters that may be given without their name, in order."""
        return [a.arg for a in (*self.node.args.posonlyargs, *self.node.args.args)]

    @property
    def defaults(self) -> dict[str, Any]:
        """The values of the parameters that may be left out."""
        values = self.function.__defaults__ or ()
        optional = self.positions[len(self.positions) - len(values) :]
        return {**dict(zip(optional, values, strict=True)), **(self.function.__kwdefaults__ or {})}

    @property
    def is_generator(self) -> bool:
        """Whether a yield stands in it."""
        return self.node in self.yields

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters, in order."""
        return [a.arg for a in (*self.node.args.posonlyargs, *self.node.args.args, *self.node.args.kwonlyargs)]

    def contained(self, statement: ast.stmt) -> bool:
        """Whether `statement` runs to its end within one step and goes on behind it."""
        return statement not in self.yields and statement not in self.leaves


# By identity: equal code in two files would be one key. The Function keeps its code alive.
_known: dict[int, Function] = {}


def function_of(function: Callable[..., Any]) -> Function:
    """The tree of `function`, read from its file.

    Raises:
        ModelError: the source cannot be read or is no plain ``def``.
    """
    code = function.__code__
    if id(code) not in _known:
        _known[id(code)] = _read(function)
    found = _known[id(code)]
    return found if found.function is function else attrs.evolve(found, function=function)


def _read(function: Callable[..., Any]) -> Function:
    code = function.__code__
    try:
        tree = module_tree(code.co_filename)
    except (OSError, SyntaxError, UnicodeDecodeError) as error:
        raise ModelError(
            "THP012",
            f"the source of {function.__name__} cannot be read: {error}",
            "Put the model into a .py file.",
            name_span(function),
        ) from error
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or node.name != code.co_name:
            continue
        if min([node.lineno, *(d.lineno for d in node.decorator_list)]) == code.co_firstlineno:
            return _analyse(function, node, code.co_filename)
    raise ModelError(
        "THP012",
        f"{function.__name__} is not a plain function of {code.co_filename}",
        "Write it with def; lambdas and generated functions cannot be read.",
        name_span(function),
    )


def _analyse(function: Callable[..., Any], node: ast.FunctionDef, file: str) -> Function:
    arguments = node.args
    star = arguments.vararg or arguments.kwarg
    if star is not None:
        raise ModelError("THP020", f"{node.name} takes * or ** arguments", "Name each parameter.", span_of(file, star))
    _refuse_shared_defaults(function, arguments, file)
    yields: set[ast.AST] = set()
    leaves: set[ast.AST] = set()
    _mark(node, yields, leaves)
    names = {n.id for n in _inside(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store | ast.Del)}
    names |= {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    return Function(function, node, file, frozenset(yields), frozenset(leaves), frozenset(names))


def _refuse_shared_defaults(function: Callable[..., Any], arguments: ast.arguments, file: str) -> None:
    named = dict(zip((a.arg for a in arguments.kwonlyargs), arguments.kw_defaults, strict=True))
    pairs = [
        *zip(arguments.defaults, function.__defaults__ or (), strict=False),
        *((named.get(name), value) for name, value in (function.__kwdefaults__ or {}).items()),
    ]
    for node, value in pairs:
        if node is not None and isinstance(value, list | dict | set | bytearray):
            raise ModelError(
                "THP004",
                f"a default of {function.__name__} is a {type(value).__name__}, which all calls would share",
                "Use a tuple for constants, and keep what changes in the state.",
                span_of(file, node),
            )


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a function's own scope: not those of comprehensions and inner functions."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        if isinstance(child, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp):
            continue
        yield child
        yield from _inside(child)


def _mark(node: ast.AST, yields: set[ast.AST], leaves: set[ast.AST]) -> tuple[bool, bool, bool]:
    """Mark `node` and all below; says whether a yield, a return, or a break or continue to the outside is in there."""
    has_yield = isinstance(node, ast.Yield | ast.YieldFrom)
    returns = isinstance(node, ast.Return)
    jumps = isinstance(node, ast.Break | ast.Continue)
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            continue
        below = _mark(child, yields, leaves)
        has_yield, returns, jumps = has_yield or below[0], returns or below[1], jumps or below[2]
    if isinstance(node, ast.While | ast.For):
        jumps = False
    if has_yield:
        yields.add(node)
    if returns or jumps:
        leaves.add(node)
    return has_yield, returns, jumps


def always_returns(statements: list[ast.stmt]) -> bool:
    """Whether no path runs off the end of `statements`, as far as their shape tells."""
    if not statements:
        return False
    match statements[-1]:
        case ast.Return():
            return True
        case ast.If(body=body, orelse=orelse):
            return always_returns(body) and always_returns(orelse)
        case ast.Match(cases=cases):
            complete = any(
                isinstance(c.pattern, ast.MatchAs) and c.pattern.pattern is None and c.guard is None for c in cases
            )
            return complete and all(always_returns(c.body) for c in cases)
        case ast.While(test=ast.Constant(value=True)) as loop:
            return not any(isinstance(n, ast.Break) for n in ast.walk(loop))
    return False
