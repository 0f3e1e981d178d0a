"""`search`: the room's one public function."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, process_time
from types import FrameType

from thpverify.explicit.cache import ObjectCache, user_cache_directory
from thpverify.explicit.driver import Search
from thpverify.explicit.model import emit_model
from thpverify.explicit.program import compile_program
from thpverify.explicit.store import Stopped, Store, make_store
from thpverify.ir.run import Finding, Limits, Outcome, Progress
from thpverify.ir.system import System

USER_CACHE = user_cache_directory()
NO_LIMITS = Limits()


def search(
    system: System,
    *,
    limits: Limits = NO_LIMITS,
    threads: int = 1,
    collect_all: bool = False,
    progress: Callable[[Progress], None] | None = None,
    cache: Path | None = USER_CACHE,
) -> Outcome:
    """Visit every reachable state of `system`, breadth first, in machine code.

    Stops at the end of the first level in which a violation was found, and reports a shortest one, unless
    `collect_all`: then it goes on and reports a shortest path for each property. States, transitions, verdict and the
    lengths of paths do not depend on `threads`. `progress` is called about ten times a second. `cache` is the directory
    that keeps compiled code, None for none. SIGINT ends the search with ``stopped="interrupted"``.

    ``Outcome.depth`` is the number of moves d such that all paths of up to d moves have been looked at.

    Raises:
        StateTooWide: a state has more than 4096 bits.
    """
    if threads < 1:
        raise ValueError(f"threads: {threads} is not at least 1")
    begun, cpu = perf_counter(), process_time()
    model = emit_model(system)
    program = compile_program(model, ObjectCache(cache) if cache is not None else None)
    compiled = perf_counter() - begun

    def outcome(stopped: str | None, running: Search | None, findings: tuple[Finding, ...]) -> Outcome:
        crews = running.store.crews if running else []
        fired = [crew.counts(model) for crew in crews] or [[0] * len(system.commands)]
        marks = {mark for crew in crews for mark in crew.marks(model)}
        return Outcome(
            states=running.store.states if running else 0,
            transitions=running.store.transitions if running else 0,
            depth=running.depth if running else 0,
            complete=stopped is None,
            stopped=stopped,
            findings=findings,
            fired=tuple(map(sum, zip(*fired, strict=True))),
            reached=frozenset(line for mark in marks for line in model.marks[mark]),
            seconds=perf_counter() - begun,
            cpu_seconds=process_time() - cpu,
            compile_seconds=compiled,
            peak_bytes=running.store.peak_bytes if running else 0,
        )

    try:
        store = make_store(program, limits, threads)
    except Stopped as reason:
        return outcome(str(reason), None, ())
    except MemoryError:
        return outcome("out of memory", None, ())
    running = Search(program, store, limits, threads, collect_all, progress, begun)
    try:
        with _interrupts(store):
            stopped = running.run()
            return outcome(stopped, running, running.findings())
    finally:
        store.release()


@contextmanager
def _interrupts(store: Store) -> Iterator[None]:
    """Let the first SIGINT end the search in an orderly way, unless the caller has a handler of its own."""
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if store.interrupted:
            signal.default_int_handler(number, frame)
        store.interrupt()

    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
