"""The README does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_model_has_the_bug_that_it_shows(run: Run, tmp_path: Path) -> None:
    found = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert found
    (tmp_path / "two_writers.py").write_text(found[1])
    ran = run("check", tmp_path / "two_writers.py")
    assert ran.code == 1
    assert "no_reference_is_lost is violated after 4 steps" in ran.out


@pytest.mark.parametrize("name", ["check", "test"])
def test_its_commands_are_single_lines_that_ci_finds(name: str) -> None:
    assert re.search(rf"^<!-- {name} -->\n```sh\n[^\n]+\n```$", README, re.MULTILINE)


def test_the_documents_that_it_names_exist() -> None:
    for name in re.findall(r"docs/[\w/]+\.md", README):
        assert (ROOT / name).is_file(), name
