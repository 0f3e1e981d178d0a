"""The shipped models say of every coarse step why it is allowed."""

from __future__ import annotations

import pytest

from thpverify.cli import main


def test_the_shipped_models_are_clean(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["lint"])
    captured = capsys.readouterr()
    assert code == 0, captured.out + captured.err
    assert captured.out.endswith("clean\n")
