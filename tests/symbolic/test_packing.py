"""Certificates as archives."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("z3", reason="z3-solver (extra proof) is not installed")

from thpverify.cli.main import main
from thpverify.symbolic.packing import opened, pack
from thpverify.symbolic.recheck import CertificateError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "x.counting"
    home.mkdir()
    (home / "manifest.json").write_text("{}")
    (home / "000.smt2").write_text("(check-sat)")
    return home


def test_what_is_packed_is_what_is_opened_byte_for_byte(home: Path, tmp_path: Path) -> None:
    packed = pack(home, tmp_path)
    again = packed.read_bytes()
    assert pack(home, tmp_path).read_bytes() == again
    with opened(packed) as inside:
        assert {f.name: f.read_bytes() for f in inside.iterdir()} == {f.name: f.read_bytes() for f in home.iterdir()}
    with opened(home) as inside:
        assert inside == home


def test_what_is_no_archive_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.zip").write_text("no archive")
    with pytest.raises(CertificateError, match="neither a directory nor an archive"), opened(tmp_path / "x.zip"):
        pass
    assert main(["recheck", str(tmp_path / "x.zip")]) == 2
    assert "neither a directory nor an archive" in capsys.readouterr().err


def test_packed_wants_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "count-anon-thp", "--packed"]) == 2
    assert "--packed is for --certificate" in capsys.readouterr().err
