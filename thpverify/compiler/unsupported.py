"""What stands outside of the subset, in the words of its author, and what to write instead."""

from __future__ import annotations

import ast

STATEMENTS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Try: ("`try`", "Nothing raises in a model: test the condition with `if`."),
    ast.With: ("`with`", "Take and release the lock in steps of their own, each ended by a yield."),
    ast.Raise: ("`raise`", "Use `assert condition` for what must never happen."),
    ast.Delete: ("`del`", 'Assign the value that means "nothing", such as None or False.'),
    ast.Global: ("`global`", "Keep everything that changes in the state."),
    ast.Nonlocal: ("`nonlocal`", "Keep everything that changes in the state."),
    ast.Import: ("`import` in a function", "Import at the top of the file."),
    ast.ImportFrom: ("`import` in a function", "Import at the top of the file."),
    ast.FunctionDef: ("a function in a function", "Define it at the top level of the file."),
    ast.ClassDef: ("a class in a function", "Define it at the top level of the file."),
    ast.AsyncFunctionDef: ("`async`", "Threads are plain generators."),
    ast.AsyncFor: ("`async`", "Threads are plain generators."),
    ast.AsyncWith: ("`async`", "Threads are plain generators."),
}
"""Statement -> what it is called, what to write instead."""

EXPRESSIONS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Lambda: ("`lambda`", "Define a function at the top level of the file."),
    ast.List: ("a list", "Use a tuple for constants, an Array field for what changes."),
    ast.Dict: ("a dict", "Use an Array field indexed by an int, or `match`."),
    ast.Set: ("a set", "Use an Array of Bool with one element per member."),
    ast.ListComp: ("a list comprehension", "Give a comprehension to any, all, sum, min, max or choose directly."),
    ast.SetComp: ("a set comprehension", "Give a comprehension to any, all, sum, min, max or choose directly."),
    ast.DictComp: ("a dict comprehension", "Use an Array field."),
    ast.GeneratorExp: ("a comprehension", "Give it to any, all, sum, min, max or choose directly."),
    ast.JoinedStr: ("an f-string", "Labels and messages are constant strings."),
    ast.Starred: ("`*`", "Name each element."),
    ast.NamedExpr: ("`:=`", "Assign in a statement of its own."),
    ast.Await: ("`await`", "Threads are plain generators: use `yield from`."),
    ast.Yield: ("a yield", 'A yield is a statement of its own in a thread or a generator helper: `yield "label"`.'),
    ast.YieldFrom: (
        "a `yield from`",
        "Write it as a statement: `yield from f()`, `x = yield from f()` or `return (yield from f())`.",
    ),
}
"""Expression -> what it is called, what to write instead."""

OPERATORS: dict[type[ast.AST], tuple[str, str]] = {
    ast.Div: ("/", "Use // for whole numbers."),
    ast.Pow: ("**", "Multiply, or use a Constant."),
    ast.LShift: ("<<", "Multiply by a power of two, or use an Array of Bool."),
    ast.RShift: (">>", "Divide by a power of two with //."),
    ast.BitAnd: ("&", "Use `and` on bools, or an Array of Bool for bit masks."),
    ast.BitOr: ("|", "Use `or` on bools, or an Array of Bool for bit masks."),
    ast.BitXor: ("^", "Use != on bools."),
    ast.MatMult: ("@", "Use + - * // %."),
}
"""Operator -> its symbol, what to write instead."""
