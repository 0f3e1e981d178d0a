"""What whole models mean: properties, initial states, after_step, constants, records in records, references."""

from __future__ import annotations

from pathlib import Path

from tests.compiler.reading import STATE, model, read


def test_local_is_what_the_thread_holds(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    k = choose(range(1, 4))
    s.n = k
    yield "chosen"
    s.f = True
    yield "end"

@invariant
def as_stored(s):
    return not at(t[0], "chosen") or local(t[0], "k") == s.n

@reachable
def three(s):
    return local(t[0], "k") == 3

@invariant
def no_other_thread(s):
    return not at(t[1], "chosen") and local(t[1], "k") == 0
"""
    found = model(tmp_path, text, "threads=[t()], properties=[as_stored, three, no_other_thread]")
    assert found.space.lengths == {"three": 1}


def test_properties_compute(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    s.x[0] = choose(range(4))
    yield "a"
    s.x[1] = s.x[0] // 2
    yield "b"

def largest(s):
    best = 0
    for v in s.x:
        if v > best:
            best = v
    return best

@invariant
def small(s):
    return largest(s) < 3

@invariant
def half(s):
    if not at(t[0], "b"):
        return True
    return sum(s.x) == s.x[0] * 3 // 2

@invariant
def divides(s):
    return 6 // (s.x[0] - 2) < 9

@invariant
def indexes(s):
    return s.x[s.x[0]] < 7

@reachable
def asserts(s):
    assert s.x[1] != 1, "never 1"
    return False
"""
    found = model(tmp_path, text, "threads=[t()], properties=[small, half, divides, indexes, asserts]")
    assert found.space.lengths == {"small": 1, "divides": 1, "indexes": 1, "asserts": 2}


def test_initial_states_and_after_step(tmp_path: Path) -> None:
    text = """
def start(s):
    s.n = choose(range(3))
    if s.n == 2:
        s.m = choose((4, 5))

def close(s):
    s.f = s.n > s.m
    for i in range(2):
        s.x[i] = min(s.n + i, 3)

@thread
def t(s):
    s.m = s.n
    yield "end"
"""
    found = model(tmp_path, text, "threads=[t()], initial=start, after_step=[close]")
    assert len(found.system.initial) == 4
    assert {(s["n"], s["m"], s["f"], s["x[1]"]) for s in found.named()} == {
        ("0", "0", "False", "1"), ("1", "0", "True", "2"), ("1", "1", "False", "2"), ("2", "4", "False", "3"),
        ("2", "5", "False", "3"), ("2", "2", "False", "3"),
    }  # fmt: skip


def test_after_step_can_violate(tmp_path: Path) -> None:
    text = "@thread\ndef t(s):\n    while s.n < 5:\n        s.n += 1\n        yield 'a'\n"
    text += "\ndef close(s):\n    assert s.n < 2\n"
    assert model(tmp_path, text, "threads=[t()], after_step=[close]").space.lengths == {"assertion": 2}


def test_constants_and_patches_belong_to_the_scenario(tmp_path: Path) -> None:
    text = """
NR = Constant("NR", 2)
FIX = patch("127393fbe597", "a fix")
OTHER = patch("169226f7e0d2", "another")
V4_8 = era("v4.8", patches=[FIX, OTHER])

@thread
def t(s):
    s.n = NR * 2 + len(range(NR)) if NR > 2 else NR
    s.f = FIX.applied and not OTHER.applied
    yield "end"
"""
    text = text.replace(" + len(range(NR))", "")
    assert model(tmp_path, text).final("n", "f") == {("2", "False")}
    given = "threads=[t()], constants={NR: 3}, era=V4_8, without=[OTHER]"
    assert model(tmp_path, text, given).final("n", "f") == {("6", "True")}


def test_methods_of_records(tmp_path: Path) -> None:
    text = """
@record
class Counter:
    value: Int[0, 7] = 2
    def add(self, k=1):
        self.value += k
        return self.value
    def both(self):
        return self.add() + self.add(2)

@record
class Machine:
    counter: Array[2, Counter]
    total: Int[0, 31]

@thread
def u(s):
    s.total = s.counter[1].both()
    yield "end"

scenario("machine", state=Machine, threads=[u()], variant="methods")
"""
    found = read(tmp_path, STATE + text)
    assert found.final("total", "counter[0].value", "counter[1].value") == {("8", "2", "5")}


def test_arrays_of_arrays_and_records_in_records(tmp_path: Path) -> None:
    text = """
SIZE = Constant("SIZE", 2)

@record
class Inner:
    v: Array[SIZE, Array[3, Int[0, 4]]] = ((0, 1, 2), (3, 4, 0))
    r: Ref[SIZE + 1] = SIZE

@record
class Outer:
    inner: Array[2, Inner]
    one: Inner

@thread
def u(s):
    row = s.inner[1].v[1]
    i = choose(range(3))
    row[i] = s.one.v[0][i]
    yield "copied"
    s.one.r = None if row[i] == 1 else row[i]
    yield "end"

scenario("outer", state=Outer, threads=[u()])
"""
    names = ("inner[1].v[1][0]", "inner[1].v[1][1]", "inner[1].v[1][2]", "one.r", "inner[0].v[1][2]", "inner[0].r")
    assert read(tmp_path, text).final(*names) == {
        ("0", "4", "0", "0", "0", "2"), ("3", "1", "0", "None", "0", "2"), ("3", "4", "2", "2", "0", "2"),
    }  # fmt: skip


def test_the_ir_of_a_step(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    while s.f:
        yield
    s.n = choose(range(2))
    s.m += s.n
    yield "taken"
"""
    commands = [str(line) for line in str(model(tmp_path, text).system).split("\n")]
    at = commands.index("thread 0 t")
    assert commands[at + 1 : at + 3] == ["command 0: thread 0 at 0 for choice in 0..1", "  when not f"]


def test_a_reference_lives_across_yields(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    a = choose(range(2))
    m = s.mm[a]
    row = m.pte
    yield "named"
    row[0] = True
    yield "set"
    m.pte[1] = row[0]
"""
    found = model(tmp_path, text)
    assert found.final("mm[0].pte[0]", "mm[0].pte[1]", "mm[1].pte[1]") == {
        ("True", "True", "False"),
        ("False", "False", "True"),
    }


def test_none_and_numbers_across_a_yield(tmp_path: Path) -> None:
    text = """
@thread
def t(s):
    k = None
    if s.n == 0:
        k = choose((None, 0, 1))
    yield "chosen"
    s.m = 5 if k is None else s.x[k]
    s.r = k
"""
    assert model(tmp_path, text).final("m", "r") == {("5", "None"), ("0", "0"), ("0", "1")}
