"""What a Murphi model looks like."""

from __future__ import annotations

from tests.explicit.build import Builder, at, op, param
from tests.export.systems import choices, deadlock, failing, failing_property, negatives, short_circuit, starts
from thpverify.export.murphi import deadlock_detection, to_murphi, value_type
from thpverify.ir.expressions import add, negate


def test_a_command_is_a_rule_in_a_ruleset_for_its_choices() -> None:
    assert """\
ruleset p0: 0..1; p1: 0..2 do
rule "first: to 1" -- first, model.py:5
  first_pc = first_AT_start & mm_count[p0][p1] < 2 ==>
begin
  mm_count[p0][p1] := mm_count[p0][p1] + 1;
  first_pc := first_AT_line_2;
end;
endruleset;
""" in to_murphi(choices())


def test_truth_values_and_numbers_are_kept_apart() -> None:
    b = Builder()
    flag, count = b.variable("flag", 0, 1), b.variable("count", 0, 3)
    t = b.thread("t", 1)
    b.command(t, 0, negate(at(flag)), (b.put(count, add(at(flag), op("<", at(count), 2))), b.put(flag, 1)), 0)
    text = to_murphi(b.system())
    assert "  !flag ==>" in text
    assert "count := (flag ? 1 : 0) + (count < 2 ? 1 : 0);" in text
    assert "flag := true;" in text


def test_all_is_initialised_in_each_startstate() -> None:
    text = to_murphi(starts())
    assert text.count("startstate") == 3
    assert "level := 3;" in text
    assert "for i0: 0..1 do for i1: 0..2 do mm_count[i0][i1] := 0; endfor; endfor;" in to_murphi(choices())


def test_finished_states_have_a_step_of_their_own_where_deadlocks_are_looked_for() -> None:
    assert 'cover "every thread has returned"' in to_murphi(deadlock())
    assert deadlock_detection(deadlock()) == "stuck"
    assert 'cover "every thread has returned"' not in to_murphi(choices())
    assert deadlock_detection(choices()) == "off"


def test_properties_with_statements_are_functions() -> None:
    text = to_murphi(failing_property())
    assert "function looks(): boolean;" in text
    assert 'invariant "looks"\n  looks();' in text
    assert 'invariant "rows"\n  row[0] > 1;' in text
    assert 'cover "seen"' in to_murphi(choices())


def test_names_stand_for_numbers() -> None:
    text = to_murphi(short_circuit())
    assert "phase: Phase_IDLE..Phase_DONE;" in text
    assert "phase := Phase_BUSY;" in text
    assert "page = None | phase = Phase_BUSY" in text


def test_division_rounds_down_only_where_that_differs() -> None:
    assert "quotient := floor_div(x, (divisor = 0 ? 2 : -3))" not in to_murphi(negatives())
    assert "quotient := floor_div(x, (p0 = 0 ? 2 : -3))" in to_murphi(negatives())
    assert "floor" not in to_murphi(choices())


def test_a_failed_check_names_the_kind_of_violation() -> None:
    assert 'assert n != 2 "assertion: assertion";' in to_murphi(failing("assertion"))


def test_large_numbers_need_a_wide_type() -> None:
    b = Builder()
    x = b.variable("x", 0, 2**20)
    i = param(0, 0, 1)
    b.command(b.thread("t", 1), 0, op("<", op("*", at(x), at(x)), i), (), 0, (i,))
    assert value_type(b.system()) == "int64_t"
    assert value_type(choices()) == "int32_t"
