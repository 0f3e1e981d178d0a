"""`list`, `export`, `crosscheck`, and what all commands share."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, Write
from thpverify import __version__
from thpverify.cli.check import share_cores
from thpverify.cli.quantities import duration, memory
from thpverify.export.crosscheck import missing_programs
from thpverify.loader.shipped import SHIPPED_ROOT

PACKAGE = Path(__file__).parents[2] / "thpverify"


@pytest.mark.parametrize(
    ("text", "number"),
    [("4096", 4096), ("512M", 512 * 2**20), ("2G", 2**31), ("1.5GiB", 3 * 2**29), ("64 KB", 2**16), ("1T", 2**40)],
)
def test_memory(text: str, number: int) -> None:
    assert memory(text) == number


@pytest.mark.parametrize(("text", "number"), [("90", 90), ("0.5", 0.5), ("90s", 90), ("5m", 300), ("1h", 3600)])
def test_time(text: str, number: float) -> None:
    assert duration(text) == number


@pytest.mark.parametrize("text", ["", "0", "0M", "-1", "M", "12X", "1e3", "inf", "1 2"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is not an amount of memory"):
        memory(text)
    with pytest.raises(ValueError, match="is not a time"):
        duration(text)


def test_cores_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)))
    assert share_cores(1, None, None, limited=False) == (1, 8)
    assert share_cores(3, None, None, limited=False) == (3, 2)
    assert share_cores(50, None, None, limited=False) == (8, 1)
    assert share_cores(50, None, None, limited=True) == (1, 8)
    assert share_cores(50, None, 4, limited=False) == (1, 4)
    assert share_cores(50, 2, None, limited=True) == (2, 4)
    assert share_cores(0, None, None, limited=False) == (1, 8)


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"{__version__}\n"
    text = run("--help").out
    for name in ("check", "list", "replay", "export", "crosscheck"):
        assert name in text
        assert run(name, "--help").code == 0


def test_list_names_variant_expectation_and_place(run: Run, write: Write) -> None:
    expected = "variant='v1', expect=violates('below_three')"
    file = write("m.py", "declare('ok', below_five)", f"declare('bad', below_three, {expected})")
    ran = run("list", file)
    assert ran.code == 0
    first, second = ran.out.splitlines()
    assert first.split()[:2] == ["ok", "holds"]
    assert second.split()[:3] == ["bad@v1", "violates", "below_three"]
    assert "m.py:" in second


def test_list_has_the_large_models_too(run: Run) -> None:
    names = [line.split()[0] for line in run("list").out.splitlines()]
    assert {"bench-thp-S", "bench-thp-L", "bench-thp-M@no-retry"} <= set(names)


@pytest.mark.parametrize(("language", "word"), [("promela", "proctype"), ("murphi", "startstate")])
def test_export(run: Run, write: Write, tmp_path: Path, language: str, word: str) -> None:
    file = write("m.py", "declare('ok', below_five)", "declare('bad', below_three)")
    printed = run("export", f"{file}::ok", "--to", language)
    assert printed.code == 0
    assert word in printed.out.lower()
    written = run("export", f"{file}::ok", "--to", language, "-o", tmp_path / "model")
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "model").read_text() == printed.out
    several = run("export", file, "--to", language)
    assert (several.code, several.out) == (2, "")
    assert "is 2 scenarios, export takes one: ok, bad" in several.err
    assert run("export", f"{file}::ok", "--to", language, "-o", tmp_path / "no" / "model").code == 2


@pytest.mark.skipif(bool(missing_programs("spin")), reason="needs spin and gcc")
def test_crosscheck(run: Run, write: Write) -> None:
    file = write("m.py", "declare('ok', below_five)", "declare('bad', below_three)")
    ran = run("crosscheck", file, "--tool", "spin")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[-1] == "2 scenarios: 2 agreements, 0 differences, 0 without an answer, 0 left out"
    large = run("crosscheck", file, "--tool", "spin", "--max-states", 1)
    assert large.code == 0
    assert "ok: left out, it has more than 1 state" in large.out
    assert large.out.splitlines()[-1].endswith("0 agreements, 0 differences, 0 without an answer, 2 left out")
    drawn = [run("crosscheck", file, "--tool", "spin", "--sample", 1, "--seed", seed).out for seed in "aab"]
    assert drawn[0] == drawn[1]
    assert drawn[2].splitlines()[-1].startswith("1 scenario: 1 agreement,")


def test_crosscheck_wants_its_tools(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    ran = run("crosscheck", write("m.py", "declare('ok', below_five)"))
    assert (ran.code, ran.out) == (2, "")
    assert "not installed: gcc" in ran.err


def test_an_install_works_from_anywhere_and_adds_no_top_level_names(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(PACKAGE, site / "thpverify", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("models", "properties"):
        shutil.copytree(SHIPPED_ROOT / name, site / "thpverify" / name, ignore=shutil.ignore_patterns("__pycache__"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    ran = subprocess.run(
        [sys.executable, "-m", "thpverify", "list", "bench-thp-S"], cwd=elsewhere, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(site)}, timeout=60, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert f"{site}/thpverify/models/bench/thp_refcount.py" in ran.stdout
    assert [path.name for path in site.iterdir()] == ["thpverify"]


def test_a_command_imports_only_what_it_needs() -> None:
    code = "import sys; from thpverify.cli import main; main(['list', 'bench-thp-S']); print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert {"z3", "numpy", "jinja2", "llvmlite", "rich", "thpverify.explicit"} & set(ran.stdout.split()) == set()
