"""The text and syntax tree of model files, for the compiler and for messages."""

from __future__ import annotations

import ast
from functools import lru_cache
from pathlib import Path

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
