"""``check --profile``."""

from __future__ import annotations

import pytest

from thpverify.cli.main import main


def test_a_profile_is_for_the_shipped_scenarios(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "kvm-roots", "--profile", "deep"]) == 2
    assert "leave the targets out" in capsys.readouterr().err


def test_the_deep_profile_checks_what_is_in_models_deep(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--profile", "deep", "--max-depth", "1"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("??")]
    assert all(line.startswith("??    deep-") for line in lines if line.startswith("??"))
