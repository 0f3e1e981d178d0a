"""What a Promela model looks like."""

from __future__ import annotations

import re

import pytest

from tests.explicit.build import Builder, at, op, param
from tests.export.systems import choices, deadlock, failing, hard_to_split, places, short_circuit, starts
from thpverify.export.errors import ExportError
from thpverify.export.promela import to_promela
from thpverify.export.text import Text
from thpverify.ir.expressions import negate


def test_a_step_is_one_d_step_at_the_label_where_its_thread_stands() -> None:
    b = Builder("small", check_deadlock=True)
    lock = b.variable("lock", 0, 1)
    t = b.thread("taker", 2)
    b.command(t, 0, negate(at(lock)), (b.put(lock, 1),), 1)
    b.command(t, 1, 1, (b.put(lock, 0),), 0)
    assert """\
proctype taker() {
at_start: /* model.py:1 */
  if
  :: /* taker: to 1 (model.py:5) */
    d_step { !lock ->
      lock = true
    }; goto at_line_2
  fi;
at_line_2: /* model.py:2 */
  if
  :: /* taker: to 0 (model.py:8) */
    d_step {
      lock = false
    }; goto at_start
  fi;
}
""" in to_promela(b.system())


def test_where_a_thread_stands_is_a_variable_only_if_something_reads_it() -> None:
    assert "_pc" not in to_promela(deadlock())
    both_read = to_promela(places())
    assert "first_pc = first_AT_line_2" in both_read
    assert "second_pc = second_AT_line_5" in both_read


def test_a_decision_that_cannot_be_moved_shares_a_label() -> None:
    text = to_promela(hard_to_split())
    assert "walk_pc == walk_AT_line_2" in text
    assert text.count("at_") == text.count("at_line_2") + text.count("at_start")


def test_enums_and_none_have_names() -> None:
    text = to_promela(short_circuit())
    assert "#define Phase_BUSY 1" in text
    assert "phase = Phase_BUSY" in text
    assert "assert(page == None || phase == Phase_BUSY)" in text


def test_types_are_as_small_as_promela_has_them() -> None:
    b = Builder()
    for name, lo, hi in (("a", 0, 1), ("b", 0, 5), ("c", 0, 200), ("d", -1, 5), ("e", 0, 300), ("f", 0, 40_000)):
        b.variable(name, lo, hi)
    b.variable("g", 0, 5, (4,))
    b.variable("h", 0, 1, (2, 3))
    b.variable("k", 7, 7, start=7)
    text = to_promela(b.system())
    scalars = ("bool a;", "unsigned b : 3;", "byte c;", "short d;", "short e;", "int f;")
    for line in (*scalars, "byte g[4];", "bool h_cells[6];"):
        assert line in text
    assert not re.search(r"\bk\b", text)


def test_labels_are_ends_where_standing_still_is_no_deadlock() -> None:
    ends = re.findall(r"^(\w+):", to_promela(starts()), re.MULTILINE)
    assert [label for label in ends if label.startswith("end")] == ["end_done", "end_done"]
    free = re.findall(r"^(\w+): /\*", to_promela(choices()), re.MULTILINE)
    assert all(label.startswith("end") for label in free)


def test_an_impossible_choice_is_no_option() -> None:
    b = Builder()
    x = b.variable("x", 0, 3)
    i = param(0, 0, 5)
    b.command(b.thread("t", 1), 0, op("<", i, 2), (b.put(x, i),), 0, (i,))
    assert re.findall(r":: t_to_0\((\d)\)", to_promela(b.system())) == ["0", "1"]


def test_a_place_without_options_blocks() -> None:
    b = Builder()
    i = param(0, 0, 5)
    b.command(b.thread("t", 1), 0, op("==", op("%", i, 2), op("+", op("%", i, 2), 1)), (), 0, (i,))
    assert re.search(r"^end_start: .*\n  false;$", to_promela(b.system()), re.MULTILINE)


def test_a_check_says_what_it_checks() -> None:
    assert "assert(n + 1 < 3); /* index: index */" in to_promela(failing("index"))


def test_reachable_properties_are_asserted_on_request_only() -> None:
    assert "seen is not expressed here" in to_promela(choices())
    assert "assert(mm_count(0, 1) + mm_count(1, 1) != 4)" in to_promela(choices(), reachable="seen")
    with pytest.raises(ExportError, match="no reachable property 'steady'"):
        to_promela(choices(), reachable="steady")


def test_what_does_not_fit_is_refused() -> None:
    b = Builder()
    b.variable("x", 0, 2**31)
    with pytest.raises(ExportError, match="32-bit"):
        to_promela(b.system())
    crowd = Builder()
    for number in range(255):
        crowd.thread(f"t{number}", 1)
    with pytest.raises(ExportError, match="at most 254 threads"):
        to_promela(crowd.system())
    late = Builder()
    late.thread("t", 2)
    with pytest.raises(ExportError, match="does not start at its first point"):
        to_promela(late.system((1,)))


def test_a_long_macro_goes_on_behind_a_backslash() -> None:
    text = Text()
    cell = "(((((i0) * 1 + (i1)) * 2 + (i2)) * 1 + (i3)) * 3 + (i4))"
    text.line(f"#define machine_cpu_tlb(i0, i1, i2, i3, i4) machine_cpu_tlb_cells[{cell}]")
    *before, last = text.lines
    assert before and all(line.endswith(" \\") and len(line) <= 112 for line in before)
    assert not last.endswith("\\")
