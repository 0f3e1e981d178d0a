"""docs/errors.md explains every code, in order, with an example and what to write instead."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from textwrap import dedent

from thpverify.lang.codes import TITLES

_TEXT = (Path(__file__).parents[2] / "docs" / "errors.md").read_text(encoding="utf-8")
_SECTIONS = re.split(r"^## ", _TEXT, flags=re.MULTILINE)[1:]


def test_every_code_has_its_section() -> None:
    assert [s.split("\n", 1)[0] for s in _SECTIONS] == [f"{code}: {title}" for code, title in TITLES.items()]


def test_every_section_has_an_example_and_what_to_write_instead() -> None:
    for section in _SECTIONS:
        examples = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
        assert len(examples) == 2 and "Write instead:" in section, section
        for example in examples:
            ast.parse(dedent(example))
        assert examples[0] != examples[1]


def test_codes_are_given_in_the_source() -> None:
    package = Path(__file__).parents[2] / "thpverify"
    source = "".join(f.read_text(encoding="utf-8") for d in ("lang", "compiler") for f in (package / d).glob("*.py"))
    used = set(re.findall(r'"(THP\d{3})"[, ]', source))
    assert used == set(TITLES)
