"""``check``: verdicts, exit codes, and the files it writes."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import itf_py
import jsonschema
import pytest

from tests.cli.conftest import Run, Write
from thpverify.reports.results import schema
from thpverify.reports.text import WIDTH


def test_what_holds(run: Run, write: Write) -> None:
    ran = run("check", write("m.py", "declare('ok', below_five, gets_to_two)"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("ok    ok     ")
    assert "holds, complete: 6 states" in ran.out
    assert ran.out.splitlines()[-1].startswith("1 scenario: 1 as expected (6 states")


def test_a_counterexample_is_told_step_by_step(run: Run, write: Write) -> None:
    ran = run("check", write("m.py", "declare('bad', below_three, below_five)"))
    assert ran.code == 1
    text = ran.out
    assert "FAIL  bad" in text
    assert "below_three is violated after 3 steps" in text
    assert "n: 2 -> 3" in text
    assert "broken: below_three: The counter stays low." in text
    assert "with n = 3" in text
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert "\x1b" not in text


def test_an_expected_counterexample_is_a_success(run: Run, write: Write) -> None:
    file = write("m.py", "declare('bad', below_three, expect=violates('below_three'))", "declare('ok', below_five)")
    ran = run("check", file)
    assert ran.code == 0
    assert "violated, as expected: below_three after 3 steps" in ran.out
    assert "is violated after" not in ran.out
    assert "1 expected counterexample not shown; --traces shows them" in ran.out
    assert "below_three is violated after 3 steps" in run("check", file, "--traces").out
    assert run("check", file, "--quiet").out.count("\n") == 1


def test_an_expected_counterexample_that_does_not_come_fails(run: Run, write: Write) -> None:
    ran = run("check", write("m.py", "declare('fixed', below_five, expect=violates('below_five'))"))
    assert ran.code == 1
    assert "FAIL  fixed" in ran.out


def test_the_search_goes_on_to_the_expected_counterexample(run: Run, write: Write) -> None:
    lines = ["@invariant", "def not_four(s: State) -> bool:", "    return s.n != 4"]
    ran = run("check", write("m.py", *lines, "declare('bad', below_three, not_four, expect=violates('not_four'))"))
    assert ran.code == 0
    assert "violated, as expected: not_four after 4 steps and 1 more" in ran.out


def test_what_is_never_reached_fails(run: Run, write: Write) -> None:
    ran = run("check", write("m.py", "declare('vacuous', gets_to_nine)"))
    assert ran.code == 1
    assert "never reached in any of 6 states" in ran.out


def test_all_gives_every_property_its_verdict(run: Run, write: Write, tmp_path: Path) -> None:
    file, out = write("m.py", "declare('bad', below_three, below_five, gets_to_nine)"), tmp_path / "r.json"
    run("check", file, "--json", out)
    assert [r["verdict"] for r in json.loads(out.read_text())["results"]][:3] == ["violated", "bounded", "bounded"]
    run("check", file, "--all", "--json", out)
    assert [r["verdict"] for r in json.loads(out.read_text())["results"]][:3] == ["violated", "holds", "violated"]


@pytest.mark.parametrize(
    ("limit", "says"),
    [
        (("--max-states", "2"), "state limit of 2"),
        (("--max-depth", "1"), "depth limit of 1"),
        (("--max-memory", "1K"), "memory limit of"),
        (("--max-time", "0.000001"), "time limit of"),
    ],
)
def test_a_limit_gives_no_verdict(run: Run, write: Write, tmp_path: Path, limit: tuple[str, str], says: str) -> None:
    out = tmp_path / "r.json"
    ran = run("check", write("m.py", "declare('ok', below_five)"), *limit, "--json", out)
    assert ran.code == 3
    assert ran.out.startswith("??")
    for result in json.loads(out.read_text())["results"]:
        assert result["verdict"] in ("bounded", "unknown")
        assert says in result["stopped"]
        assert result["as_expected"] is None


def test_results_are_written_for_programs(run: Run, write: Write, tmp_path: Path) -> None:
    file = write("m.py", "declare('bad', below_three, gets_to_two, variant='v4.5+a')", "declare('ok', below_five)")
    results, junit, traces = tmp_path / "r.json", tmp_path / "j.xml", tmp_path / "deep" / "traces"
    ran = run("check", file, "--json", results, "--junit", junit, "--trace-dir", traces)
    assert ran.code == 1
    document = json.loads(results.read_text())
    jsonschema.validate(document, schema())
    assert document["exit_code"] == 1
    by_name = {(r["scenario"], r["property"]): r for r in document["results"]}
    assert by_name["bad", "below_three"]["trace"] == str(traces / "bad@v4.5+a.below_three.json")
    assert by_name["bad", "below_three"]["steps"] == 3
    assert by_name["bad", "gets_to_two"]["verdict"] == "holds"
    assert by_name["ok", "below_five"]["trace"] is None
    assert sorted(path.name for path in traces.iterdir()) == [
        "bad@v4.5+a.below_three.itf.json", "bad@v4.5+a.below_three.json",
        "bad@v4.5+a.gets_to_two.itf.json", "bad@v4.5+a.gets_to_two.json",
    ]  # fmt: skip
    itf = itf_py.trace_from_json(json.loads((traces / "bad@v4.5+a.below_three.itf.json").read_text()))
    assert len(itf.states) == 4
    failures = ET.fromstring(junit.read_text()).findall(".//failure")
    assert len(failures) == 1
    assert "below_three is violated after 3 steps" in (failures[0].text or "")


def test_dead_code_is_a_warning(run: Run, write: Write, tmp_path: Path) -> None:
    lines = ["@thread", "def idle(s: State):", "    yield", "    if s.n > 7:", "        s.n = 0", "    yield 'idle'"]
    file = write("m.py", *lines, "scenario('dead', state=State, threads=[count(), idle()], properties=[below_five])")
    dead = file.read_text().splitlines().index("        s.n = 0") + 1
    out = tmp_path / "r.json"
    ran = run("check", file, "--json", out)
    assert ran.code == 0
    assert f"warning: never executed: {file}:{dead}" in " ".join(ran.out.split())
    assert json.loads(out.read_text())["warnings"] == [{"kind": "never executed", "file": str(file), "line": dead}]


def test_side_by_side_keeps_the_order_and_the_results(run: Run, write: Write, tmp_path: Path) -> None:
    file = write("m.py", *(f"declare('s{n}', below_five, below_three)" for n in range(5)))
    runs = []
    for jobs in ("1", "3"):
        out = tmp_path / f"r{jobs}.json"
        ran = run("check", file, "--jobs", jobs, "--json", out)
        heads = [line.split()[1] for line in ran.out.splitlines() if line.startswith("FAIL")]
        assert heads == [f"s{n}" for n in range(5)]
        results = json.loads(out.read_text())["results"]
        runs.append([(r["scenario"], r["property"], r["verdict"], r["states"]) for r in results])
    assert runs[0] == runs[1]


def test_threads_change_no_result(run: Run, write: Write) -> None:
    file = write("m.py", "declare('bad', below_three)")
    assert "below_three is violated after 3 steps" in run("check", file, "--threads", 2).out


def test_without_the_cache_nothing_is_kept(run: Run, write: Write, tmp_path: Path) -> None:
    file = write("m.py", "declare('ok', below_five)")
    assert run("check", file, "--no-cache").code == 0
    assert not (tmp_path / "cache").exists()
    assert run("check", file).code == 0
    assert any((tmp_path / "cache" / "thpverify").iterdir())


def test_a_broken_file_does_not_keep_the_others_from_being_checked(run: Run, write: Write, tmp_path: Path) -> None:
    write("a.py", "declare('a', below_five)")
    write("b.py", "1 // 0")
    out = tmp_path / "r.json"
    ran = run("check", tmp_path, "--json", out)
    assert ran.code == 2
    assert "ok    a" in ran.out
    assert "ZeroDivisionError" in ran.out
    document = json.loads(out.read_text())
    jsonschema.validate(document, schema())
    assert (document["exit_code"], [e["kind"] for e in document["errors"]]) == (2, ["load"])
