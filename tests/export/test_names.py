"""Identifiers."""

from __future__ import annotations

import pytest

from tests.explicit.build import Builder
from thpverify.export.names import Namer, comment, identifier, vocabulary


@pytest.mark.parametrize(
    ("text", "word"),
    [("mm[].pte[]", "mm_pte"), ("fault[0].i", "fault_0_i"), ("2nd try", "x2nd_try"), ("…", "x"), ("a--b", "a_b")],
)
def test_words_become_identifiers(text: str, word: str) -> None:
    assert identifier(text) == word


def test_no_name_is_given_twice_or_reserved() -> None:
    namer = Namer({"do", "od"})
    given = [namer.take("Do"), namer.take("ref"), namer.take("REF"), namer.take("ref", "ref_var"), namer.take("ref")]
    assert given == ["Do_2", "ref", "REF_2", "ref_var", "ref_3"]


def test_inner_names_hide_nothing() -> None:
    outer = Namer(())
    assert outer.take("i") == "i"
    inner = outer.inner()
    assert inner.take("i", "any_i") == "any_i"
    assert outer.take("any_i") == "any_i"


def test_comments_cannot_end_early() -> None:
    assert comment('a */ "b"\n  c\\') == "a * / 'b' c/"


def test_a_variable_called_like_a_thread_or_a_keyword_gets_another_name() -> None:
    b = Builder()
    split, goto = b.variable("split", 0, 3), b.variable("goto", 0, 3)
    b.thread("split", 2)
    words = vocabulary(b.system(), {"goto"})
    assert words.threads[0] == "split"
    assert (words.variables[split], words.variables[goto]) == ("split_var", "goto_var")
