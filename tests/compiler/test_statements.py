"""What statements mean within one step: the value that each leaves in ``s.out``, by the IR and by CPython."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.reading import step

_FIELDS = "out: Int[-99, 99]; n: Int[0, 7]; f: Bool; p: Pmd; r: Ref[3]; x: Array[3, Int[0, 7]] = (1, 0, 2)"
_BEFORE = """
FREE = 0

def first_free(s):
    for i in range(3):
        if s.x[i] == 0:
            return i
    return None

def nested(s):
    for i in range(3):
        for j in range(3):
            if i == j:
                continue
            if s.x[i] + s.x[j] == 3:
                return i * 10 + j
    return -1

def early(s, limit):
    if limit == 0:
        return 7
    s.n += 1
    if s.n > limit:
        return s.n
    s.n += 1
    return s.n * 10

def some(s):
    if s.f:
        return 1, s.x
    return 2, s.x

def change(m):
    m[0] += 5
"""

BODIES = {
    "if": ("if s.n > 1:\n    s.out = 1\nelif s.n == 1:\n    s.out = 2\nelse:\n    s.out = 3", "3"),
    "nested if": ("if s.n == 0:\n    if s.f:\n        s.out = 1\n    else:\n        s.out = 2", "2"),
    "augmented": ("s.out += 5\ns.out -= 2\ns.out *= 7\ns.out //= 2\ns.out %= 6", "4"),
    "augmented element": ("s.x[s.x[0]] += 3\ns.out = s.x[1]", "3"),
    "augmented with itself": ("s.out = 2\ns.out += s.out * s.out", "6"),
    "chained assignment": ("a = s.out = 4\ns.out += a", "8"),
    "swap of elements": ("s.x[0], s.x[2] = s.x[2], s.x[0]\ns.out = s.x[0] * 10 + s.x[2]", "21"),
    "swap of an index and its element": ("i = 1\ni, s.x[i] = 2, 5\ns.out = i * 10 + s.x[2]", "25"),
    "swap of locals": ("a = 1\nb = 2\na, b = b, a\ns.out = a * 10 + b", "21"),
    "nested targets": ("a, (b, c) = 1, (2, 3)\ns.out = a * 100 // 2 + b * 10 + c", "73"),
    "rotation": ("a, b, c = 1, 2, 3\na, b, c = c, a, b\ns.out = a * 30 + b * 5 + c", "97"),
    "for": ("for i in range(3):\n    s.out += s.x[i] * (i + 1)", "7"),
    "for with a step": ("for i in range(6, 0, -2):\n    s.out = s.out * 2 + i", "34"),
    "for over an array": ("for v in s.x:\n    s.out = s.out * 3 + v", "11"),
    "for over an array that changes": ("for v in s.x:\n    s.x[2] = 7\n    s.out += v", "8"),
    "for over a tuple of fields": ("for v in (s.n, s.n):\n    s.n += 1\n    s.out += v", "0"),
    "for over enumerate": ("for i, v in enumerate(s.x):\n    s.out += i * v", "4"),
    "for over an Enum": ("for q in Pmd:\n    if q == Pmd.TABLE:\n        s.out += 1\n    s.out += 2", "7"),
    "for over zip": ("for a, b in zip((1, 2), s.x):\n    s.out += a * b", "1"),
    "for over reversed": ("for v in reversed((1, 2, 3)):\n    s.out = s.out * 4 + v", "57"),
    "for with bounds from the state": ("for i in range(s.x[2]):\n    s.out += i + 1", "3"),
    "for over nothing": ("for i in range(0):\n    s.out = 1", "0"),
    "the variable behind a for": ("for i in range(3):\n    pass\ns.out = i", "2"),
    "break": ("for i in range(3):\n    if s.x[i] == 0:\n        break\n    s.out += 1\ns.out += i * 10", "11"),
    "continue": ("for i in range(3):\n    if s.x[i] == 0:\n        continue\n    s.out += i + 1", "4"),
    "break of the inner loop": (
        "for i in range(3):\n    for j in range(3):\n        if j == i:\n            break\n        s.out += 1",
        "3",
    ),
    "break then continue": (
        "for i in range(3):\n    if i == 0:\n        continue\n    if s.x[i] == 0:\n        break\n    s.out += 9\n"
        "s.out += i",
        "1",
    ),
    "while over a constant": ("i = 0\nwhile i < 3:\n    s.out += i\n    i += 1", "3"),
    "while with break": ("i = 0\nwhile True:\n    i += 1\n    if i == 4:\n        break\ns.out = i", "4"),
    "match on an Enum": (
        "match s.p:\n    case Pmd.HUGE:\n        s.out = 1\n    case Pmd.NONE:\n        s.out = 2",
        "2",
    ),
    "match that nothing fits": ("match s.p:\n    case Pmd.HUGE:\n        s.out = 1", "0"),
    "match with a wildcard": ("match s.n:\n    case 1 | 2:\n        s.out = 1\n    case _:\n        s.out = 2", "2"),
    "match with a guard": (
        "match s.n:\n    case 0 if s.f:\n        s.out = 1\n    case 0 if s.x[0] == 1:\n        s.out = 2\n"
        "    case 0:\n        s.out = 3",
        "2",
    ),
    "match evaluates once": (
        "s.n = 1\nmatch s.n:\n    case 1:\n        s.n = 2\n        s.out += 1\n    case 2:\n        s.out += 10",
        "1",
    ),
    "match on None": ("match s.r:\n    case None:\n        s.out = 1\n    case 0:\n        s.out = 2", "1"),
    "match on bools": ("match s.f:\n    case True:\n        s.out = 1\n    case False:\n        s.out = 2", "2"),
    "match of a negative number": ("match s.out - 1:\n    case -1:\n        s.out = 5", "5"),
    "match in a loop": (
        "for i in range(3):\n    match s.x[i]:\n        case 0:\n            continue\n"
        "        case 2:\n            break\n    s.out += 1",
        "1",
    ),
    "return from a loop": ("s.r = first_free(s)\ns.out = s.r if s.r is None else 5", None),
    "return from nested loops": ("s.out = nested(s)", "2"),
    "early return": ("s.out = early(s, 0)", "7"),
    "early return in the middle": ("s.n = 3\ns.out = early(s, 2)", "4"),
    "return at the end": ("s.out = early(s, 3)", "20"),
    "tuple returned": ("k, x = some(s)\nx[0] = 5\ns.out = k * 10 + s.x[0]", "25"),
    "array passed": ("change(s.x)\ns.out = s.x[0]", "6"),
    "pass and docstring": ('"""text"""\npass\n...\ns.out = 1', "1"),
    "local bound on all paths": ("if s.f:\n    a = 1\nelse:\n    a = 2\ns.out = a", "2"),
    "local keeps what it read": ("a = s.n\ns.n = 3\ns.out = a * 10 + s.n", "3"),
    "reference sees what changes": ("x = s.x\ns.x[0] = 4\ns.out = x[0]", "4"),
    "reference keeps its index": ("s.n = 1\nv = s.x[s.n]\ns.n = 2\ns.out = v * 10 + s.x[s.n]", "2"),
    "conditional reference": ("x = s.x if s.f else s.x\nx[1] = 3\ns.out = s.x[1]", "3"),
    "None and a number in one local": ("a = None\nif s.n == 0:\n    a = 2\ns.out = 9 if a is None else s.x[a]", "2"),
    "assertion that holds": ("assert s.n == 0, 'zero'\ns.out = 1", "1"),
    "annotated local": ("a: Int[0, 3] = 2\ns.out = a", "2"),
    "annotation without a value": ("a: Int[0, 3]\na = 1\ns.out = a", "1"),
}


@pytest.mark.parametrize("name", BODIES)
def test_body(name: str, tmp_path: Path) -> None:
    body, expected = BODIES[name]
    if expected is not None:
        found = step(tmp_path, body, fields=_FIELDS, before=_BEFORE)
        assert found.final("out") == {(expected,)}
    # Again from all of a number of states, on which only the two readings must agree.
    initial = "s.n = choose((0, 1, 3)); s.f = choose((True, False)); s.p = choose(Pmd); s.x[0] = choose(range(3))"
    step(tmp_path, body, fields=_FIELDS, before=_BEFORE, initial=initial)


VIOLATIONS = {
    "range above": ("s.n = 7\ns.n += 1", "range"),
    "range below": ("s.n -= 1", "range"),
    "range of an element": ("s.x[1] = 8", "range"),
    "range of a Ref": ("s.r = 3", "range"),
    "range of a Ref below": ("s.r = s.n - 1", "range"),
    "None for an Int": ("s.n = s.r", "range"),
    "index above": ("s.x[s.n + 3] = 1", "index"),
    "index below": ("s.out = s.x[s.n - 1]", "index"),
    "index None": ("s.x[s.r] += 1", "index"),
    "index read": ("s.out = s.x[s.n + 3]", "index"),
    "division": ("s.out = 1 // s.n", "division"),
    "remainder": ("s.out = 1 % s.n", "division"),
    "division by the constant 0": ("s.out = 1 // 0", "division"),
    "augmented division": ("s.out //= s.n", "division"),
    "assertion": ("assert s.n > 0", "assertion"),
    "assertion that is always false": ("assert False, 'never'", "assertion"),
    "assertion in a helper": ("helper(s, 0)", "assertion"),
    "division in a helper": ("helper(s, 1)", "division"),
    "first of two": ("s.n -= 1\nassert False", "range"),
    "value before place": ("s.x[s.n - 1] = 1 // s.n", "division"),
    "place before arithmetic": ("s.x[s.n - 1] += 1 // s.n", "index"),
}


@pytest.mark.parametrize("name", VIOLATIONS)
def test_violation(name: str, tmp_path: Path) -> None:
    body, kind = VIOLATIONS[name]
    before = "def helper(s, n):\n    assert n > 0, 'positive'\n    return n // s.n"
    found = step(tmp_path, body, fields=_FIELDS, before=before)
    assert found.space.lengths == {kind: 1} and len(found.space.states) == 1
