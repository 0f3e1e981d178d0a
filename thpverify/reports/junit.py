"""A run as JUnit XML, for continuous integration: a test case per result, the trace in its output."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from thpverify.checker.result import Expected, Report, Result, Run, Trouble, Verdict
from thpverify.reports.counterexample import show_trace

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_junit(run: Run) -> str:
    """The text of a JUnit file."""
    root = ET.Element("testsuites", name="thpverify")
    for report in run.reports:
        _add_suite(root, report)
    if run.broken:
        suite = ET.SubElement(root, "testsuite", name="models")
        for text in run.broken:
            case = ET.SubElement(suite, "testcase", classname="models", name="load", time="0")
            _add_output(case, "error", text.splitlines()[0], text)
    for suite in root:
        _count(suite)
    _count(root)
    ET.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _add_suite(root: ET.Element, report: Report) -> None:
    suite = ET.SubElement(root, "testsuite", name=_clean(report.title), time=f"{report.seconds:.3f}")
    for result in report.results:
        _add_case(suite, report.title, result)
    if report.trouble in (Trouble.MODEL, Trouble.BUG):
        case = ET.SubElement(suite, "testcase", classname=_clean(report.title), name="check", time="0")
        _add_output(case, "error", report.message.splitlines()[0], report.message)


def _add_case(suite: ET.Element, title: str, result: Result) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=_clean(title), name=_clean(result.property), time=f"{result.seconds:.3f}"
    )
    violated = result.verdict is Verdict.VIOLATED
    told = "\n".join(show_trace(result.trace)) if result.trace is not None and violated else ""
    if result.as_expected is None:
        _add_output(case, "skipped", f"{result.verdict}: {result.stopped}", "")
    elif result.as_expected:
        if told:
            ET.SubElement(case, "system-out").text = _clean(told)
    else:
        expected = "" if result.expected is Expected.ANY else f", expected: {result.expected}"
        _add_output(case, "failure", f"{result.verdict}{expected}", told or result.why or "")


def _add_output(case: ET.Element, tag: str, message: str, text: str) -> None:
    ET.SubElement(case, tag, message=_clean(message)).text = _clean(text)


def _count(element: ET.Element) -> None:
    element.set("tests", str(len(element.findall(".//testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        element.set(attribute, str(len(element.findall(f".//{tag}"))))


def _clean(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return _NOT_XML.sub("?", text)
