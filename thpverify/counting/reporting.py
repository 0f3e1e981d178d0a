"""A proof by counting as a report like any other."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from pathlib import Path

import attrs

from thpverify.checker.judge import expected_of
from thpverify.checker.result import Report, Result, Trouble, Verdict
from thpverify.counting.errors import NotSimulated, Uncountable
from thpverify.counting.proof import CountingProof, prove_by_counting
from thpverify.counting.refuting import refuted
from thpverify.lang.counting import Counting
from thpverify.lang.errors import ModelError
from thpverify.traces.trace import Trace


@attrs.frozen(eq=False)
class Told:
    """A report, and what may be shown besides."""

    report: Report
    equations: tuple[str, ...] = ()
    lemmas: tuple[str, ...] = ()
    proof: CountingProof | None = None


def report_on(
    counting: Counting,
    n: int | None,
    seconds: float | None,
    tick: Callable[[str], None],
) -> Told:
    """Prove what can be proved; look for a counterexample in the instances of what cannot."""
    begun = time.perf_counter()
    scenario = counting.scenario
    try:
        proof = prove_by_counting(counting, n, seconds=seconds, tick=tick)
    except (Uncountable, ModelError) as error:
        return Told(_trouble(counting, Trouble.MODEL, str(error)))
    except NotSimulated as error:
        return Told(_trouble(counting, Trouble.MODEL, f"the abstraction does not simulate the model: {error}"))
    except MemoryError:
        return Told(_trouble(counting, Trouble.STOPPED, "out of memory"))
    # The last line of defence, as in the checker.
    except Exception as error:
        text = traceback.format_exception_only(error)[-1].strip()
        report = _trouble(counting, Trouble.BUG, f"internal error: {text}")
        return Told(attrs.evolve(report, details=traceback.format_exc()))
    traces: dict[str, Trace] = {}
    if len(proof.proved) < len(proof.goals):
        tick("looking for counterexamples in the instances")
        traces = refuted(counting, [name for name in proof.goals if name not in proof.proved])
    results = tuple(_result(proof, name, traces.get(name), time.perf_counter() - begun) for name in proof.goals)
    report = Report(scenario.name, scenario.variant, scenario.span.file, results, time.perf_counter() - begun)
    equations = tuple(f"{form} = 0" for form in proof.equations)
    return Told(report, equations, tuple(map(str, proof.lemmas)), proof)


def _result(proof: CountingProof, name: str, trace: Trace | None, seconds: float) -> Result:
    kinds = {p.name: p.kind for p in proof.counting.scenario.properties}
    verdict, why = Verdict.UNKNOWN, proof.obstacles.get(name)
    if name in proof.proved:
        verdict, why = Verdict.PROVED, proof.scope
    elif trace is not None:
        verdict, why = Verdict.VIOLATED, broken_by(trace) + _for_any_size(proof, name)
    return Result(
        scenario=proof.counting.scenario.name,
        variant=proof.counting.scenario.variant,
        property=name,
        kind=kinds.get(name, name),
        verdict=verdict,
        expected=expected_of(name, proof.counting.scenario.expect),
        states=proof.simulated.states,
        transitions=proof.simulated.steps,
        seconds=seconds,
        stopped=proof.stopped if verdict is Verdict.UNKNOWN else None,
        why=why,
        trace=trace,
    )


def broken_by(trace: Trace) -> str:
    """Which move the proof fails at, in words: the last one of the trace."""
    if not trace.steps:
        return "not even initially true"
    last = trace.steps[-1]
    place = f" ({Path(last.file).name}:{last.places[-1][1]})" if last.places else ""
    return f"after {len(trace.steps)} steps, broken by {last.thread}: {last.label or last.function}{place}"


def _for_any_size(proof: CountingProof, name: str) -> str:
    """What induction adds to a counterexample of property `name`, which may end long after the mistake."""
    culprits = proof.culprits.get(name)
    if culprits is None or len(culprits) > 1:
        return ""
    if not culprits:
        return f"; {proof.obstacles[name]}"
    return f"; as long as all holds, only {culprits[0].move.name} can break it"


def _trouble(counting: Counting, trouble: Trouble, message: str) -> Report:
    scenario = counting.scenario
    return Report(scenario.name, scenario.variant, scenario.span.file, trouble=trouble, message=message)
