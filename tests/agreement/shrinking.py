"""Makes a failing model small: takes out statements, arms and operands as long as it still fails in the same way."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator


def reduce(source: str, fails: Callable[[str], bool], tries: int = 600) -> str:
    """The smallest text found with which `fails` is still true."""
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in _smaller(source):
            tries -= 1
            if tries <= 0:
                break
            if len(candidate) < len(source) and fails(candidate):
                source, smaller = candidate, True
                break
    return source


def _smaller(source: str) -> Iterator[str]:
    """`source` with one thing less, the largest things first."""
    count = len(list(_edits(ast.parse(source))))
    sizes = []
    for number in range(count):
        tree = ast.parse(source)
        edit = next(e for n, e in enumerate(_edits(tree)) if n == number)
        edit()
        try:
            text = ast.unparse(ast.fix_missing_locations(tree))
        except (ValueError, AttributeError):
            continue
        sizes.append((len(text), number, text))
    for _, _, text in sorted(sizes):
        yield text


def _edits(tree: ast.Module) -> Iterator[Callable[[], None]]:
    for node in ast.walk(tree):
        for name in ("body", "orelse", "cases"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                for position, statement in enumerate(block):
                    if name == "orelse" or len(block) > 1:
                        yield _deleting(block, position)
                    elif not isinstance(statement, ast.Pass) and name == "body" and not isinstance(node, ast.Module):
                        yield _replacing(block, position, [ast.Pass()])
                    inner = getattr(statement, "body", None)
                    if isinstance(statement, ast.If | ast.While | ast.For) and isinstance(inner, list):
                        yield _replacing(block, position, inner)
        if isinstance(node, ast.List) and node.elts:
            for position in range(len(node.elts)):
                yield _deleting(node.elts, position)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "scenario":
            for position in range(2, len(node.keywords)):
                yield _deleting(node.keywords, position)
        for field, value in ast.iter_fields(node):
            for operand in _operands(value):
                yield _setting(node, field, operand)


def _operands(value: object) -> list[ast.expr]:
    """Simpler expressions that could stand for `value`."""
    match value:
        case ast.BoolOp(values=values):
            return values
        case ast.BinOp(left=left, right=right):
            return [left, right]
        case ast.Compare():
            return [ast.Constant(True), ast.Constant(False)]
        case ast.IfExp(body=body, orelse=orelse):
            return [body, orelse]
        case ast.UnaryOp(operand=operand):
            return [operand]
    return []


def _deleting(block: list[ast.stmt] | list[ast.expr] | list[ast.keyword], position: int) -> Callable[[], None]:
    return lambda: block.__delitem__(position)


def _replacing(block: list[ast.stmt], position: int, new: list[ast.stmt]) -> Callable[[], None]:
    return lambda: block.__setitem__(slice(position, position + 1), new)


def _setting(node: ast.AST, field: str, value: ast.expr) -> Callable[[], None]:
    return lambda: setattr(node, field, value)
