"""Importing one model file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.loader.conftest import WriteModel
from thpverify.lang.history import known_bugs
from thpverify.lang.scenarios import registered
from thpverify.loader.errors import LoadError
from thpverify.loader.modules import declarations_of, scenarios_of
from thpverify.loader.shipped import SHIPPED_ROOT


def test_scenarios_come_in_their_order(write_model: WriteModel) -> None:
    file = write_model("order.py", "one", "two@a", "two@b")
    assert [(s.name, s.variant) for s in scenarios_of(file)] == [("one", ""), ("two", "a"), ("two", "b")]


def test_a_file_can_be_loaded_again_after_it_changed(write_model: WriteModel) -> None:
    scenarios_of(write_model("again.py", "before"))
    assert [s.name for s in scenarios_of(write_model("again.py", "before", "after"))] == ["before", "after"]


def test_two_files_may_declare_the_same_names(write_model: WriteModel) -> None:
    first, second = write_model("first.py", "same"), write_model("second.py", "same")
    assert scenarios_of(first)[0].span.file == str(first)
    assert scenarios_of(second)[0].span.file == str(second)


def test_a_model_imports_its_neighbours(write_model: WriteModel, tmp_path: Path) -> None:
    (tmp_path / "neighbour_of_a_model.py").write_text("LIMIT = 3\n")
    file = write_model("own.py", "own", imports="from neighbour_of_a_model import LIMIT")
    before = list(sys.path)
    assert [s.name for s in scenarios_of(file)] == ["own"]
    assert sys.path == before


def test_a_model_imports_the_shipped_models_from_anywhere(
    write_model: WriteModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoy = tmp_path / "models"
    decoy.mkdir()
    (decoy / "__init__.py").write_text("raise AssertionError('the wrong models')\n")
    monkeypatch.chdir(tmp_path)
    file = write_model("user.py", "user", imports="import models.bench\nimport properties")
    finders = list(sys.meta_path)
    assert [s.name for s in scenarios_of(file)] == ["user"]
    assert sys.meta_path == finders


def test_models_of_another_checkout_import_each_other(write_model: WriteModel, tmp_path: Path) -> None:
    (tmp_path / "copy" / "properties").mkdir(parents=True)
    (tmp_path / "copy" / "models").mkdir()
    (tmp_path / "copy" / "models" / "sizes.py").write_text("COPIED = 3\n")
    file = write_model("copy/models/history/bug.py", "copied", imports="from models.sizes import COPIED")
    shipped = SHIPPED_ROOT / "models" / "bench" / "thp_refcount.py"
    declared = [s.title for s in scenarios_of(shipped)]
    assert [s.name for s in scenarios_of(file)] == ["copied"]
    assert [s.title for s in scenarios_of(shipped)] == declared != []


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("missing.py", None, "missing.py: no such file or directory"),
        ("notes.txt", b"some notes", "notes.txt: no model; a model is a Python file (.py)"),
        ("binary.py", b"\xff\xfe\x00\x81", "binary.py: no model; it is not UTF-8 text"),
        ("syntax.py", b"def f(:\n", "syntax.py:1:7: no Python: invalid syntax"),
        ("raises.py", b"\n1 // 0\n", "raises.py:2: the model fails when it is imported: ZeroDivisionError"),
        ("exits.py", b"import sys\nsys.exit(7)\n", "exits.py:2: the model fails when it is imported: SystemExit: 7"),
        ("imports.py", b"import no_such_module\n", "imports.py:1: the model fails when it is imported: ModuleNotFound"),
        ("nul.py", b"x = 1\0\n", "no Python: source code string cannot contain null bytes"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, name: str, content: bytes | None, message: str) -> None:
    file = tmp_path / name
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LoadError) as caught:
        scenarios_of(file)
    assert message in str(caught.value)
    assert str(caught.value).startswith(str(file))


def test_a_mistake_in_the_language_keeps_its_code_and_place(tmp_path: Path) -> None:
    file = tmp_path / "mistake.py"
    file.write_text("from thpverify.lang import thread\n\n@thread\ndef f(s):\n    pass\n")
    with pytest.raises(LoadError, match=r"mistake.py:4:5: THP007: thread f never yields"):
        scenarios_of(file)


def test_a_module_that_failed_half_way_can_be_loaded_once_it_is_mended(write_model: WriteModel, tmp_path: Path) -> None:
    (tmp_path / "properties").mkdir()
    write_model("models/__init__.py")
    file = write_model("models/half.py", "half", body="")
    text = file.read_text()
    file.write_text(text + "\nraise ValueError('not yet')\n")
    for _ in range(2):
        with pytest.raises(LoadError, match="ValueError: not yet"):
            scenarios_of(file)
    assert "half" not in {s.name for s in registered()}


def test_what_a_broken_file_declared_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "half.py"
    file.write_text(
        "from thpverify.lang import known_bug, patch\n"
        'known_bug("half-way", fix=patch("127393fbe597", "a fix", version="v4.6"), introduced="v4.5",\n'
        '          invariants=["LVL"], breaks="All.")\n'
        "raise KeyError('later')\n"
    )
    for _ in range(2):
        with pytest.raises(LoadError, match="later"):
            declarations_of(file)
    assert "half-way" not in {bug.id for bug in known_bugs()}
