"""What the text of a model file says of its steps."""

from __future__ import annotations

import ast
from pathlib import Path


def steps_of(file: Path) -> tuple[frozenset[int], frozenset[int]]:
    """The lines of `file` with a ``yield "label"``, and those that stand for waiting (a bare yield) or for the end of
    a function (its def); none if it cannot be read any more."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, UnicodeDecodeError):
        return frozenset(), frozenset()
    yields = [node for node in ast.walk(tree) if isinstance(node, ast.Yield)]
    labelled = frozenset(node.lineno for node in yields if node.value is not None)
    defs = {node.lineno for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return labelled, frozenset(defs.union(node.lineno for node in yields) - labelled)
