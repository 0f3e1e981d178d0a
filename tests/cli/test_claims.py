"""``thpverify claims`` over the shipped claims."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from thpverify.cli.main import main
from thpverify.loader.shipped import SHIPPED_ROOT


def test_check_fails_when_the_page_says_something_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = tmp_path / "claims.md"
    committed = (SHIPPED_ROOT / "docs" / "claims.md").read_text(encoding="utf-8")
    assert "## Claim 1, x86-64" in committed
    written.write_text(committed.replace("holds", "might hold"), encoding="utf-8")
    assert main(["claims", "--output", str(written), "--check"]) == 1
    assert "does not say what the verdicts say" in capsys.readouterr().err
