"""Random damage to a model's source that leaves it Python: what an author might type, and much that none would."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable
from random import Random

_SNIPPETS = """
x | s | s.n | s.flag | None | True | 0 | 1 | -1 | 3 | 7 | 99999999999999999999 | 0.5 | "text" | b"x" | ... | () | (1, 2)
| [] | [1, 2] | {} | {1: 2} | {1} | lambda: 1 | lambda x: x | s[0] | s.n[0] | s.ref[s.n] | s.page | s.mm | s.mm[0]
| range(4) | range(s.n) | range(2, 0, -1) | range(0) | len | len(s.ref) | print("x") | choose(range(3)) | choose(())
| choose(i for i in range(3) if s.flag) | any(i for i in (True, False)) | sum(i for i in range(3)) | min(1, s.n)
| max(i for i in range(0)) | abs(s.n) | int(s.flag) | bool(s.n) | s.n + 1 | s.n // s.n | s.n % 0 | 1 / 2 | not s.flag
| s.flag and s.n | 1 < s.n < 3 | s.n in (1, 2) | s.n in s.ref | s.page is None | s == s | 1 if s.flag else 2
| 1 if s.flag else None | 1 if s.flag else "a" | (yield) | (yield "x") | (yield from ()) | (y := 1) | f"{s.n}" | (*s, 1)
| enumerate(s.ref) | zip(s.ref, s.ref) | reversed(s.ref) | Enum | int | bool | Exception | super() | __name__ | locals()
| (i for i in range(3)) | [i for i in range(3)] | s.ref[1:2] | s.ref[-1] | s.ref[None] | s.__class__ | s.__class__()
| (1).real | "a".join("b") | isinstance(s, int) | eval("1") | at(s, "x") | local(s, "x") | atomic("x") | (s.n, s.flag)
"""
_STATEMENTS = """
pass | break | continue | return | return 1 | return s | return None | yield | yield "x" | yield 1 | yield from range(3)
| x = 1 | x = s.n | x = None | x, y = y, x | x: Int[0, 3] = 0 | x: int = 0 | x: Int = 0 | del x | global x | nonlocal x
| import os | raise x | raise | assert s.flag | assert False, "no" | assert s | s.n += 1 | s.n -= 1 | s = None
| s.flag = 1 | s.mm[0] = s.mm[1] | s.ref = 0 | s.ref[0] = s.ref | atomic("x") | x += 1 | choose(range(2))
| s.nothing = 0 | 1 | "text" | x = choose((1, None)) | x = s.mm[0] | print(s) | x = (yield) | return (yield)
| x = y = z = 0 | x.y.z = 1 | x = *s, 1
"""
_COMPOUNDS = """
while True:
    {0}
---
while s.flag:
    {0}
---
while True:
    {0}
    yield "again"
---
for x in range(3):
    {0}
---
for x in s.ref:
    {0}
---
for x, y in enumerate(s.mm):
    {0}
    yield "x"
---
if s.flag:
    {0}
---
if s.flag:
    {0}
else:
    return
---
try:
    {0}
finally:
    pass
---
with s:
    {0}
---
def inner():
    {0}
---
class Inner:
    {0}
---
async def inner():
    {0}
---
match s.n:
    case 1:
        {0}
    case x:
        pass
---
match s.n:
    case 1 | 2:
        {0}
    case _:
        yield
---
for x in range(3):
    if s.flag:
        break
    {0}
else:
    pass
"""
EXPRESSIONS = " ".join(_SNIPPETS.split()).split(" | ")
STATEMENTS = " ".join(_STATEMENTS.split()).split(" | ")
COMPOUNDS = [s.strip("\n") for s in _COMPOUNDS.split("---\n")]


def damaged(source: str, random: Random, wounds: int) -> str:
    """`source` after up to `wounds` mutations; fewer where one did not leave it a syntax tree that can be written."""
    tree = ast.parse(source)
    for _ in range(wounds):
        before = copy.deepcopy(tree)
        try:
            functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
            _Surgeon(random.choice(functions) if functions and random.random() < 0.9 else tree, random).operate()
            text = ast.unparse(ast.fix_missing_locations(tree))
            tree = ast.parse(text)
        except (SyntaxError, ValueError, TypeError, AttributeError, IndexError):
            tree = before
    return ast.unparse(tree)


class _Surgeon:
    """Finds the places of a tree where something can be put, and puts it there."""

    def __init__(self, tree: ast.AST, random: Random) -> None:
        self.random = random
        self.expressions: list[tuple[ast.AST, str, int | None]] = []
        self.names: list[ast.Name | ast.Attribute] = []
        self.blocks: list[list[ast.stmt]] = []
        for node in ast.walk(tree):
            for field, value in ast.iter_fields(node):
                if isinstance(value, ast.expr):
                    self.expressions.append((node, field, None))
                elif isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                    self.blocks.append(value)
                elif isinstance(value, list):
                    self.expressions += [(node, field, i) for i, v in enumerate(value) if isinstance(v, ast.expr)]
            if isinstance(node, ast.Name | ast.Attribute):
                self.names.append(node)

    def operate(self) -> None:
        """One mutation."""
        ways: list[Callable[[], None]] = [
            self.replace, self.replace, self.transplant, self.insert, self.insert, self.wrap, self.wrap, self.remove,
            self.rename, self.swap,
        ]  # fmt: skip
        self.random.choice(ways)()

    def put(self, new: ast.expr) -> None:
        """Put an expression into a random place."""
        node, field, index = self.random.choice(self.expressions)
        if index is None:
            setattr(node, field, new)
        else:
            getattr(node, field)[index] = new

    def replace(self) -> None:
        """An expression from the list takes the place of another."""
        self.put(ast.parse(self.random.choice(EXPRESSIONS), mode="eval").body)

    def transplant(self) -> None:
        """An expression of the model takes the place of another."""
        node, field, index = self.random.choice(self.expressions)
        found = getattr(node, field)
        self.put(copy.deepcopy(found if index is None else found[index]))

    def insert(self) -> None:
        """A statement comes in."""
        block = self.random.choice(self.blocks)
        block.insert(self.random.randrange(len(block) + 1), ast.parse(self.random.choice(STATEMENTS)).body[0])

    def wrap(self) -> None:
        """A statement goes into a loop, a condition or worse."""
        block = self.random.choice(self.blocks)
        at = self.random.randrange(len(block))
        outer = ast.parse(self.random.choice(COMPOUNDS).format("'hole'")).body[0]
        for inner in ast.walk(outer):
            for body in (getattr(inner, "body", None), getattr(inner, "orelse", None)):
                for i, statement in enumerate(body if isinstance(body, list) else []):
                    if isinstance(statement, ast.Expr) and ast.unparse(statement) == "'hole'":
                        body[i] = block[at]
        block[at] = outer

    def remove(self) -> None:
        """A statement goes."""
        block = self.random.choice(self.blocks)
        if len(block) > 1:
            del block[self.random.randrange(len(block))]

    def rename(self) -> None:
        """A name becomes another one of the model."""
        one, other = self.random.choice(self.names), self.random.choice(self.names)
        new = other.id if isinstance(other, ast.Name) else other.attr
        if isinstance(one, ast.Name):
            one.id = new
        else:
            one.attr = new

    def swap(self) -> None:
        """Two statements change places."""
        one, other = self.random.choice(self.blocks), self.random.choice(self.blocks)
        i, j = self.random.randrange(len(one)), self.random.randrange(len(other))
        one[i], other[j] = other[j], one[i]
