"""Every mistake of the tables gives its message: code, place, source line with carets, what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compiler.mistake import Mistake
from tests.compiler.mistakes_calls import CALLS, CHOICES, LOCALS, STATE_CHANGES
from tests.compiler.mistakes_declarations import FIELDS, HEADS
from tests.compiler.mistakes_expressions import EXPRESSIONS
from tests.compiler.mistakes_history import HISTORY
from tests.compiler.mistakes_properties import CONDITIONS
from tests.compiler.mistakes_scenarios import SCENARIOS
from tests.compiler.mistakes_statements import LOOPS, PATTERNS, STATEMENTS, YIELDS
from tests.compiler.sources import HEAD, STATE, compiled, unmarked
from thpverify.lang.codes import TITLES
from thpverify.lang.errors import ModelError

MISTAKES = [
    *FIELDS,
    *HEADS,
    *SCENARIOS,
    *HISTORY,
    *STATEMENTS,
    *LOOPS,
    *YIELDS,
    *PATTERNS,
    *EXPRESSIONS,
    *CALLS,
    *STATE_CHANGES,
    *LOCALS,
    *CHOICES,
    *CONDITIONS,
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.name.replace(" ", "-"))
def test_a_mistake_is_told_where_it_is(mistake: Mistake, tmp_path: Path) -> None:
    marked = unmarked(mistake.text)
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, marked.text)
    error = raised.value
    head, source, carets, hint = str(error).split("\n")
    assert error.code == mistake.code, error
    assert head.startswith(f"{tmp_path / 'model.py'}:{marked.line}:{marked.column}: {mistake.code}: "), error
    assert source == "    " + marked.text.split("\n")[marked.line - 1]
    assert carets == " " * (4 + source[4:].index(marked.underlined, marked.column - 1)) + "^" * len(marked.underlined)
    assert hint == f"  {error.hint}" and mistake.hint in hint


def test_names_are_unique() -> None:
    names = [m.name for m in MISTAKES]
    assert sorted(names) == sorted(set(names))


def test_every_code_is_given() -> None:
    assert {m.code for m in MISTAKES} == set(TITLES)


def test_carets_stand_under_characters_not_bytes(tmp_path: Path) -> None:
    text = (
        f"{HEAD}{STATE}\n@thread\ndef t(s):\n    größe = 1; s.n = unknown\n    yield 'x'\n"
        "scenario('x', state=State, threads=[t()])\n"
    )
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, text)
    _, source, carets, _ = str(raised.value).split("\n")
    assert carets.index("^") == source.index("unknown") and carets.count("^") == len("unknown")


def test_carets_keep_tabs(tmp_path: Path) -> None:
    text = (
        f"{HEAD}{STATE}\n@thread\ndef t(s):\n\ts.n = unknown\n\tyield 'x'\nscenario('x', state=State, threads=[t()])\n"
    )
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, text)
    _, _, carets, _ = str(raised.value).split("\n")
    assert carets == "    \t      " + "^" * len("unknown")


def test_a_mistake_in_another_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "locks.py").write_text("def spin_lock(s):\n    s.lock = True\n")
    text = (
        f"{HEAD}from locks import spin_lock\n{STATE}\n"
        "@thread\ndef t(s):\n    spin_lock(s)\n    yield 'x'\nscenario('x', state=State, threads=[t()])\n"
    )
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'locks.py'}:2:5: THP023: ")


def test_a_growing_local_of_a_helper_in_another_file_is_told_there(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(
        'def count(s):\n    n = 0\n    while True:\n        n += 1\n        yield "x"\n'
    )
    text = (
        f"{HEAD}from counting import count\n{STATE}\n"
        "@thread\ndef t(s):\n    yield from count(s)\nscenario('x', state=State, threads=[t()])\n"
    )
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, text)
    assert str(raised.value).startswith(f"{tmp_path / 'counting.py'}:5:9: THP038: ")


def test_functions_of_the_standard_library_are_refused_at_the_call(tmp_path: Path) -> None:
    text = (
        f"{HEAD}from copy import deepcopy\n{STATE}\n"
        "@thread\ndef t(s):\n    m = deepcopy(s.mm)\n    yield 'x'\nscenario('x', state=State, threads=[t()])\n"
    )
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, text)
    assert raised.value.code == "THP026" and raised.value.span is not None
    assert raised.value.span.file == str(tmp_path / "model.py")


def test_source_that_is_gone(tmp_path: Path) -> None:
    text = f"{HEAD}{STATE}\nexec(\"def t(s):\\n    yield 'x'\\n\")\nscenario('x', state=State, threads=[thread(t)()])\n"
    with pytest.raises(ModelError) as raised:
        compiled(tmp_path, text)
    assert raised.value.code == "THP012" and "Put the model into a .py file" in raised.value.hint
