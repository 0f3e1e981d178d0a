"""Locks, counters, ghosts and labels."""

from __future__ import annotations

import pytest

from tests.lint.build import kinds, linted, only
from thpverify.lang import Array, Bool, Ghost, Int, Lock, atomic, choose, record, thread
from thpverify.lang.errors import ModelError


@record
class State:
    lock: Lock
    other: Lock
    flag: Bool = False
    seq: Int[0, 3] = 0
    ghost: Ghost[Int[0, 3]] = 0
    ring: Array[4, Bool] = False


@thread
def releases_only(s):
    s.lock = False
    yield "unlock"


def test_a_release_without_the_lock() -> None:
    finding = only(linted(State, releases_only()))
    assert finding.kind == "not-held" and "lock is released" in finding.message


@thread
def hands_over(s):
    atomic("unlocked by the interrupt handler")
    s.lock = False
    yield "unlock"


def test_a_lock_that_is_handed_over_with_a_reason() -> None:
    assert linted(State, hands_over()).clean


@thread
def takes_blindly(s):
    s.lock = True
    yield "lock"
    s.lock = False
    yield "unlock"


def test_a_lock_is_waited_for() -> None:
    assert kinds(linted(State, takes_blindly())) == ["not-waited-for"]


@thread
def tries(s):
    if s.lock:
        yield "trylock fails"
        return
    s.lock = True
    yield "trylock"
    s.lock = False
    yield "unlock"


def test_trylock_is_fine() -> None:
    assert linted(State, tries(), tries()).clean


@thread
def keeps(s):
    while s.lock:
        yield
    s.lock = True
    yield "lock"
    s.flag = True
    yield "work"


def test_a_lock_is_released_before_the_return() -> None:
    finding = only(linted(State, keeps()))
    assert (finding.kind, finding.label) == ("not-released", "work")


@thread
def forgets_on_one_path(s):
    while s.lock:
        yield
    s.lock = True
    yield "lock"
    if s.flag:
        s.lock = False
    yield "maybe unlocked"
    s.flag = True
    yield "flag"
    while True:
        s.flag = not s.flag
        yield "toggle"


def test_a_lock_held_on_some_paths() -> None:
    assert "held-on-some-paths" in kinds(linted(State, forgets_on_one_path()))


@thread
def remembers(s):
    while s.lock:
        yield
    locked = choose((True, False))
    if locked:
        s.lock = True
    yield "maybe locked"
    s.flag = True
    yield "work"
    if locked:
        s.lock = False
    yield "unlock"


def test_a_local_may_remember_whether_the_lock_is_held() -> None:
    assert linted(State, remembers(), remembers()).clean


@thread
def takes_twice(s):
    while s.lock:
        yield
    s.lock = True
    yield "lock"
    while s.lock:
        yield
    s.lock = True
    yield "again"
    s.lock = False
    yield "unlock"


def test_waiting_for_a_lock_of_ones_own() -> None:
    assert kinds(linted(State, takes_twice())) == ["own-lock"]


@thread
def sequence(s):
    s.seq = (s.seq + 1) % 4
    yield "seq"


def test_a_counter_that_wraps() -> None:
    finding = only(linted(State, sequence()))
    assert finding.kind == "wraps" and "seq" in finding.message


@thread
def producer(s):
    s.ring[s.seq] = True
    yield "put"
    s.seq = (s.seq + 1) % 4
    yield "next"


def test_a_position_in_a_ring_may_go_round() -> None:
    assert linted(State, producer()).clean


@thread
def asks_a_ghost(s):
    if s.ghost > 0:
        s.flag = True
    s.ghost = 1
    yield "acted"


def test_a_ghost_decides_nothing() -> None:
    finding = only(linted(State, asks_a_ghost()))
    assert finding.kind == "ghost-acts" and "ghost" in finding.message


@thread
def waits_for_a_ghost(s):
    while s.ghost == 0:
        yield
    s.flag = True
    yield "acted"


def test_a_ghost_lets_nobody_wait() -> None:
    assert kinds(linted(State, waits_for_a_ghost())) == ["ghost-acts"]


@thread
def without_label(s):
    while s.flag:
        yield
    s.flag = True
    yield
    s.flag = False
    yield "named"


def test_a_step_without_a_label_is_a_remark() -> None:
    result = linted(State, without_label())
    (finding,) = result.findings
    assert (finding.kind, finding.severity) == ("no-label", "info")
    assert result.clean


def test_a_ghost_is_one_value() -> None:
    with pytest.raises(ModelError, match="Ghost takes the type of one value"):
        Ghost[Array[2, Bool]]
