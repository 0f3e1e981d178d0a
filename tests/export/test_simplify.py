"""Bodies with fewer temps, which still do the same."""

from __future__ import annotations

import attrs
import pytest

from tests.explicit.build import Builder, at, op
from tests.export.explore import explore
from tests.export.random_systems import random_system
from thpverify.export.branches import branches, targets
from thpverify.export.self_index import block_without_self_index, without_self_index
from thpverify.export.simplify import simplify
from thpverify.ir.expressions import TRUE, Load, add, both, const, subexpressions
from thpverify.ir.printer import show_block
from thpverify.ir.statements import Chosen, expressions_of, walk
from thpverify.ir.system import System
from thpverify.ir.types import BOOL


def test_a_checked_increment_needs_no_temp() -> None:
    b = Builder()
    x = b.variable("x", 0, 3)
    temp, let = b.let(add(at(x), const(1)))
    body, _ = simplify((let, b.check("range", op("<=", temp, 3)), b.put(x, temp)))
    assert show_block(body, "") == "check range x + 1 <= 3: range\nx := x + 1"


def test_a_temp_stays_if_what_it_read_is_written_before_its_use() -> None:
    b = Builder()
    x, y = b.variable("x", 0, 3), b.variable("y", 0, 3)
    temp, let = b.let(at(x))
    body, _ = simplify((let, b.put(x, 0), b.put(y, temp)))
    assert show_block(body, "") == "let t1%1 = x\nx := 0\ny := t1%1"


def test_a_temp_of_a_temp_stays_if_the_variable_behind_both_is_written() -> None:
    b = Builder()
    x, y = b.variable("x", 0, 3), b.variable("y", 0, 4)
    first, one = b.let(at(x))
    second, two = b.let(add(first, const(1)))
    body, _ = simplify((one, two, b.put(x, 0), b.put(y, second)))
    assert show_block(body, "") == "let t2%2 = x + 1\nx := 0\ny := t2%2"


def test_notes_dead_temps_and_empty_ifs_go() -> None:
    b = Builder()
    x = b.variable("x", 0, 3)
    temp, let = b.let(at(x))
    body, result = simplify((let, Chosen(b.span(), (temp,), (BOOL,)), b.when(op("<", at(x), 2), [])), TRUE)
    assert body == ()
    assert result is TRUE


def split(system: System) -> System:
    """`system` with the commands that the Promela model has: one end each, no array indexed with itself."""
    commands = []
    for command in system.commands:
        for way in branches(simplify(command.body)[0]) or ():
            body = block_without_self_index(simplify(way.body)[0])
            assert len(targets(body)) <= 1
            guard = without_self_index(both(command.guard, way.condition))
            commands.append(attrs.evolve(command, number=len(commands), guard=guard, body=body))
    return attrs.evolve(system, commands=tuple(commands))


@pytest.mark.parametrize("seed", range(20))
def test_branches_do_together_what_the_command_does(seed: int) -> None:
    system = random_system(seed)
    if all(branches(simplify(c.body)[0]) is not None for c in system.commands):
        one, other = explore(system), explore(split(system))
        assert (one.states, one.transitions) == (other.states, other.transitions)
        assert [len(f.path.moves) for f in one.findings] == [len(f.path.moves) for f in other.findings]


def test_a_decision_speaks_of_the_state_before() -> None:
    b = Builder()
    x, y = b.variable("x", 0, 7), b.variable("y", 0, 7)
    body = (b.put(x, op("%", add(at(x), at(y)), 8)), b.when(op("<", at(x), 3), [b.cut(0)], [b.cut(1)]))
    ways = branches(body)
    assert ways is not None
    assert [(str(w.condition), w.target) for w in ways] == [("(x + y) % 8 < 3", 0), ("not (x + y) % 8 < 3", 1)]


def test_a_decision_after_a_check_it_needs_leaves_the_failure_to_an_option_of_its_own() -> None:
    b = Builder()
    row, i = b.variable("row[]", 0, 1, (2,)), b.variable("i", 0, 3)
    body = (b.check("index", op("<", at(i), 2)), b.when(at(row, at(i)), [b.cut(0)], [b.cut(1)]))
    ways = branches(body)
    assert ways is not None
    assert [(str(w.condition), w.target) for w in ways] == [
        ("not i < 2", None), ("i < 2 and row[i]", 0), ("i < 2 and not row[i]", 1),
    ]  # fmt: skip


def test_a_decision_that_grows_without_bound_is_given_up() -> None:
    b = Builder()
    row, i = b.variable("row[]", 0, 3, (4,)), b.variable("i", 0, 3)
    steps = [b.put(row, op("%", add(at(row, at(row, at(i))), const(1)), 4), at(row, at(i))) for _ in range(30)]
    assert branches((*steps, b.when(op("<", at(row, at(i)), 2), [b.cut(0)], [b.cut(1)]))) is None


def test_no_array_is_indexed_with_itself() -> None:
    b = Builder()
    row = b.variable("row[]", 0, 2, (3,))
    body = block_without_self_index((b.put(row, at(row, at(row, 0)), at(row, 1)),))
    spoken = [e for s in walk(body) for x in expressions_of(s) for e in subexpressions(x)]
    loads = [e for e in spoken if isinstance(e, Load)]
    assert all(e.index[0].is_constant for e in loads)
    assert show_block(body, "").startswith("let index%1 = row[1]\nrow[index%1] := ")
