"""``check --engine z3`` and ``recheck`` from the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from tests.cli.conftest import Run, Write, run, write  # noqa: F401
from thpverify.reports.results import schema


def test_what_is_proved(run: Run, write: Write, tmp_path: Path) -> None:  # noqa: F811
    file = write("m.py", "declare('ok', below_five, gets_to_two)")
    ran = run("check", "--engine", "z3", file, "--json", str(tmp_path / "out.json"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("ok    ok ")
    assert "proved: " in ran.out
    document = json.loads((tmp_path / "out.json").read_text())
    jsonschema.validate(document, schema())
    verdicts = {result["property"]: result["verdict"] for result in document["results"]}
    assert verdicts["below_five"] == "proved"
    assert verdicts["gets_to_two"] == "holds"
    why = next(r["why"] for r in document["results"] if r["property"] == "below_five")
    assert why.startswith("at any depth, for the sizes of this scenario, steps sequentially consistent; by induction")


def test_a_counterexample_is_told_as_ever(run: Run, write: Write) -> None:  # noqa: F811
    file = write("m.py", "declare('bad', below_three, below_five)")
    by_z3, by_search = run("check", "--engine", "z3", file), run("check", file)
    assert by_z3.code == by_search.code == 1
    start = "below_three is violated after 3 steps"
    assert start in by_search.out
    # All but the last line, which has numbers of the engine's.
    assert (
        by_z3.out[by_z3.out.index(start) :].splitlines()[:-1]
        == (by_search.out[by_search.out.index(start) :].splitlines()[:-1])
    )


def test_what_is_never_reached_is_proved_to_be(run: Run, write: Write) -> None:  # noqa: F811
    ran = run("check", "--engine", "z3", "--depth", "2", write("m.py", "declare('never', gets_to_nine)"))
    assert ran.code == 1
    assert "never reached at any depth" in ran.out


@pytest.mark.parametrize("option", ["--depth", "--certificate"])
def test_options_of_z3_are_refused_without_it(run: Run, write: Write, option: str) -> None:  # noqa: F811
    ran = run("check", write("m.py", "declare('ok', below_five)"), option, "3")
    assert ran.code == 2
    assert ran.err == f"thpverify: {option} is for --engine z3\n"


def test_a_certificate_is_written_and_checked_again(run: Run, write: Write, tmp_path: Path) -> None:  # noqa: F811
    file = write("m.py", "declare('ok', below_five)")
    assert run("check", "--engine", "z3", file, "--certificate", str(tmp_path / "c")).code == 0
    home = str(tmp_path / "c" / "ok")
    ran = run("recheck", home, "--model", file, "--lemmas")
    assert (ran.code, ran.err) == (0, "")
    assert "below_five: at any depth" in ran.out
    assert "stands: ok, " in ran.out.splitlines()[-1]
    only = run("recheck", home, "--files-only", "--solver", "z3")
    assert only.code == 0
    assert "not compared with the model" in only.out
    changed = write("m.py", "declare('ok', below_five, below_three)")
    ran = run("recheck", home, "--model", changed)
    assert ran.code == 1
    assert "the model: is not the one that the certificate was made for" in ran.out
    assert "does not stand: ok" in ran.out


def test_recheck_of_nothing(run: Run, tmp_path: Path) -> None:  # noqa: F811
    ran = run("recheck", str(tmp_path))
    assert ran.code == 2
    assert "no certificate, manifest.json is missing" in ran.err


def test_a_place_where_nothing_can_be_written(run: Run, write: Write, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "file").write_text("")
    ran = run(
        "check", "--engine", "z3", write("m.py", "declare('ok', below_five)"), "--certificate", str(tmp_path / "file")
    )
    assert ran.code == 2


def test_a_search_does_not_import_z3() -> None:
    code = """
import sys
import thpverify.cli.check, thpverify.cli.recheck
from thpverify.checker.options import Options
from thpverify.checker.scenario import check
from thpverify.loader.select import find
assert str(check(find("kvm-roots", "", None), Options()).status) == "as expected"
assert "z3" not in sys.modules, "imported"
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
