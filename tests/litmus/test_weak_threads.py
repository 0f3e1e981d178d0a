"""Ordinary threads on weakly ordered memory: KVM's sequence and count, with and without each barrier."""

from __future__ import annotations

from pathlib import Path

import pytest

from thpverify.checker.options import Options
from thpverify.checker.result import Verdict
from thpverify.checker.scenario import check
from thpverify.loader.modules import scenarios_of

MODEL = '''
from models.hardware import weak_memory as w
from thpverify.lang import Bool, Constant, invariant, reachable, record, scenario, thread

SEQ, COUNT, PTE = 0, 1, 2
LEFT_OUT = Constant("LEFT_OUT", 0)
WMB, SAMPLE_RMB, TEST_RMB, FLUSH = 1, 2, 3, 4


@record
class State:
    memory: w.Memory
    mapped: Bool = False
    ended: Bool = False
    late: Bool = False


@thread
def invalidate(s: State):
    """The entry is cleared and flushed, the sequence moves, the count drops."""
    m = s.memory
    w.write_once(m, 0, PTE, 0)
    yield "clear"
    if LEFT_OUT != FLUSH:
        w.smp_mb(m, 0)
        yield "flush"
    w.write_once(m, 0, SEQ, 1)
    yield "sequence"
    if LEFT_OUT != WMB:
        w.smp_wmb(m, 0)
    w.write_once(m, 0, COUNT, 0)
    yield "count"


@thread
def fault(s: State):
    """The sequence is read before the entry; later the count before the sequence."""
    m = s.memory
    seq = w.read_once(m, 1, SEQ)
    yield "sequence"
    if LEFT_OUT != SAMPLE_RMB:
        w.smp_rmb(m, 1)
    pte = w.read_once(m, 1, PTE)
    yield "entry"
    count = w.read_once(m, 1, COUNT)
    yield "count"
    if LEFT_OUT != TEST_RMB:
        w.smp_rmb(m, 1)
    again = w.read_once(m, 1, SEQ)
    s.mapped = count == 0 and again == seq
    s.late = s.mapped and pte == 1
    yield "test"


@invariant
def no_stale_entry(s: State) -> bool:
    """Whoever passes both tests has not read the entry as it was."""
    return not s.late


@reachable
def somebody_maps(s: State) -> bool:
    return s.mapped


def initial(s):
    w.start(s.memory, SEQ, 0)
    w.start(s.memory, COUNT, 1)
    w.start(s.memory, PTE, 1)


for left_out in range(5):
    scenario(
        "kvm-retry", variant=str(left_out), state=State, threads=[invalidate(), fault()], initial=initial,
        properties=[no_stale_entry, somebody_maps],
        constants={LEFT_OUT: left_out, w.IN_ORDER: 1, w.LOCATIONS: 3},
    )
'''
BARRIERS = ("no barrier", "smp_wmb", "the first smp_rmb", "the second smp_rmb", "the flush")


@pytest.mark.parametrize("left_out", range(5), ids=lambda n: f"without {BARRIERS[n]}")
def test_every_barrier_of_the_retry_protocol_is_needed(left_out: int, tmp_path: Path) -> None:
    file = tmp_path / "kvm_retry.py"
    file.write_text(MODEL)
    scenario = scenarios_of(file)[left_out]
    report = check(scenario, Options(cache=False, collect_all=True))
    verdicts = {result.property: result.verdict for result in report.results}
    assert verdicts["no_stale_entry"] is (Verdict.VIOLATED if left_out else Verdict.HOLDS)
    assert verdicts["somebody_maps"] is Verdict.HOLDS
