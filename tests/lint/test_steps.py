"""Which steps are too coarse."""

from __future__ import annotations

import inspect
from enum import Enum
from typing import Any

import pytest

from tests.lint.build import access, kinds, linted, locations, only
from thpverify.lang import Array, Bool, Ghost, Int, Lock, Ref, atomic, choose, record, thread


class Pmd(Enum):
    NONE = 0
    HUGE = 1


@record
class Mm:
    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[2, Bool] = False


@record
class State:
    lock: Lock
    other: Lock
    ref: Int[0, 7] = 0
    mapcount: Int[0, 7] = 0
    flag: Bool = False
    size: Int[0, 7] = 3
    slot: Ref[2] = None
    ghost: Ghost[Int[0, 7]] = 0
    counts: Array[2, Int[0, 7]] = 0
    three: Array[3, Int[0, 7]] = 0
    bits: Array[8, Bool] = False
    marks: Array[8, Bool] = False
    mm: Array[2, Mm]


def take(lock_owner: Any) -> Any:
    while lock_owner.lock:
        yield
    lock_owner.lock = True
    yield "lock"


@thread
def two_counters(s):
    s.ref += 1
    s.mapcount += 1
    yield "both"


def test_two_counters_in_a_step() -> None:
    finding = only(linted(State, two_counters(), two_counters()))
    assert (finding.kind, finding.function, finding.label) == ("several-accesses", "two_counters", "both")
    assert locations(finding) == ["mapcount", "ref"]
    first = inspect.getsourcelines(two_counters.function)[1]
    assert finding.place.file == __file__ and finding.place.line == first + 4
    ref = access(linted(State, two_counters(), two_counters()), "both", "ref")
    assert ref.reads and ref.writes and ref.races and ref.other is not None
    assert ref.other[:2] == ("two_counters", "both")


def test_what_one_thread_alone_touches_does_not_count() -> None:
    assert linted(State, two_counters()).clean


@thread
def two_counters_with_a_reason(s):
    atomic("one instruction")
    s.ref += 1
    s.mapcount += 1
    yield "both"


def test_a_reason_is_accepted_but_counts_for_others() -> None:
    result = linted(State, two_counters_with_a_reason(), two_counters())
    assert [f.function for f in result.findings if f.kind == "several-accesses"] == ["two_counters"]
    assert all(step.coarse for step in result.steps)


@thread
def a_reason_on_one_way(s):
    if s.flag:
        atomic("one instruction")
        s.ref += 1
        s.mapcount += 1
    else:
        s.ref += 1
        s.mapcount += 1
    yield "both"


def test_a_reason_excuses_only_the_ways_that_come_by_it() -> None:
    result = linted(State, a_reason_on_one_way(), a_reason_on_one_way())
    finding = only(result)
    first = inspect.getsourcelines(a_reason_on_one_way.function)[1]
    assert [a.place.line for a in finding.accesses] == [first + 7, first + 8]
    assert [(r.text, r.needed) for r in result.steps[0].atomic] == [("one instruction", True)]


@thread
def a_reason_in_front_of_a_branch(s):
    atomic("one instruction")
    if s.flag:
        yield "nothing"
    s.ref += 1
    s.mapcount += 1
    yield "both"


def test_a_reason_does_not_reach_over_a_yield() -> None:
    result = linted(State, a_reason_in_front_of_a_branch(), a_reason_in_front_of_a_branch())
    finding = only(result)
    assert finding.place.line == inspect.getsourcelines(a_reason_in_front_of_a_branch.function)[1] + 7
    reasons = [{r.text: r.needed for r in step.atomic} for step in result.steps if step.thread.endswith("[0]")]
    assert {"one instruction": True} in reasons and {} in reasons


@thread
def one_counter_each(s):
    s.ref += 1
    yield "ref"
    s.mapcount += 1
    yield "mapcount"


def test_one_access_a_step_is_fine() -> None:
    assert linted(State, one_counter_each(), one_counter_each()).clean


@thread
def compare_and_exchange(s):
    if s.ref == 0:
        s.ref = 1
    yield "cmpxchg"


def test_an_atomic_instruction_on_one_location_is_one_access() -> None:
    assert linted(State, compare_and_exchange(), compare_and_exchange()).clean


@thread
def reads_constants(s):
    s.ref = s.size
    yield "reads what nobody writes"


def test_what_nobody_writes_does_not_count() -> None:
    assert linted(State, reads_constants(), reads_constants()).clean


@thread
def locked_counters(s):
    yield from take(s)
    s.ref += 1
    s.mapcount += 1
    yield "both"
    s.lock = False
    yield "unlock"


def test_a_common_lock_protects() -> None:
    result = linted(State, locked_counters(), locked_counters())
    assert result.clean
    ref = access(result, "both", "ref")
    assert ref.locks == ("lock",) and not ref.races


def test_a_lock_that_the_others_do_not_take_does_not_protect() -> None:
    result = linted(State, locked_counters(), two_counters())
    assert {f.function for f in result.findings} == {"locked_counters", "two_counters"}


@thread
def unlocked_reader(s):
    seen = s.ref
    yield "read"
    s.flag = seen == 1
    yield "write"


def test_a_lockless_reader_makes_one_location_count() -> None:
    result = linted(State, locked_counters(), locked_counters(), unlocked_reader())
    assert result.clean
    assert access(result, "both", "ref").races and not access(result, "both", "mapcount").races


@thread
def set_entries(s, a: int):
    m = s.mm[a]
    while m.ptl:
        yield
    m.ptl = True
    yield "lock"
    m.pmd = Pmd.HUGE
    m.pte[1] = True
    yield "entries"
    m.ptl = False
    yield "unlock"


def test_a_lock_protects_its_own_record() -> None:
    result = linted(State, set_entries(a=0), set_entries(a=0), set_entries(a=1))
    assert result.clean
    assert access(result, "entries", "mm[1].pmd").locks == ("mm[1].ptl",)


@thread
def set_entries_of_the_other(s):
    while s.mm[0].ptl:
        yield
    s.mm[0].ptl = True
    yield "lock"
    s.mm[1].pmd = Pmd.HUGE
    s.mm[1].pte[1] = True
    yield "wrong entries"
    s.mm[0].ptl = False
    yield "unlock"


def test_the_lock_of_another_record_does_not_protect() -> None:
    result = linted(State, set_entries_of_the_other(), set_entries(a=1))
    assert {f.label for f in result.findings} == {"entries", "wrong entries"}


@thread
def every_address_space(s):
    for a in range(2):
        yield "next"
        yield from set_one(s.mm[a])


def set_one(m):
    while m.ptl:
        yield
    m.ptl = True
    yield "lock"
    m.pmd = Pmd.HUGE
    m.pte[0] = True
    yield "entries"
    m.ptl = False
    yield "unlock"


def test_records_are_followed_through_loops_and_helpers() -> None:
    assert linted(State, every_address_space(), every_address_space(), set_entries(a=0)).clean


@thread
def lock_passed_in_one_step(s):
    while s.lock:
        yield
    s.ref += 1
    s.mapcount += 1
    yield "taken and dropped"


def test_waiting_for_a_lock_is_taking_and_dropping_it() -> None:
    assert linted(State, lock_passed_in_one_step(), locked_counters()).clean


@thread
def looks_at_the_lock(s):
    if not s.lock:
        s.ref += 1
    yield "looked"


def test_looking_at_a_lock_is_an_access() -> None:
    finding = only(linted(State, looks_at_the_lock(), locked_counters(), looks_at_the_lock()))
    assert locations(finding) == ["lock", "ref"]


@thread
def lock_after_access(s):
    s.ref += 1
    while s.lock:
        yield
    s.lock = True
    yield "locked"
    s.lock = False
    yield "unlocked"


def test_a_lock_taken_after_an_access() -> None:
    finding = only(linted(State, lock_after_access(), lock_after_access()))
    assert (finding.kind, finding.label) == ("late-lock", "locked")
    assert "lock is taken" in finding.message and "ref" in finding.message


@thread
def access_after_unlock(s):
    yield from take(s)
    s.lock = False
    s.ref += 1
    yield "unlocked, counted"


def test_an_access_after_a_release() -> None:
    assert kinds(linted(State, access_after_unlock(), access_after_unlock())) == ["early-unlock"]


@thread
def one_access_between(s):
    while s.lock:
        yield
    s.lock = True
    s.ref += 1
    s.lock = False
    yield "lock, access, unlock"


def test_one_access_between_lock_and_unlock_is_fine() -> None:
    assert linted(State, one_access_between(), one_counter_each()).clean


@thread
def either_or(s):
    if choose((True, False)):
        s.ref += 1
    else:
        s.mapcount += 1
    yield "either"


def test_accesses_of_different_paths_are_not_added_up() -> None:
    assert linted(State, either_or(), either_or()).clean


@thread
def same_condition_twice(s):
    what = choose((True, False))
    yield "chosen"
    if what:
        s.ref += 1
    if not what:
        s.mapcount += 1
    yield "one of them"


def test_conditions_that_exclude_each_other_are_seen() -> None:
    assert linted(State, same_condition_twice(), same_condition_twice()).clean


@thread
def all_elements(s):
    enough = sum(s.counts) > 2
    yield "sum"
    s.counts[0] = 1 if enough else 2
    yield "first"
    s.counts[1] = 3
    yield "second"


def test_two_elements_are_two_locations() -> None:
    finding = only(linted(State, all_elements(), all_elements()))
    assert locations(finding) == ["counts[0]", "counts[1]"]


@thread
def chosen_element(s):
    i = choose(j for j in range(2) if s.counts[j] == 0)
    s.counts[i] = 1
    yield "taken"


def test_what_a_choice_looks_at_is_part_of_the_step() -> None:
    result = linted(State, chosen_element(), chosen_element())
    assert result.clean
    assert [step.accesses[0].location for step in result.steps] == ["counts[j]", "counts[j]"]


@thread
def chosen_by_another(s):
    i = choose(j for j in range(2) if s.counts[j] == 0)
    s.ref = i
    yield "filtered"


def test_a_filter_and_a_write_are_two() -> None:
    finding = only(linted(State, chosen_by_another(), chosen_element(), chosen_by_another()))
    assert locations(finding) == ["counts[j]", "ref"]


@thread
def asserts(s):
    assert s.mapcount >= s.counts[0]
    s.ref = 1
    yield "asserted"


def test_what_an_assertion_reads_does_not_count() -> None:
    assert linted(State, asserts(), asserts(), one_counter_each(), chosen_element()).clean


@thread
def keeps_a_ghost(s):
    s.ref = 1
    s.ghost += 1
    yield "with ghost"


def test_a_ghost_does_not_count() -> None:
    assert linted(State, keeps_a_ghost(), keeps_a_ghost()).clean


def hardware(s):
    s.counts[0] = s.ref
    s.flag = s.mapcount == 1


def test_what_hardware_does_after_every_step_does_not_count() -> None:
    result = linted(State, one_counter_each(), one_counter_each(), after_step=[hardware])
    assert result.clean
    assert all(len(step.accesses) <= 1 for step in result.steps)


@thread
def through_a_reference(s):
    s.slot = 1
    yield "slot"
    i = s.slot
    yield "slot read"
    if i is not None:
        s.counts[i] += 1
    yield "by a local"
    if s.slot is not None:
        s.counts[s.slot] += 1
    yield "by a shared slot"


def test_the_index_is_an_access_too() -> None:
    finding = only(linted(State, through_a_reference(), through_a_reference()))
    assert finding.label == "by a shared slot"
    assert locations(finding) == ["counts[slot]", "slot"]


@pytest.mark.parametrize("label", ["lock", "both", "unlock"])
def test_locks_at_start_and_end(label: str) -> None:
    steps = {step.label: step for step in linted(State, locked_counters(), locked_counters()).steps}
    assert steps[label].locks_at_start == (() if label == "lock" else ("lock",))
    assert steps[label].locks_at_end == (() if label == "unlock" else ("lock",))


@thread
def indexed_by_a_condition(s):
    s.three[0 if s.flag else 2] += 1
    yield "one of two"


@thread
def last_only(s):
    s.three[2] = 0
    yield "last"
    s.flag = True
    yield "flag"


def test_an_index_that_depends_on_a_condition_may_be_either() -> None:
    result = linted(State, indexed_by_a_condition(), last_only())
    assert locations(only(result)) == ["flag", "three[0 if flag else 2]"]


@thread
def marks_all(s):
    yield from take(s)
    for i in range(8):
        if s.bits[i]:
            s.marks[i] = True
    yield "marked"
    s.lock = False
    yield "unlock"


@thread
def sets_bits(s):
    for i in range(8):
        s.bits[i] = not s.bits[i]
        yield "bit"


def test_a_step_with_very_many_paths() -> None:
    finding = only(linted(State, marks_all(), marks_all(), sets_bits()))
    assert locations(finding) == [f"bits[{i}]" for i in range(8)]
    assert linted(State, marks_all(), marks_all()).clean
