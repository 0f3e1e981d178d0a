"""One scenario in, its verdicts out: compile, search, replay every finding, judge."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable

from thpverify.checker.judge import expected_of, judge, source_lines, violated_names
from thpverify.checker.options import Options
from thpverify.checker.result import Report, Result, Trouble, Verdict
from thpverify.ir.run import Outcome, Progress
from thpverify.ir.system import System
from thpverify.lang.errors import ModelError
from thpverify.lang.scenarios import Scenario
from thpverify.loader.modules import changed_files
from thpverify.traces.trace import Trace

OnProgress = Callable[[Progress], None]


class CertificateNotWritten(Exception):
    """The text says why."""


def check(scenario: Scenario, options: Options, on_progress: OnProgress | None = None) -> Report:
    """Check `scenario`; whatever goes wrong is in the report.

    Raises:
        KeyboardInterrupt: interrupted while there was nothing to report yet.
    """
    started = time.perf_counter()
    try:
        return _check(scenario, options, on_progress, started)
    except ModelError as error:
        return failure(scenario, Trouble.MODEL, str(error))
    except MemoryError:
        return unknown(scenario, "out of memory")
    # The last line of defence: an error of ours becomes a report of a bug, and the other scenarios go on.
    except Exception as error:
        text = traceback.format_exception_only(error)[-1].strip()
        return failure(scenario, Trouble.BUG, f"internal error: {text}", traceback.format_exc())


def _check(scenario: Scenario, options: Options, on_progress: OnProgress | None, started: float) -> Report:
    from thpverify.compiler import compile_scenario
    from thpverify.explicit.errors import StateTooWide
    from thpverify.traces.errors import ModelCrashed, ReplayMismatch
    from thpverify.traces.replay import replay

    system = compile_scenario(scenario, listed=options.engine != "z3")
    try:
        system, outcome = _search(scenario, system, options, on_progress)
    except StateTooWide as error:
        return failure(scenario, Trouble.MODEL, f"{scenario.span}: {error}")
    except CertificateNotWritten as error:
        return unknown(scenario, str(error))
    traces: dict[str, Trace] = {}
    for finding in outcome.findings:
        try:
            traces[finding.property] = replay(scenario, system, finding)
        except (ReplayMismatch, ModelCrashed) as mismatch:
            message = f"the trace of {finding.property} does not replay, so the verdict cannot be trusted: {mismatch}"
            return failure(scenario, Trouble.BUG, message, traceback.format_exc())
    return Report(
        scenario=scenario.name,
        variant=scenario.variant,
        file=scenario.span.file,
        results=judge(scenario.name, scenario.variant, scenario.expect, system, outcome, traces),
        seconds=time.perf_counter() - started,
        complete=outcome.complete,
        lines=source_lines(system),
        reached=outcome.reached,
    )


def _search(
    scenario: Scenario, system: System, options: Options, on_progress: OnProgress | None
) -> tuple[System, Outcome]:
    """Search until the expectation is decided: past the first violation if that is not the one to look for.

    Also returns the system whose initial states the findings count.
    """
    from thpverify.explicit.cache import user_cache_directory
    from thpverify.explicit.search import search

    def run(collect_all: bool) -> tuple[System, Outcome]:
        if options.engine == "z3":
            return _prove(scenario, system, options, collect_all, on_progress)
        return system, search(
            system,
            limits=options.limits,
            threads=options.threads,
            collect_all=collect_all,
            progress=on_progress,
            cache=user_cache_directory() if options.cache else None,
        )

    found, outcome = run(options.collect_all)
    wanted = scenario.expect.violated[:1]
    if wanted and outcome.stopped == "violation" and wanted[0] not in violated_names(outcome):
        return run(True)
    return found, outcome


def _prove(
    scenario: Scenario, system: System, options: Options, collect_all: bool, on_progress: OnProgress | None
) -> tuple[System, Outcome]:
    """The same with z3, which is imported only here; writes the certificate of what is proved, if one is wanted."""
    from thpverify.symbolic.certificate import write_certificate
    from thpverify.symbolic.engine import prove

    attempt = prove(
        system, limits=options.limits, depth=options.depth, collect_all=collect_all, progress=on_progress
    )
    if options.certificate is not None and attempt.outcome.proofs:
        try:
            write_certificate(options.certificate, scenario, attempt)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CertificateNotWritten(f"cannot write a certificate to {options.certificate}: {reason}") from error
    return attempt.system, attempt.outcome


def failure(scenario: Scenario, trouble: Trouble, message: str, details: str = "") -> Report:
    """A report that has no verdict to give: because of `trouble`, unless somebody changes the model meanwhile."""
    changed = changed_files(scenario.span.file)
    if changed:
        trouble, message, details = Trouble.MODEL, f"{', '.join(changed)}: changed while it was read; check again", ""
    return Report(
        scenario.name, scenario.variant, scenario.span.file, trouble=trouble, message=message, details=details
    )


def unknown(scenario: Scenario, stopped: str) -> Report:
    """A report of a scenario that was given up, or never begun."""
    kinds = {prop.name: prop.kind for prop in scenario.properties}
    for name in scenario.expect.violated[:1]:
        kinds.setdefault(name, name)
    results = tuple(
        Result(
            scenario=scenario.name,
            variant=scenario.variant,
            property=name,
            kind=kind,
            verdict=Verdict.UNKNOWN,
            expected=expected_of(name, scenario.expect),
            stopped=stopped,
        )
        for name, kind in kinds.items()
    )
    return Report(
        scenario.name, scenario.variant, scenario.span.file, results, trouble=Trouble.STOPPED, message=stopped
    )
