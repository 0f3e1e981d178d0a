"""What expressions mean: each is computed by the IR and by CPython over all small values of its variables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.compiler.reading import step

_FIELDS = (
    "a: Int[-3, 3]; b: Int[-3, 3]; f: Bool; out: Int[-200, 200]; p: Pmd; r: Ref[3]; "
    "x: Array[3, Int[-1, 3]] = (2, -1, 0); y: Array[2, Array[3, Bool]] = False"
)
_VALUES = {"a": "range(-3, 4)", "b": "(-2, 0, 1, 3)", "f": "(True, False)", "r": "(None, 0, 2)"}
"""What each variable starts with, where an expression mentions it."""
_BEFORE = """
K = Constant("K", 3)
ROW = (4, 5, 6)
PAIRS = ((1, 2), (3, 4))

def bump(s):
    s.out += 1
    return s.out

def both(i, j):
    return i * 10 + j

def pair(i):
    return i, i + 1

def nothing(s):
    s.out += 1

def keyword(i, /, j=2, *, k=3, m=4):
    return i * 1000 + j * 100 + k * 10 + m - 1200
"""

ARITHMETIC = [
    "a // 2",
    "a % 2",
    "a // -2",
    "a % -2",
    "7 // 3 - -7 // 3",
    "7 % -3 + -7 % 3",
    "a // 3 * 3 + a % 3",
    "-a",
    "+a",
    "- -b",
    "a * b - b",
    "abs(a)",
    "abs(a - b)",
    "min(a, b)",
    "max(a, b, 0)",
    "min(3, max(a, -1))",
    "int(a > b) + int(True)",
    "(a > 0) + (b > 0)",
    "a + K * 2",
    "K // 2 - K % 2",
    "len(s.x) * a",
    "len(ROW) + len(Pmd)",
    "-K + a",
]
CONDITIONS = [
    "a < b",
    "a <= b < 3",
    "-3 < a < b <= 3",
    "a == b == 1",
    "a != b",
    "not a == b",
    "a > 0 and b > 0",
    "a > 0 or b > 0 and f",
    "not (f or a < b)",
    "a in (1, 2, b)",
    "a not in (0, b)",
    "f",
    "f == (a > 0)",
    "f is True",
    "f != False",
    "bool(a)",
    "a is None",
    "True if f else a > b",
    "(a if f else b) > 0",
    "a - b < b - a",
    "f and not f",
    "not f and (a > b or a < 0)",
    "(a, b) == (1, 2)",
    "(a, f) != (b, True)",
    "a >= 1 > b",
    "f > (a > b)",
    "f + f > a",
    "a == True",
]
OVER_ARRAYS = [
    "sum(s.x)",
    "sum(s.x[i] for i in range(3) if i != 1)",
    "sum(1 for v in s.x if v > 0)",
    "min(s.x)",
    "max(s.x)",
    "max(v for v in s.x)",
    "min((v for v in s.x if v > b), default=9)",
    "max((v * i for i, v in enumerate(s.x) if v != a), default=a)",
    "int(any(v == a for v in s.x))",
    "int(all(v > b for v in s.x))",
    "int(any(s.y[1]))",
    "int(all(s.y[0]))",
    "sum(i * j for i in range(3) for j in range(i) if i + j > a)",
    "sum(v for v in (a, b, 3))",
    "sum(x * y for x, y in PAIRS)",
    "sum(v * w for v, w in zip(s.x, ROW))",
    "sum(v * i for i, v in enumerate(reversed(s.x)))",
    "sum(range(b, a))",
    "sum(1 for q in Pmd if q != s.p)",
    "int(any(s.y[i][j] for i in range(2) for j in range(3)))",
    "sum(i for i in range(a, b))",
    "sum(i for i in range(3, -1, -1))",
    "sum(i for i in range(0, 4, 2))",
]
CALLS = [
    "both(a, b)",
    "both(j=a, i=1)",
    "both(a, j=both(0, 1))",
    "pair(a)[1]",
    "sum(pair(b))",
    "keyword(1)",
    "keyword(1, 3)",
    "keyword(1, k=2)",
    "keyword(1, m=1, j=0)",
    "ROW[1] + PAIRS[1][0]",
]
ORDER = [
    "s.out + bump(s)",
    "bump(s) + s.out",
    "bump(s) * 10 + bump(s)",
    "both(s.out, bump(s))",
    "both(bump(s), s.out)",
    "s.x[0] + bump(s) - s.out",
    "(s.out, bump(s), s.out)[0]",
    "(s.out, bump(s), s.out)[2]",
    "int(s.out < bump(s) < s.out + 1)",
    "int(a > 0 and bump(s) > 0) + s.out",
    "int(a > 0 or bump(s) > 0) + s.out",
    "(bump(s) if f else 5) + s.out",
    "int(any(bump(s) > a for i in range(3))) + s.out",
    "int(all(bump(s) > a for i in range(3))) + s.out",
    "int(a < b < bump(s)) + s.out",
    "int(a == 0 != bump(s)) + s.out",
    "max(s.out, bump(s), s.out)",
    "int(s.out in (bump(s), 0))",
    "sum(bump(s) for i in range(3) if i != a)",
    "min(bump(s), bump(s))",
    "abs(bump(s) - s.out)",
    "int(nothing(s) is None) + s.out",
    "int(not f and bump(s) == 1) + s.out",
    "sum(i for i in range(bump(s))) + s.out",
]
CHECKED = [
    "6 // a",
    "6 % a",
    "a // b",
    "a % b if b != 0 else 9",
    "s.x[a]",
    "s.x[a] if 0 <= a < 3 else 9",
    "int(0 <= a < 3 and s.x[a] > 0)",
    "int(a < 0 or a > 2 or s.x[a] > 0)",
    "int(0 <= a < 3 and 0 < s.x[a] < 3)",
    "int(0 <= a <= s.x[a])",
    "int(a > 0 > 6 // (a - a))",
    "sum(s.x[i + 1] for i in range(3) if i < 2)",
    "sum(1 for i in range(3) if i < 2 for j in range(s.x[i + 1]))",
    "int(any(s.x[i + a] > 1 for i in range(3)))",
    "int(all(s.x[i + a] > 1 for i in range(3)))",
    "s.x[s.x[a]]",
    "int(any(i == 0 or s.x[i + 1] for i in range(1)))",
    "int(any(True for i in range(3) for j in range(6 // (1 - i))))",
    "max((6 // v for v in s.x if v != 0), default=0)",
    "s.x[s.r]",
    "s.x[s.r] if s.r is not None else 9",
    "1 if s.r == None else s.x[s.r]",
    "int(a in (1, 6 // a))",
    "int(s.y[a][b])",
    "int(0 <= a < 2 and 0 <= b < 3 and s.y[a][b])",
    "int(s.r is None or s.r == a)",
    "int(f or s.x[a] == 1)",
    "both(6 // a, s.x[b])",
    "(1, 6 // a)[0]",
    "int(a == 1 == 6 // b)",
    "min(6 // a, s.x[b])",
]


@pytest.mark.parametrize("expression", [*ARITHMETIC, *OVER_ARRAYS, *CALLS, *ORDER, *CHECKED])
def test_number(expression: str, tmp_path: Path) -> None:
    _agree(expression, tmp_path)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_condition(condition: str, tmp_path: Path) -> None:
    _agree(f"int({condition})", tmp_path)


def _agree(expression: str, directory: Path) -> None:
    drawn = [f"s.{name} = choose({of})" for name, of in _VALUES.items() if re.search(rf"\b{name}\b", expression)]
    body = f"a = s.a\nb = s.b\nf = s.f\ns.out = {expression}"
    found = step(directory, body, fields=_FIELDS, before=_BEFORE, initial="; ".join(drawn))
    assert len(found.space.states) > 1 or found.space.lengths
