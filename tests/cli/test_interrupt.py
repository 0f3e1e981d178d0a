"""Ctrl-C: what is known is reported, and the exit code says that it is not everything."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Write, command, finished


def interrupted(file: Path, results: Path, number: signal.Signals, *, group: bool) -> subprocess.CompletedProcess[str]:
    process = subprocess.Popen(
        [*command("check", file, "--json", results)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "XDG_CACHE_HOME": str(results.parent / "cache")},
    )  # fmt: skip
    time.sleep(2)
    if group:
        os.killpg(process.pid, number)
    else:
        os.kill(process.pid, number)
    out, err = process.communicate(timeout=20)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.mark.parametrize("group", [True, False], ids=["terminal", "kill"])
def test_an_interrupt_reports_what_is_known(write: Write, tmp_path: Path, group: bool) -> None:

    file = write("m.py", model="large")
    results = tmp_path / "r.json"
    ran = interrupted(file, results, signal.SIGINT, group=group)
    assert ran.returncode == 3
    assert ran.stderr == ""
    assert ran.stdout.startswith("??    large")
    document = json.loads(results.read_text())
    large = [r for r in document["results"] if r["scenario"] == "large"]
    assert {(r["verdict"], r["stopped"]) for r in large} <= {("bounded", "interrupted"), ("unknown", "interrupted")}
    assert large


def test_a_request_to_end_is_an_interrupt(write: Write, tmp_path: Path) -> None:
    ran = interrupted(write("m.py", model="large"), tmp_path / "r.json", signal.SIGTERM, group=False)
    assert ran.returncode == 3
    assert (tmp_path / "r.json").exists()


def test_an_interrupt_before_there_is_anything_to_report(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("while True:\n    pass\n")
    ran = interrupted(tmp_path / "m.py", tmp_path / "r.json", signal.SIGINT, group=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (3, "", "thpverify: interrupted\n")


def on_terminal(*arguments: object, **environment: str) -> str:
    """What a command shows on a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command(*arguments), stdin=slave, stdout=slave, stderr=slave, close_fds=True,
        env={**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm", **environment},
    )  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the terminal's other side was closed
            break
        if not part:
            break
        shown += part
    process.wait(timeout=20)
    os.close(master)
    return shown.decode()


def test_a_terminal_has_colour_and_progress_and_a_pipe_has_not(write: Write, tmp_path: Path) -> None:
    file = write("m.py", model="large")
    shown = on_terminal("check", file, "--max-time", "1", XDG_CACHE_HOME=str(tmp_path))
    assert "\x1b[33m??\x1b[0m" in shown
    assert re.search(r"\r\x1b\[K[\d,]+ states, [\d.]+ M/s, depth \d+, frontier [\d,]+, [\d.]+ MiB, ", shown)
    for quiet in (
        on_terminal("check", file, "--max-states", "9", NO_COLOR="1", XDG_CACHE_HOME=str(tmp_path)),
        on_terminal("check", file, "--max-states", "9", "--no-color", XDG_CACHE_HOME=str(tmp_path)),
    ):
        assert "\x1b[33m" not in quiet
    piped = finished("check", file, "--max-time", "0.5", env={**os.environ, "XDG_CACHE_HOME": str(tmp_path)})
    assert "\x1b" not in piped.stdout + piped.stderr
    assert piped.stderr == ""
