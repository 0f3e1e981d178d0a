"""The default limit on memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from thpverify.cli import machine


def answers(monkeypatch: pytest.MonkeyPatch, **files: str) -> None:
    """Let only `files`, by their last name with _ for a dot, be there."""
    monkeypatch.setattr(machine, "_read", lambda path: files.get(Path(path).name.replace(".", "_"), ""))


def test_it_is_a_share_of_the_smaller_of_machine_and_control_group(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, meminfo="MemTotal: 9 kB\nMemAvailable:   1000 kB\n")
    assert machine.memory_to_use() == int(0.9 * 1000 * 1024)
    answers(monkeypatch, meminfo="MemAvailable: 1000 kB\n", memory_max="500000\n", memory_current="100000\n")
    assert machine.memory_to_use() == int(0.9 * 400000)
    answers(monkeypatch, meminfo="MemAvailable: 1000 kB\n", memory_max="max\n", memory_current="100000\n")
    assert machine.memory_to_use() == int(0.9 * 1000 * 1024)


def test_without_an_answer_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch)
    assert machine.memory_to_use() is None
