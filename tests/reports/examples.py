"""A run with one scenario of every kind of end."""

from __future__ import annotations

from thpverify.checker.result import Expected, Report, Result, Run, Trouble, Verdict
from thpverify.traces.trace import Trace, TraceStep

TRACE = Trace(
    scenario="kvm-level",
    variant="v4.5",
    property="level_not_above_primary",
    kind="invariant",
    message="No secondary mapping is larger\n    than the primary one.",
    system="kvm-level",
    initial={"mm.pmd": "HUGE", "spte[0]": "NONE"},
    initial_choices=(),
    steps=(
        TraceStep(
            "split[0]", 0, "split_pmd", "pmd zapped", (), (), (("mm.pmd", "HUGE", "TABLE"),), (("model.py", 31),),
        ),
        TraceStep(
            "kvm_fault[0]", 1, "transparent_hugepage_adjust", "spte set while the lock is held", ("0",), ((0,),),
            (("spte[0]", "NONE", "HUGE"), ("spte[1]", "NONE", "HUGE"), ("kvm.mmu_lock", "False", "True")),
            (("kvm.py", 45), ("kvm.py", 46), ("kvm.py", 60)),
        ),
    ),
    values=(("spte[0]", "HUGE"), ("mm.pmd", "TABLE")),
)  # fmt: skip


def result(name: str, verdict: Verdict, **other: object) -> Result:
    """A result of scenario kvm-level@v4.5 unless `other` says otherwise."""
    given: dict[str, object] = {
        "scenario": "kvm-level", "variant": "v4.5", "property": name, "kind": "invariant", "verdict": verdict,
        "expected": Expected.HOLDS, "states": 1234, "transitions": 4321, "depth": 12, "seconds": 0.25,
        "peak_bytes": 5 * 2**20,
    }  # fmt: skip
    return Result(**(given | other))  # type: ignore[arg-type]  # attrs checks nothing here, the tests do


HOLDS = Report("holding", "", "model.py", (result("small", Verdict.HOLDS, scenario="holding", variant=""),), 0.3, True)
UNEXPECTED = Report(
    "kvm-level", "v4.5", "model.py",
    (
        result("level_not_above_primary", Verdict.VIOLATED, trace=TRACE),
        result("other", Verdict.BOUNDED, stopped="the violation of level_not_above_primary"),
        result("maps_2m", Verdict.VIOLATED, kind="reachable", why="never reached in any of 1,234 states"),
    ),
    0.3,
)  # fmt: skip
EXPECTED = Report(
    "kvm-level", "v4.4", "model.py",
    (
        result("level_not_above_primary", Verdict.VIOLATED, variant="v4.4", trace=TRACE, expected=Expected.VIOLATED),
        result("other", Verdict.BOUNDED, variant="v4.4", stopped="the violation of it", expected=Expected.ANY),
    ),
    0.3,
)  # fmt: skip
BOUNDED = Report(
    "large", "", "model.py",
    (result("small", Verdict.BOUNDED, scenario="large", variant="", stopped="memory limit of 512 MiB"),), 90.0,
)  # fmt: skip
BROKEN = Report("broken", "", "bad.py", trouble=Trouble.MODEL, message="bad.py:3:1: THP020: no\n    x\n  Write if.")
BUG = Report("odd", "", "odd.py", trouble=Trouble.BUG, message="the trace of small does not replay: step 3: \x00")
STOPPED = Report("late", "", "late.py", trouble=Trouble.STOPPED, message="interrupted before it began")

EVERYTHING = Run((HOLDS, UNEXPECTED, EXPECTED, BOUNDED, BROKEN, BUG, STOPPED), ("gone.py: no such file",))
