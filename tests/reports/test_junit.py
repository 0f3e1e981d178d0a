"""Results as JUnit XML."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from tests.reports.examples import EVERYTHING
from thpverify.reports.junit import to_junit


def cases() -> dict[tuple[str, str], ET.Element]:
    root = ET.fromstring(to_junit(EVERYTHING))
    return {(suite.get("name", ""), case.get("name", "")): case for suite in root for case in suite}


def test_the_counts_are_those_of_the_cases() -> None:
    root = ET.fromstring(to_junit(EVERYTHING))
    assert root.tag == "testsuites"
    tags = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for element in (root, *root):
        for attribute, tag in tags.items():
            assert int(element.get(attribute, "")) == sum(1 for _ in element.iter(tag)), attribute
    assert (root.get("failures"), root.get("errors")) == ("2", "3")


def test_every_case_has_what_servers_read() -> None:
    for case in cases().values():
        assert case.get("classname")
        assert case.get("name")
        assert float(case.get("time", "")) >= 0


def test_a_failure_has_the_trace() -> None:
    failure = cases()["kvm-level@v4.5", "level_not_above_primary"].find("failure")
    assert failure is not None
    assert failure.get("message") == "violated, expected: holds"
    assert "split_pmd: pmd zapped" in (failure.text or "")
    assert "never reached" in (cases()["kvm-level@v4.5", "maps_2m"].findtext("failure") or "")


def test_an_expected_counterexample_is_no_failure() -> None:
    case = cases()["kvm-level@v4.4", "level_not_above_primary"]
    assert [child.tag for child in case] == ["system-out"]
    assert "split_pmd: pmd zapped" in (case.findtext("system-out") or "")


def test_an_undecided_case_is_skipped_and_says_why() -> None:
    skipped = cases()["large", "small"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "bounded: memory limit of 512 MiB"


def test_what_xml_cannot_hold_is_replaced() -> None:
    error = cases()["odd", "check"].find("error")
    assert error is not None
    assert error.text == "the trace of small does not replay: step 3: ?"
