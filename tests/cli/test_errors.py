"""Bad input: one clear line each, the right exit code, nothing lost."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Ran, Run, Write, command, finished
from thpverify.lang.scenarios import Scenario
from thpverify.traces.errors import ReplayMismatch


def one_line(ran: Ran) -> str:
    assert ran.out == ""
    assert ran.err.startswith("thpverify: ")
    assert ran.err.count("\n") == 1, ran.err
    return ran.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("check", "absent.py"), "absent.py: no such file or directory"),
        (("check", "no-such-scenario"), "unknown scenario 'no-such-scenario'; "),
        (("check", "bench-thp-s"), "did you mean bench-thp-S?"),
        (("check", "bench-thp-M@v1"), "scenario bench-thp-M has no variant 'v1'"),
        (("check", "--colour"), "Unknown option"),
        (("check", "--max-memory", "much"), "'much' is not an amount of memory such as 512M or 2G"),
        (("check", "--max-time", "soon"), "'soon' is not a time such as 90, 5m or 1h"),
        (("check", "--max-states", "0"), "Must be >= 1"),
        (("check", "--threads", "two"), "--threads"),
        (("chekc",), "chekc"),
        (("export", "bench-thp-S"), "--to"),
        (("export", "bench-thp-S", "--to", "tla"), "tla"),
        (("replay", "absent.json"), "absent.json"),
        (("list", "absent.py"), "absent.py: no such file or directory"),
    ],
)
def test_bad_usage(run: Run, arguments: tuple[str, ...], says: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert says in one_line(ran)


def test_a_file_that_is_no_model(run: Run, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "empty.py").write_text("")
    (tmp_path / "raises.py").write_text("import os\nos.nothing()\n")
    for name, says in (
        ("notes.txt", "no model"), ("empty.py", "no scenario in it"), ("raises.py", "raises.py:2: the model fails"),
    ):  # fmt: skip
        ran = run("check", tmp_path / name)
        assert ran.code == 2
        assert says in one_line(ran)


def test_a_mistake_in_a_model_has_its_place_and_a_hint(run: Run, write: Write) -> None:
    lines = ["@invariant", "def wrong(s: State) -> bool:", "    return s.m < 3", "declare('wrong', wrong)"]
    ran = run("check", file := write("m.py", *lines), "--no-color")
    assert ran.code == 2
    assert "FAIL  wrong" in ran.out
    assert f"{file}:" in ran.out
    assert "THP023" in ran.out
    assert "return s.m < 3" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_a_state_that_is_too_wide(run: Run, write: Write) -> None:
    lines = [
        "@record", "class Wide:", "    n: Int[0, 9] = 0", "    much: Array[700, Int[0, 200]] = 0",
        "scenario('wide', state=Wide, threads=[count()], properties=[below_five])",
    ]  # fmt: skip
    file = write("m.py", "from thpverify.lang import Array", *lines)
    ran = run("check", file)
    assert ran.code == 2
    assert "much" in ran.out
    assert "4096" in ran.out
    assert "Traceback" not in ran.out + ran.err


@pytest.mark.parametrize("option", ["--json", "--junit"])
@pytest.mark.parametrize("path", ["/nonexistent/out", "/dev/full"])
def test_an_output_that_cannot_be_written_keeps_the_others(
    run: Run, write: Write, tmp_path: Path, option: str, path: str
) -> None:
    other = tmp_path / "other"
    ran = run("check", write("m.py", "declare('ok', below_five)"), option, path, *_other(option, other))
    assert ran.code == 2
    assert ran.out.startswith("ok ")
    assert ran.err.count("\n") == 1
    assert ran.err.startswith(f"thpverify: cannot write {path}: ")
    assert other.stat().st_size > 0


def _other(option: str, path: Path) -> tuple[str, str]:
    return ("--junit" if option == "--json" else "--json", str(path))


def test_a_trace_directory_that_cannot_be_made(run: Run, write: Write, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    traces = tmp_path / "file" / "t"
    ran = run("check", write("m.py", "declare('bad', below_three)"), "--trace-dir", traces, "--json", tmp_path / "r")
    assert ran.code == 2
    assert ran.err.startswith(f"thpverify: cannot write traces to {traces}: ")
    assert '"trace": null' in (tmp_path / "r").read_text()


def test_a_full_disk_behind_the_standard_output(write: Write) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        ran = subprocess.run(
            command("check", write("m.py", "declare('ok', below_five)")),
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stderr == "thpverify: output: No space left on device\n"


def test_a_reader_that_has_seen_enough(write: Write) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ran = subprocess.run(command("list"), stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writing)
    assert ran.stderr == ""


def test_a_cache_that_cannot_be_used_costs_only_time(write: Write, tmp_path: Path) -> None:
    file = write("m.py", "declare('ok', below_five)", "declare('too', below_five)")
    (tmp_path / "file").write_text("")
    ran = finished("check", file, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "file")})
    assert ran.returncode == 0
    assert ran.stderr.startswith("thpverify: ")
    assert ran.stderr.count("\n") == 1
    assert str(tmp_path / "file") in ran.stderr


def test_a_corrupt_cache_is_made_anew(run: Run, write: Write, tmp_path: Path) -> None:
    file = write("m.py", "declare('bad', below_three)")
    before = run("check", file, "--no-color").out.splitlines()[:-1]
    entries = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert entries
    for entry in entries:
        entry.write_bytes(entry.read_bytes()[:-100] + b"\0" * 10)
    again = run("check", file, "--no-color")
    assert (again.code, again.err) == (1, "")
    assert "below_three is violated after 3 steps" in "\n".join(before)
    assert "below_three is violated after 3 steps" in again.out


def test_an_error_of_ours_is_told_in_words(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def broken(*arguments: object, **options: object) -> None:
        raise KeyError("what happened")

    monkeypatch.setattr("thpverify.cli.list.select", broken)
    ran = run("list")
    assert ran.code == 1
    line = one_line(ran)
    assert "internal error: KeyError: 'what happened'; this is a bug in thpverify: please report it" in line
    traceback = Path(line.split()[-1])
    assert traceback.parent == tmp_path
    assert "in broken" in traceback.read_text()


def test_an_error_of_ours_in_one_scenario_lets_the_others_go_on(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    from thpverify.compiler import compile_scenario

    def broken(scenario: Scenario, **options: bool) -> object:
        if scenario.name == "odd":
            raise KeyError("what happened")
        return compile_scenario(scenario, **options)

    monkeypatch.setattr("thpverify.compiler.compile_scenario", broken)
    ran = run("check", write("m.py", "declare('odd', below_five)", "declare('ok', below_five)"))
    assert ran.code == 1
    assert "internal error: KeyError: 'what happened'" in ran.out
    assert "ok    ok" in ran.out
    assert "Traceback" not in ran.out + ran.err


def test_a_trace_that_does_not_replay_is_a_bug_of_ours(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def mismatch(*arguments: object) -> None:
        raise ReplayMismatch(2, "n is 3, not 2")

    # The package has a function of the module's name.
    monkeypatch.setattr(importlib.import_module("thpverify.traces.replay"), "replay", mismatch)
    file = write("m.py", "declare('bad', below_three, expect=violates('below_three'))")
    ran = run("check", file, "--json", tmp_path / "r")
    assert ran.code == 1
    assert "the trace of below_three does not replay, so the verdict cannot be trusted: step 2: n is 3" in ran.out
    assert "this is a bug in thpverify" in ran.out
    assert '"kind": "bug"' in (tmp_path / "r").read_text()


def test_a_process_that_dies_takes_nothing_with_it(run: Run, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    from thpverify.compiler import compile_scenario

    def killed(scenario: Scenario, **options: bool) -> object:
        if scenario.name == "big":
            os.kill(os.getpid(), signal.SIGKILL)
        return compile_scenario(scenario, **options)

    monkeypatch.setattr("thpverify.compiler.compile_scenario", killed)
    ran = run("check", write("m.py", "declare('big', below_five)", "declare('ok', below_five)"))
    assert ran.code == 3
    assert "unknown: killed, probably by the system for want of memory" in " ".join(ran.out.split())
    assert "ok    ok" in ran.out


def test_a_model_that_changes_meanwhile_is_no_bug_of_ours(
    run: Run, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write("m.py", "declare('ok', below_five)")

    def meanwhile(scenario: Scenario, **options: bool) -> object:
        file.write_text("# another text\n")
        raise KeyError("a line that is no longer there")

    monkeypatch.setattr("thpverify.compiler.compile_scenario", meanwhile)
    ran = run("check", file)
    assert ran.code == 2
    assert f"{file}: changed while it was read; check again" in " ".join(ran.out.split())
