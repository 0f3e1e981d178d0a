"""The cache of compiled objects: hits, damage, and disks that do not cooperate."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.explicit.test_search import counter
from thpverify.explicit import jit, search
from thpverify.explicit.cache import ObjectCache, user_cache_directory


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that LLVM really compiled."""
    texts: list[str] = []
    real = jit._compile

    def compile_and_note(source: jit.Source) -> bytes:
        texts.append(source.text)
        return real(source)

    monkeypatch.setattr(jit, "_compile", compile_and_note)
    return texts


def states(directory: Path) -> int:
    return search(counter(9).system(), cache=directory).states


def test_second_run_does_not_compile(tmp_path: Path, compiled: list[str]) -> None:
    assert states(tmp_path / "new") == 10
    assert len(compiled) == 2
    assert states(tmp_path / "new") == 10
    assert len(compiled) == 2


@pytest.mark.parametrize("damage", [b"", b"rubbish", None])
def test_damaged_entries_are_replaced(tmp_path: Path, compiled: list[str], damage: bytes | None) -> None:
    states(tmp_path)
    good = {entry: entry.read_bytes() for entry in tmp_path.iterdir()}
    for entry, content in good.items():
        entry.write_bytes(content[:-100] if damage is None else damage)
    assert states(tmp_path) == 10
    assert len(compiled) == 4
    assert {entry: entry.read_bytes() for entry in tmp_path.iterdir()} == good


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    store = ObjectCache(tmp_path)
    store.store("key", b"object")
    assert store.load("key") == b"object"
    (entry,) = tmp_path.iterdir()
    entry.write_bytes(entry.read_bytes()[:-1] + b"T")
    assert store.load("key") is None


def test_unusable_directory_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    with caplog.at_level(logging.WARNING, logger="thpverify"):
        assert states(blocked / "cache") == 10
    assert len(caplog.records) == 1


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def full(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert states(tmp_path) == 10
    assert not list(tmp_path.iterdir())
    assert "No space left" in caplog.text


def test_where_the_cache_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache_directory() == tmp_path / "thpverify"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache_directory() == tmp_path / ".cache" / "thpverify"
