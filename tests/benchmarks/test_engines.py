"""The benchmark's arithmetic; what it measures is measured by hand."""

from __future__ import annotations

import attrs

from tests.benchmarks.engines import OURS, OURS_2, RUMUR, SPIN, Run, bug_report, measure, report


def one(engine: str, cpu: float, wall: float, peak: int, compile_seconds: float = 1.0) -> Run:
    search = cpu / 2 if engine in (OURS, OURS_2) else cpu
    return Run(engine, 1_000_000, 4_000_000, 18, wall, cpu, search, compile_seconds, peak, commands=44)


RUNS = [
    one(OURS, 0.2, 0.2, 20_000_000, 0.4), one(OURS_2, 0.2, 0.1, 20_000_000), one(SPIN, 2.0, 2.0, 100_000_000),
    one(OURS, 0.4, 0.4, 20_000_000, 0.1), one(OURS_2, 0.4, 0.2, 20_000_000), one(SPIN, 6.0, 6.0, 100_000_000),
    one(OURS, 0.25, 0.25, 20_000_000, 0.1), one(OURS_2, 0.3, 0.125, 20_000_000), one(SPIN, 2.5, 2.5, 100_000_000),
]  # fmt: skip


def test_ratios_are_of_medians() -> None:
    text = report(RUNS)
    gained = "20.0 times the states per CPU second (10.0 with our start and compilation), 0.20 of the memory"
    assert f"against SPIN DFS: {gained}" in text
    assert "2 threads: 2.00 times as fast as 1 in wall time" in text
    assert "compiling 44 commands: 0.40 s cold, 0.10 s from the cache" in text
    assert "all engines agree on the counts" in text


def test_a_disagreement_is_shouted() -> None:
    assert "THE ENGINES DISAGREE" in report([*RUNS, attrs.evolve(RUNS[0], engine=RUMUR, states=999_999)])


def test_the_others_compilation_counts_when_a_bug_is_looked_for() -> None:
    lines = bug_report([one(OURS, 0.4, 0.4, 1), one(SPIN, 0.1, 0.1, 1, compile_seconds=1.5)]).splitlines()
    assert lines[1].split()[:2] == [OURS, "0.40"]
    assert lines[2].split()[2] == "1.60"


def test_engines_take_turns() -> None:
    order: list[str] = []

    def call(engine: str) -> Run:
        order.append(engine)
        return one(engine, 1.0, 1.0, 1)

    measure({OURS: lambda: call(OURS), SPIN: lambda: call(SPIN)}, 2)
    assert order == [OURS, SPIN, OURS, SPIN]
