"""Models and runs for the command line."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import pytest

from thpverify.cli import main

MODELS = {
    "counter": '''
from thpverify.lang import Int, invariant, reachable, record, scenario, thread, violates

@record
class State:
    n: Int[0, 9] = 0

@thread
def count(s: State):
    while s.n < 4:
        s.n += 1
        yield "counted"

@invariant
def below_three(s: State) -> bool:
    """The counter stays low."""
    return s.n < 3

@invariant
def below_five(s: State) -> bool:
    return s.n < 5

@reachable
def gets_to_two(s: State) -> bool:
    return s.n == 2

@reachable
def gets_to_nine(s: State) -> bool:
    return s.n == 9

def declare(name, *properties, **other):
    return scenario(name, state=State, threads=[count()], properties=properties, **other)
''',
    "large": '''
from thpverify.lang import Array, Int, invariant, record, scenario, thread

@record
class State:
    n: Array[12, Int[0, 200]] = 0

@thread
def count(s: State, i: int):
    while True:
        s.n[i] = 0 if s.n[i] == 200 else s.n[i] + 1
        yield "counted"

@invariant
def bounded(s: State) -> bool:
    return s.n[0] <= 200

scenario("large", state=State, threads=[count(i=i) for i in range(12)], properties=[bounded])
''',
}
"""`counter` declares nothing itself: a test appends its scenarios."""


@attrs.frozen
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write("m.py", "declare('a', below_five)")`` writes the counter with that scenario appended."""

    def write(name: str, *lines: str, model: str = "counter") -> Path:
        file = tmp_path / name
        file.write_text(MODELS[model] + "\n".join(lines) + "\n")
        return file

    return write


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, with a cache and a directory for temporary files of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def run(*arguments: object) -> Ran:
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


def command(*arguments: object) -> Sequence[str]:
    """A command for a process of its own."""
    return [sys.executable, "-m", "thpverify", *map(str, arguments)]


def finished(*arguments: object, **other: object) -> subprocess.CompletedProcess[str]:
    """The command, run to its end in a process of its own."""
    return subprocess.run(  # type: ignore[call-overload, no-any-return]  # options of the caller's choice
        command(*arguments), capture_output=True, text=True, timeout=60, check=False, **other
    )
