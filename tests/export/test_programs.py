"""Running a program: its output, its end, its use of time and memory."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from thpverify.export.errors import ToolError, ToolMissing, ToolTimeout
from thpverify.export.programs import run


def test_output_and_use_are_told(tmp_path: Path) -> None:
    done = run(["sh", "-c", "echo out; echo err >&2"], tmp_path, 10)
    assert done.output == "out\nerr\n"
    assert done.exit_code == 0
    assert done.peak_bytes > 100_000
    assert done.cpu_seconds < 5


def test_a_bad_exit_code_is_an_error_with_the_last_words(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="exit code 3: what a pity"):
        run(["sh", "-c", "echo what a pity; exit 3"], tmp_path, 10)
    assert run(["sh", "-c", "exit 3"], tmp_path, 10, accepted=frozenset({3})).exit_code == 3


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="no-such-program is not installed"):
        run(["no-such-program"], tmp_path, 10)


def test_a_late_program_is_ended_with_its_children(tmp_path: Path) -> None:
    with pytest.raises(ToolTimeout, match=r"within 0\.2 seconds"):
        run(["sh", "-c", "sleep 987 & echo $! > child; wait"], tmp_path, 0.2)
    child = (tmp_path / "child").read_text().strip()
    for _ in range(100):
        status = Path(f"/proc/{child}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        time.sleep(0.02)
    pytest.fail(f"process {child} is still there")
