"""Changes of one step, said shortly."""

from __future__ import annotations

from thpverify.reports.changes import condensed


def test_equal_changes_of_neighbouring_elements_are_one() -> None:
    changes = [(f"mm[0].pte[{i}]", "NONE", "PAGE") for i in range(4)]
    assert condensed(changes, "split") == ["mm[0].pte[0..3]: NONE -> PAGE"]


def test_what_differs_in_value_place_or_order_stays_apart() -> None:
    changes = [("a[0]", "0", "1"), ("a[1]", "0", "2"), ("a[3]", "0", "2"), ("b[4]", "0", "2"), ("mm[1].a", "0", "2")]
    assert condensed(changes, "t") == [f"{name}: {before} -> {after}" for name, before, after in changes]


def test_an_earlier_index_must_agree() -> None:
    changes = [("mm[0].pte[0]", "0", "1"), ("mm[1].pte[1]", "0", "1")]
    assert len(condensed(changes, "t")) == 2


def test_locals_of_the_thread_lose_its_name_and_that_of_the_helper() -> None:
    changes = [("fault[0].gfn", "0", "1"), ("fault[0].spin_lock.i", "0", "1"), ("fault[1].gfn", "0", "1")]
    assert condensed(changes, "fault[0]") == ["gfn: 0 -> 1", "i: 0 -> 1", "fault[1].gfn: 0 -> 1"]


def test_a_name_that_would_be_ambiguous_stays_whole() -> None:
    changes = [("i", "0", "1"), ("t.f.i", "0", "1"), ("t.g.j", "0", "1"), ("t.h.j", "0", "1")]
    assert condensed(changes, "t") == [f"{name}: 0 -> 1" for name, _, _ in changes]
