"""The command before anything of it is imported."""

from __future__ import annotations

import builtins
from typing import Any

import pytest

from thpverify.__main__ import start


def test_interrupt_during_import(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    real = builtins.__import__

    def interrupted(name: str, *args: Any) -> Any:
        if name == "thpverify.cli":
            raise KeyboardInterrupt
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", interrupted)
    with pytest.raises(SystemExit) as ended:
        start()
    assert (ended.value.code, capsys.readouterr().err) == (3, "thpverify: interrupted\n")
