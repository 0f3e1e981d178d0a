"""What threads mean: steps, places, locals across yields, waiting, choices, helpers that yield."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.reading import model


def test_a_step_ends_at_each_yield(tmp_path: Path) -> None:
    found = model(tmp_path, '@thread\ndef t(s):\n    s.n = 1\n    yield "a"\n    s.n = 2\n    yield "b"\n    s.n = 3\n')
    assert [s["n"] for s in sorted(found.named(), key=lambda s: s["n"])] == ["0", "1", "2", "3"]
    assert found.space.transitions == 3 and found.final("n") == {("3",)}


def test_labels_name_the_step_that_ends(tmp_path: Path) -> None:
    found = model(
        tmp_path, '@thread\ndef t(s):\n    s.n = 1\n    yield "a"\n    s.n = 2\n    yield\n    s.n = 3\n    yield "c"\n'
    )
    labels = [label for point in found.system.threads[0].points for label in point.labels]
    assert labels == ["a", "t", "c"]


def test_interleavings_of_two_threads(tmp_path: Path) -> None:
    text = '@thread\ndef t(s, i):\n    a = s.n\n    yield "read"\n    s.n = a + 1\n    yield "written"\n'
    found = model(tmp_path, text, "threads=[t(i=0), t(i=1)]")
    assert found.final("n") == {("1",), ("2",)}


def test_a_dead_local_splits_no_states(tmp_path: Path) -> None:
    text = '@thread\ndef t(s):\n    a = choose(range(4))\n    s.n = a // 2\n    yield "a"\n    s.m = 1\n    yield "b"\n'
    found = model(tmp_path, text)
    assert found.locals == set() and len(found.space.states) == 5


def test_a_local_is_reset_where_it_is_dead(tmp_path: Path) -> None:
    text = '@thread\ndef t(s):\n    a = choose(range(4))\n    yield "a"\n    s.n = a // 2\n    yield "b"\n    s.m = 1\n'
    found = model(tmp_path, text)
    assert {s["t.a"] for s in found.named() if s["t.pc"] == "1"} == {"0", "1", "2", "3"}
    assert {s["t.a"] for s in found.named() if s["t.pc"] != "1"} == {"0"}


def test_locals_are_stored_at_once(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    a = choose((1, 2))
    b = choose((3, 4))
    yield "chosen"
    a, b = b, a
    yield "swapped"
    s.n = a
    s.m = b
"""
    assert model(tmp_path, text).final("n", "m") == {("3", "1"), ("3", "2"), ("4", "1"), ("4", "2")}


def test_a_rotation_of_locals_in_a_loop(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    a: Int[0, 7] = 1
    b: Int[0, 7] = 2
    c: Int[0, 7] = 3
    while s.n < 4:
        s.n += 1
        a, b, c = b, c, a
        yield "rotated"
    s.x[0] = a
    s.x[1] = b
    s.m = c
"""
    assert model(tmp_path, text).final("x[0]", "x[1]", "m") == {("2", "3", "1")}


def test_the_prologue_is_no_place(tmp_path: Path) -> None:
    text = """
@thread
def t(s, a):
    'Text.'
    m = s.mm[a]
    k = a + 1
    m.lock = True
    yield "a"
    s.n = k
"""
    found = model(tmp_path, text, "threads=[t(a=1)]")
    assert found.locals == set() and len(found.system.threads[0].points) == 3
    assert found.final("n", "mm[1].lock") == {("2", "True")}


def test_a_loop_without_prologue_comes_back_to_its_start(tmp_path: Path) -> None:
    text = '@thread\ndef t(s):\n    while True:\n        s.f = not s.f\n        yield "a"\n'
    found = model(tmp_path, text)
    assert len(found.system.threads[0].points) == 1 and len(found.space.states) == 2


def test_yields_with_the_same_rest_are_one_place(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while True:
        if s.f:
            s.f = False
            yield "off"
            continue
        s.f = True
        yield "on"
"""
    found = model(tmp_path, text)
    assert len(found.system.threads[0].points) == 1 and found.system.threads[0].points[0].labels == ("off", "on")


def test_labels_that_a_property_asks_for_are_places_apart(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while True:
        if s.f:
            s.f = False
            yield "off"
            continue
        s.f = True
        yield "on"

@reachable
def was_on(s):
    return at(t[0], "on")

@invariant
def on_is_on(s):
    return not at(t[0], "on") or s.f

@invariant
def somewhere(s):
    return not at(t[0], "on", "off") or at(t[0], "on") != at(t[0], "off")
"""
    found = model(tmp_path, text, "threads=[t()], properties=[was_on, on_is_on, somewhere]")
    assert found.space.lengths == {"was_on": 1}


def test_waiting_is_no_step(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while not s.f:
        yield
    s.n = 1
    yield "woken"

@thread
def u(s):
    yield "idle"
    s.f = True
    yield "waking"
"""
    found = model(tmp_path, text, "threads=[t(), u()]")
    assert found.final("n") == {("1",)} and "deadlock" not in found.space.lengths
    assert all(s["f"] == "True" for s in found.named() if s["n"] == "1")


def test_waiting_for_ever_is_a_deadlock(tmp_path: Path) -> None:
    found = model(tmp_path, '@thread\ndef t(s):\n    while not s.f:\n        yield\n    yield "x"\n')
    assert found.space.lengths == {"deadlock": 0} and len(found.space.states) == 1


def test_a_deadlock_that_is_allowed(tmp_path: Path) -> None:
    text = '@thread\ndef t(s):\n    while not s.f:\n        yield\n    yield "x"\n'
    assert model(tmp_path, text, "threads=[t()], deadlock_free=False").space.lengths == {}


def test_a_loop_that_writes_is_a_step(tmp_path: Path) -> None:
    found = model(tmp_path, '@thread\ndef t(s):\n    while not s.f:\n        s.n = s.n\n        yield\n    yield "x"\n')
    assert found.space.lengths == {} and found.space.transitions == 1


def test_two_locks_in_opposite_order(tmp_path: Path) -> None:
    text = """
def lock(m):
    while m.lock:
        yield
    m.lock = True
    yield "lock"

@thread
def t(s, a):
    yield from lock(s.mm[a])
    yield from lock(s.mm[1 - a])
    s.n += 1
    s.mm[1 - a].lock = False
    yield "unlock"
    s.mm[a].lock = False
    yield "unlock"
"""
    found = model(tmp_path, text, "threads=[t(a=0), t(a=1)]")
    assert found.space.lengths == {"deadlock": 4} and found.final("n") == {("2",)}


def test_choose_waits_while_nothing_fits(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    i = choose(i for i in range(2) if s.x[i] > 0)
    s.r = i
    yield "taken"

@thread
def u(s):
    s.x[1] = 1
    yield "given"
"""
    assert model(tmp_path, text, "threads=[t(), u()]").final("r") == {("1",)}


CHOICES = {
    "range(3)": {"0", "1", "2"},
    "range(1, 6, 2)": {"1", "3", "5"},
    "range(s.n, 4)": {"2", "3"},
    "(5, 1, 5)": {"1", "5"},
    "(s.n, s.m)": {"2", "0"},
    "s.x": {"0", "4"},
    "(i * 2 for i in range(3))": {"0", "2", "4"},
    "[i for i in range(5) if i % 2 == 1]": {"1", "3"},
    "i for i, v in enumerate(s.x) if v > 0": {"1"},
    "i + j for i in range(3) for j in range(i) if i != 1": {"2", "3"},
    "v for v in s.x if v != s.n": {"0", "4"},
    "(i, i + 1)[1] for i in (0, 3)": {"1", "4"},
    "int(q == Pmd.HUGE) for q in Pmd": {"0", "1"},
    "len(m.pte) for m in s.mm": {"2"},
}


@pytest.mark.parametrize("values", CHOICES)
def test_choose(values: str, tmp_path: Path) -> None:
    text = (
        f"@thread\ndef t(s):\n    s.n = 2\n    s.x[1] = 4\n    yield 'a'\n    s.m = choose({values})\n    yield 'b'\n"
    )
    assert {m for (m,) in model(tmp_path, text).final("m")} == CHOICES[values]


def test_choose_of_records_enums_and_tuples(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    m = choose(s.mm)
    i, b = choose((i, b) for i in range(2) for b in (True, False))
    yield "chosen"
    m.pmd = choose(Pmd)
    m.pte[i] = b
"""
    names = ("mm[0].pmd", "mm[0].pte[0]", "mm[0].pte[1]", "mm[1].pmd", "mm[1].pte[0]", "mm[1].pte[1]")
    found = model(tmp_path, text).final(*names)
    one = {(p, *b) for p in ("NONE", "HUGE") for b in (("True", "False"), ("False", "True"), ("False", "False"))}
    nothing = ("NONE", "False", "False")
    assert found == {(*o, *nothing) for o in one} | {(*nothing, *o) for o in one}


def test_choices_on_paths_that_exclude_each_other_are_counted_once(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    if s.f:
        s.n = choose(range(3))
    else:
        s.m = choose(range(3))
    if s.r is None:
        s.r = choose(range(2))
"""
    text += "    yield 'x'\n\ndef start(s):\n    s.f = choose((True, False))\n"
    assert model(tmp_path, text, "threads=[t()], initial=start").space.transitions == 6 + 6


def test_a_generator_helper_returns_numbers_tuples_and_references(tmp_path: Path) -> None:
    text = """
def number(s, k):
    s.n += k
    yield "number"
    return s.n * 2

def two(s):
    yield "two"
    return s.n, s.f

def place(s, a):
    m = s.mm[a]
    yield "place"
    return m

def outer(s):
    k = yield from number(s, 1)
    return (yield from number(s, k))

@thread
def t(s):
    a = choose(range(2))
    k = yield from outer(s)
    n, f = yield from two(s)
    m = yield from place(s, a)
    m.pmd = Pmd.HUGE
    s.m = k if not f else 0
    s.x[a] = n
    yield "end"
"""
    found = model(tmp_path, text).final("n", "m", "x[0]", "x[1]", "mm[0].pmd", "mm[1].pmd")
    assert found == {("3", "6", "3", "0", "HUGE", "NONE"), ("3", "6", "0", "3", "NONE", "HUGE")}


def test_an_early_return_of_a_helper(tmp_path: Path) -> None:
    text = """
def search(s):
    for i in range(2):
        if s.x[i] > 0:
            return i
        yield "looked"
    return None

@thread
def t(s):
    s.x[1] = choose((0, 3))
    yield "set"
    s.r = yield from search(s)
    yield "found"
"""
    assert model(tmp_path, text).final("x[1]", "r") == {("0", "None"), ("3", "1")}


def test_one_helper_in_two_places(tmp_path: Path) -> None:
    text = """
def add(s, k):
    a = s.n
    yield "read"
    s.n = a + k
    yield "written"

@thread
def t(s):
    yield from add(s, 1)
    yield from add(s, 2)
    if s.n == 3:
        yield from add(s, 3)
"""
    assert model(tmp_path, text).final("n") == {("6",)}


LOOPS = {
    "for i in range(3):": ("012", "i"),
    "for i in range(2, -1, -1):": ("210", "i"),
    "for i in range(0, 6, 2):": ("024", "i"),
    "for i, v in enumerate(s.x):": ("01", "i"),
    "for i, m in enumerate(s.mm):": ("01", "i + int(m.lock)"),
    "for i in range(1, len(s.x)):": ("1", "i"),
    "for i in range(0):": ("", "i"),
}


@pytest.mark.parametrize("head", LOOPS)
def test_a_for_that_yields(head: str, tmp_path: Path) -> None:
    passed, value = LOOPS[head]
    body = f"{head}\n        s.m += {value}\n        s.n += 1\n        yield 'round'"
    text = f"@thread\ndef t(s):\n    {body}\n    s.f = True\n"
    found = model(tmp_path, text).final("n", "m", "f")
    assert found == {(str(len(passed)), str(sum(map(int, passed))), "True")}


def test_a_for_over_records_that_yields(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    for m in s.mm:
        if m.lock:
            yield "locked"
            continue
        for i in range(2):
            m.pte[i] = True
            yield "set"
            if s.f:
                break
        else_where = s.n
        s.n = else_where + 1
        yield "counted"
    yield "end"
"""
    found = model(tmp_path, text).final("n", "mm[0].pte[1]", "mm[1].pte[0]", "mm[1].pte[1]")
    assert found == {("2", "True", "True", "True")}


def test_break_and_continue_around_yields(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while True:
        s.n += 1
        if s.n == 2:
            yield "two"
            continue
        yield "counted"
        if s.n >= 4:
            break
    s.m = s.n
"""
    assert model(tmp_path, text).final("n", "m") == {("4", "4")}


def test_match_around_yields(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    s.mm[0].pmd = choose(Pmd)
    yield "chosen"
    match s.mm[0].pmd:
        case Pmd.HUGE if s.f:
            s.n = 1
            yield "not here"
        case Pmd.HUGE:
            s.mm[0].pmd = Pmd.NONE
            yield "huge"
            s.n = 2
        case Pmd.NONE:
            s.n = 3
    yield "end"
"""
    assert model(tmp_path, text).final("n", "mm[0].pmd") == {("2", "NONE"), ("3", "NONE")}


def test_an_annotated_local_is_checked_at_the_yield(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    k: Int[0, 2] = 0
    while True:
        k += 1
        s.n = k
        yield "counted"
"""
    found = model(tmp_path, text)
    assert found.space.lengths == {"range": 3}


def test_a_range_is_inferred_from_all_that_is_stored(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    k = 1
    while s.n < 3:
        s.n += 1
        k = s.n + 2
        yield "a"
    s.m = k
"""
    found = model(tmp_path, text)
    assert found.final("m") == {("5",)}
    assert [str(v.type) for v in found.system.variables if v.name == "t.k"] == ["2..9"]


def test_parameters_can_be_assigned(tmp_path: Path) -> None:
    text = """
@thread
def t(s, k: int, p=Pmd.HUGE):
    while k > 0:
        k = max(k - 1, 0)
        s.n += 1
        yield "a"
    s.mm[0].pmd = p
"""
    found = model(tmp_path, text, "threads=[t(k=3)]")
    assert found.final("n", "mm[0].pmd") == {("3", "HUGE")}
