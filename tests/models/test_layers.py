"""Who may import whom: models read no engine, and the kernel's own layers know no scenario."""

import ast
from pathlib import Path

import pytest

from thpverify.loader.shipped import SHIPPED_ROOT

FILES = sorted(f for room in ("models", "properties") for f in (SHIPPED_ROOT / room).rglob("*.py"))


def imported(file: Path) -> set[str]:
    """The modules that `file` imports."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module or "")
    return modules


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SHIPPED_ROOT)))
def test_a_model_imports_the_language_and_other_models_only(file: Path) -> None:
    allowed = ("thpverify.lang", "models.", "properties.", "enum")
    assert [m for m in imported(file) if not m.startswith(allowed)] == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(SHIPPED_ROOT)))
def test_what_declares_no_scenario_reads_no_property(file: Path) -> None:
    room = file.relative_to(SHIPPED_ROOT).parts[0]
    declares = "scenario(" in file.read_text(encoding="utf-8")
    if room == "models" and not declares:
        assert not any(m.startswith("properties") for m in imported(file))
    if room == "properties":
        assert not declares and not any(m.startswith("models.history") for m in imported(file))
