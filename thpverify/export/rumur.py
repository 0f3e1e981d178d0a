"""Running Rumur on an exported model."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from xml.etree import ElementTree

from thpverify.export.errors import ToolError
from thpverify.export.murphi import FINISHED, deadlock_detection, needs_idling, to_murphi, value_type
from thpverify.export.names import comment
from thpverify.export.programs import DEFAULT_TIMEOUTS, Timeouts, run
from thpverify.export.tools import Findings, Violation
from thpverify.ir.system import System

PROGRAMS = ("rumur", "gcc")


def run_rumur(
    system: System, *, threads: int = 1, optimise: str = "-O3", timeouts: Timeouts = DEFAULT_TIMEOUTS
) -> Findings:
    """Let Rumur search all of `system`, breadth first; with one thread its paths are shortest.

    Raises:
        ExportError: Murphi cannot express the system.
        ToolError: Rumur or the C compiler failed.
    """
    with tempfile.TemporaryDirectory(prefix="thpverify-rumur-") as name:
        directory = Path(name)
        (directory / "model.m").write_text(to_murphi(system))
        options = ["--threads", str(threads), "--deadlock-detection", deadlock_detection(system)]
        options += ["--value-type", value_type(system), "--output-format", "machine-readable", "--quiet"]
        translation = run(["rumur", *options, "-o", "model.c", "model.m"], directory, timeouts.translate)
        # Rumur's own build script passes -mcx16 where the processor has 16-byte compare-and-swap.
        command = ["gcc", "-w", "-std=c11", optimise, "-mcx16", "-o", "model", "model.c", "-lpthread"]
        compilation = run(command, directory, timeouts.compile)
        search = run([str(directory / "model")], directory, timeouts.search, accepted=frozenset({0, 1}))
    try:
        report = ElementTree.fromstring(search.output)
    except ElementTree.ParseError as error:
        raise ToolError(f"rumur's verifier wrote no report: {comment(search.output)[-300:]}") from error
    summary = report.find("summary")
    if summary is None:
        raise ToolError(f"rumur's verifier did not finish: {comment(search.output)[-300:]}")
    hits = {c.attrib["message"]: int(c.attrib["count"]) for c in report.iter("cover_result")}
    idle = hits.pop(FINISHED, 0) if needs_idling(system) else 0
    return Findings(
        tool="rumur",
        states=int(summary.attrib["states"]),
        transitions=int(summary.attrib["rules_fired"]) - idle,
        startup_states=0,
        startup_transitions=idle,
        violation=_violation(report),
        witnesses={p.name: hits[comment(p.name)] for p in system.properties if comment(p.name) in hits},
        seconds=search.seconds,
        cpu_seconds=search.cpu_seconds,
        compile_seconds=translation.cpu_seconds + compilation.cpu_seconds,
        peak_bytes=search.peak_bytes,
    )


def _violation(report: ElementTree.Element) -> Violation | None:
    error = report.find("error")
    if error is None:
        return None
    message = error.findtext("message", "")
    steps = sum(1 for t in error.iter("transition") if (t.text or "").startswith("Rule"))
    if message == "deadlock":
        return Violation("deadlock", "deadlock", steps, message)
    if found := re.fullmatch(r'invariant "(.*)" failed', message):
        return Violation("invariant", found[1], steps, message)
    if found := re.match(r"Assertion failed: [^ ]+ (assertion|range|index|division): ", message):
        return Violation("check", found[1], steps, message)
    raise ToolError(f"rumur: {message}")
