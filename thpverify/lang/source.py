"""The text and syntax tree of model files, for the compiler and for messages."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import Any

from thpverify.ir.statements import Span


@lru_cache(maxsize=256)
def _parse(file: str, stamp: int) -> ast.Module:
    return ast.parse(Path(file).read_text(encoding="utf-8"), filename=file)


def module_tree(file: str) -> ast.Module:
    """The syntax tree of `file`, read once per version of the file.

    Raises:
        OSError, SyntaxError, UnicodeDecodeError: it cannot be read.
    """
    return _parse(file, Path(file).stat().st_mtime_ns)


def span_of(file: str, node: ast.AST) -> Span:
    """Where `node` stands. Columns count characters as `ast` does (UTF-8 bytes)."""
    line = getattr(node, "lineno", 1)
    column = getattr(node, "col_offset", 0)
    return Span(
        file, line, column, getattr(node, "end_lineno", line) or line, getattr(node, "end_col_offset", column) or column
    )


def caller_span(frame: FrameType) -> Span:
    """The expression that `frame` is evaluating: a call or a decorator of the model."""
    code = frame.f_code
    where = next(islice(code.co_positions(), frame.f_lasti // 2, None), (None, None, None, None))
    line, end_line, column, end_column = where
    if line is None or column is None:
        return Span(code.co_filename, frame.f_lineno, 0, frame.f_lineno, 0)
    return Span(code.co_filename, line, column, end_line or line, end_column or column)


def name_span(function: Callable[..., Any]) -> Span:
    """The name of `function` in its definition, or the lambda; its first line if the source cannot be read."""
    code = function.__code__
    file, first = code.co_filename, code.co_firstlineno
    try:
        tree, lines = module_tree(file), Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, SyntaxError, UnicodeDecodeError):
        return Span(file, first, 0, first, 0)
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda) and code.co_name == "<lambda>" and node.lineno == first:
            return span_of(file, node)
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name != code.co_name:
            continue
        if min([node.lineno, *(d.lineno for d in node.decorator_list)]) == first:
            line, name = lines[node.lineno - 1].encode(), node.name.encode()
            column = line.find(b" " + name, node.col_offset) + 1
            return Span(file, node.lineno, column, node.lineno, column + len(name))
    return Span(file, first, 0, first, 0)


def field_span(file: str, class_name: str, field: str | None) -> Span | None:
    """Where `field` of class `class_name` (or the class itself) is defined in `file`; None if that cannot be found."""
    try:
        tree = module_tree(file)
    except (OSError, SyntaxError, UnicodeDecodeError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == class_name:
            for statement in node.body:
                target = (
                    statement.target
                    if isinstance(statement, ast.AnnAssign)
                    else (statement.targets[0] if isinstance(statement, ast.Assign) else None)
                )
                if isinstance(target, ast.Name) and target.id == field:
                    return span_of(file, statement)
            return span_of(file, node)
    return None
