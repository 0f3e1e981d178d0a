"""Models as text: written to a file, imported and compiled, with what goes wrong on the way."""

from __future__ import annotations

from pathlib import Path

import attrs

from thpverify.compiler import compile_scenario
from thpverify.ir.system import System
from thpverify.lang.errors import ModelError
from thpverify.lang.scenarios import Scenario
from thpverify.loader.errors import LoadError
from thpverify.loader.modules import scenarios_of

HEAD = """\
from enum import Enum
from thpverify.lang import *
"""

STATE = """\
class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2

@record
class AddressSpace:
    pmd: Pmd
    pte: Array[4, Bool]
    ptl: Lock

@record
class State:
    n: Int[0, 7]
    flag: Bool
    pmd: Pmd
    page: Ref[4]
    ref: Array[4, Int[0, 7]]
    mm: Array[2, AddressSpace]
"""


def scenarios(directory: Path, text: str) -> list[Scenario]:
    """The scenarios that a model with this text declares.

    Raises:
        ModelError: the model is refused when it is imported.
        LoadError: it raises something else.
    """
    file = directory / "model.py"
    file.write_text(text, encoding="utf-8")
    try:
        return scenarios_of(file)
    except LoadError as error:
        if isinstance(error.__cause__, ModelError):
            raise error.__cause__ from None
        raise


def compiled(directory: Path, text: str) -> System:
    """The system of the last scenario that a model with this text declares.

    Raises:
        ModelError: the model is refused.
    """
    return compile_scenario(scenarios(directory, text)[-1])


@attrs.frozen
class Marked:
    """A model's text in which ``«`` and ``»`` stood around the place of a mistake: line and column count from 1."""

    text: str
    line: int
    column: int
    underlined: str


def unmarked(marked: str) -> Marked:
    """`marked` without its marks."""
    before, _, rest = marked.partition("«")
    underlined, closing, after = rest.partition("»")
    assert closing and "«" not in after, "one pair of marks is needed"
    last = before.rpartition("\n")[2]
    return Marked(before + underlined + after, before.count("\n") + 1, len(last.encode()) + 1, underlined)
