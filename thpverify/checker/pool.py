"""Several scenarios side by side, each in a process of its own, with their reports in order.

A process per scenario gives its memory back, survives the death of the others, and can be ended within a second
whatever it is doing. It is forked, so that the models need not be imported again. The parent never starts a thread nor
LLVM before it forks.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from types import FrameType

import attrs

from thpverify.checker.options import Options
from thpverify.checker.result import Report
from thpverify.checker.scenario import check, unknown
from thpverify.ir.run import Progress
from thpverify.lang.scenarios import Scenario

GRACE = 0.7
"""Seconds that an interrupted search has to say what it knows."""
_POLL = 0.05
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

OnProgress = Callable[[Scenario, Progress], None]
OnWarning = Callable[[str], None]


@attrs.frozen
class _Calls:
    """What the caller wants to hear while searches run."""

    progress: OnProgress | None
    warning: OnWarning | None


class _Sending(logging.Handler):
    """Sends what a process logs to the parent, which can tell each thing once."""

    def __init__(self, sender: Connection) -> None:
        super().__init__(logging.WARNING)
        self._sender = sender

    def emit(self, record: logging.LogRecord) -> None:
        self._sender.send(record.getMessage())


@attrs.define(eq=False)
class _Worker:
    index: int
    scenario: Scenario
    process: ForkProcess
    receiver: Connection
    interrupted: bool = False


@attrs.define
class _Interrupt:
    """The first SIGINT or SIGTERM is remembered, a second one is a KeyboardInterrupt at once."""

    when: float | None = None

    def handle(self, number: int, frame: FrameType | None) -> None:
        if self.when is not None:
            raise KeyboardInterrupt
        self.when = time.monotonic()

    @property
    def overdue(self) -> bool:
        return self.when is not None and time.monotonic() - self.when > GRACE


def check_all(
    scenarios: Sequence[Scenario],
    options: Options,
    *,
    jobs: int,
    on_progress: OnProgress | None = None,
    on_warning: OnWarning | None = None,
) -> Iterator[Report]:
    """The reports of `scenarios`, in their order, as soon as they are known; `jobs` at a time.

    An interrupt ends the searches; what they know, and that the rest was not begun, is still reported.
    """
    _import_engines()
    calls = _Calls(on_progress, on_warning)
    interrupt = _Interrupt()
    workers: dict[int, _Worker] = {}
    reports: dict[int, Report] = {}
    started = 0
    with _handling(interrupt):
        try:
            for index, scenario in enumerate(scenarios):
                while index not in reports:
                    if interrupt.when is not None and index >= started:
                        reports[index] = unknown(scenario, "interrupted before it began")
                        continue
                    while interrupt.when is None and started < len(scenarios) and len(workers) < jobs:
                        workers[started] = _start(started, scenarios[started], options, [*workers.values()])
                        started += 1
                    _receive(workers, reports, interrupt, calls)
                yield reports.pop(index)
        finally:
            for worker in workers.values():
                _end(worker)


def _import_engines() -> None:
    """Import before the first fork what every process needs."""
    import thpverify.compiler
    import thpverify.explicit
    import thpverify.traces.replay  # noqa: F401


@contextmanager
def _handling(interrupt: _Interrupt) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt.handle) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _start(index: int, scenario: Scenario, options: Options, others: Sequence[_Worker]) -> _Worker:
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    inherited = [receiver, *(worker.receiver for worker in others)]
    process = context.Process(target=_work, args=(scenario, options, sender, inherited), daemon=True)
    sys.stdout.flush()
    sys.stderr.flush()
    # Until it has handlers of its own, a new process must not run the parent's.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    sender.close()
    return _Worker(index, scenario, process, receiver)


def _receive(
    workers: dict[int, _Worker], reports: dict[int, Report], interrupt: _Interrupt, calls: _Calls
) -> None:
    """Take what the workers sent within a moment; end those that an interrupt does not bring to an end."""
    ready = wait([worker.receiver for worker in workers.values()], timeout=_POLL)
    for worker in list(workers.values()):
        if interrupt.when is not None and not worker.interrupted:
            worker.interrupted = True
            _send_interrupt(worker)
        if worker.receiver in ready:
            report = _message(worker, calls)
        elif interrupt.overdue:
            report = unknown(worker.scenario, "interrupted")
        else:
            continue
        if report is not None:
            reports[worker.index] = report
            del workers[worker.index]
            _end(worker)


def _message(worker: _Worker, calls: _Calls) -> Report | None:
    try:
        message = worker.receiver.recv()
    except EOFError:
        worker.process.join(GRACE)
        return unknown(worker.scenario, _cause_of_death(worker.process.exitcode))
    if isinstance(message, Report):
        return message
    if isinstance(message, Progress) and calls.progress is not None:
        calls.progress(worker.scenario, message)
    if isinstance(message, str) and calls.warning is not None:
        calls.warning(message)
    return None


def _cause_of_death(exit_code: int | None) -> str:
    if exit_code == -signal.SIGKILL:
        return "killed, probably by the system for want of memory (--max-memory sets a limit)"
    if exit_code is not None and exit_code < 0:
        return f"its process died of {signal.Signals(-exit_code).name}"
    return f"its process ended without a report (exit code {exit_code})"


def _send_interrupt(worker: _Worker) -> None:
    pid = worker.process.pid
    if pid is not None and worker.process.is_alive():
        os.kill(pid, signal.SIGINT)


def _end(worker: _Worker) -> None:
    worker.receiver.close()
    if worker.process.is_alive():
        worker.process.join(_POLL)
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join()


def _work(scenario: Scenario, options: Options, sender: Connection, inherited: Sequence[Connection]) -> None:
    """What a process does: check, and send progress and the report."""
    for connection in inherited:
        connection.close()
    # A terminal interrupts a process group: out of the parent's, exactly one SIGINT comes, from the parent. The search
    # takes the first to end in order and a second one to give up.
    os.setpgid(0, 0)
    logger = logging.getLogger("thpverify")
    logger.addHandler(_Sending(sender))
    logger.propagate = False
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        report = check(scenario, options, sender.send)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        report = unknown(scenario, "interrupted")
    try:
        sender.send(report)
    except BrokenPipeError:
        # The parent is gone, and nobody else wants to know.
        return
