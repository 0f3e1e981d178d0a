"""Limits, progress and interrupts: the search stops where it was told to and says why."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tests.explicit.bench_system import bench_system
from tests.explicit.build import Builder, at, op
from tests.explicit.test_search import counter
from thpverify.explicit import memory, search, store
from thpverify.explicit.jit import compiler_library
from thpverify.ir.run import Limits, Progress
from thpverify.ir.system import System


def endless() -> System:
    """More states than anybody has memory for."""
    b = Builder()
    for number in range(8):
        value = b.variable(f"n{number}", 0, 255)
        t = b.thread(f"t{number}", 1)
        b.command(t, 0, op("<", at(value), 255), (b.bump(value, 1),), 0)
    return b.system()


@pytest.mark.parametrize("threads", [1, 2])
def test_state_limit(threads: int) -> None:
    outcome = search(endless(), limits=Limits(states=300_001), threads=threads, cache=None)
    assert (outcome.states, outcome.complete, outcome.stopped) == (300_001, False, "state limit of 300001")


def test_exactly_as_many_states_as_allowed_is_complete() -> None:
    assert search(counter(9).system(), limits=Limits(states=10), cache=None).complete
    outcome = search(counter(9).system(), limits=Limits(states=9), cache=None)
    assert (outcome.states, outcome.stopped) == (9, "state limit of 9")


def test_depth_limit() -> None:
    outcome = search(counter(9, threads=2).system(), limits=Limits(depth=3), cache=None)
    assert (outcome.states, outcome.depth, outcome.stopped) == (1 + 2 + 3 + 4, 3, "depth limit of 3")
    assert search(counter(9).system(), limits=Limits(depth=10), cache=None).complete


def test_time_limit(tmp_path: Path) -> None:
    search(endless(), limits=Limits(states=10), cache=tmp_path)  # the limit includes compilation
    outcome = search(endless(), limits=Limits(seconds=0.6), cache=tmp_path)
    assert (outcome.complete, outcome.stopped) == (False, "time limit of 0.6 s")
    assert outcome.states > 0


def test_memory_limit() -> None:
    memory.drop_code_pages(compiler_library())
    limit = memory.resident_bytes() + (60 << 20)
    seen: list[int] = []
    outcome = search(
        endless(), limits=Limits(memory=limit), cache=None, progress=lambda now: seen.append(now.memory)
    )
    assert outcome.stopped == f"memory limit of {store.show_bytes(limit)}"
    assert 20 << 20 < outcome.peak_bytes < 60 << 20
    assert all(resident < 1.1 * limit for resident in seen)


def test_memory_limit_below_what_python_takes() -> None:
    outcome = search(endless(), limits=Limits(memory=1 << 20), cache=None)
    assert (outcome.states, outcome.stopped) == (0, "memory limit of 1 MiB")


def test_mmap_that_fails_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    real = memory.reserve

    def reserve(size: int, huge: bool = True) -> memory.Region:
        if size >= 4 << 20:
            raise MemoryError("no")
        return real(size, huge)

    monkeypatch.setattr(store, "reserve", reserve)
    outcome = search(endless(), cache=None)
    assert (outcome.complete, outcome.stopped) == (False, "out of memory")
    assert outcome.states > 100_000


def test_violation_is_told_even_if_a_limit_strikes_in_the_same_level() -> None:
    b = counter(200, threads=3)
    b.invariant("zero", op("==", at(b.variables[0]), 0))
    outcome = search(b.system(), limits=Limits(states=3), cache=None)
    assert outcome.stopped == "violation"
    assert len(outcome.findings[0].path.moves) == 1


@pytest.mark.parametrize("threads", [1, 2])
def test_sigint(threads: int) -> None:
    started = threading.Event()

    def press() -> None:
        started.wait()
        os.kill(os.getpid(), signal.SIGINT)

    presser = threading.Thread(target=press)
    presser.start()
    outcome = search(endless(), threads=threads, cache=None, progress=lambda _: started.set())
    presser.join()
    assert (outcome.complete, outcome.stopped) == (False, "interrupted")
    assert outcome.states > 1 and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_keyboard_interrupt_in_progress() -> None:
    seen: list[Progress] = []

    def progress(now: Progress) -> None:
        seen.append(now)
        if len(seen) == 2:
            raise KeyboardInterrupt

    outcome = search(endless(), progress=progress, cache=None)
    assert outcome.stopped == "interrupted"
    assert 0 < seen[0].states <= seen[1].states <= outcome.states
    assert seen[0].rate > 0 and seen[0].memory > 0
    assert 0 < seen[1].frontier < seen[1].states


def test_zero_threads_are_refused() -> None:
    with pytest.raises(ValueError, match="threads: 0"):
        search(bench_system("S"), threads=0)
