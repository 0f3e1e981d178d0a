"""Claims: sentences that somebody made, answered by verdicts. `thpverify claims` writes the answers down."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import attrs

from thpverify.ir.statements import Span
from thpverify.lang.errors import ModelError
from thpverify.lang.registry import Registry


@attrs.frozen
class Evidence:
    """A verdict that an answer rests on: `verdict` is "holds" or "violated"; `meaning` is one sentence about it."""

    scenario: str
    variant: str
    property: str
    verdict: str
    meaning: str = attrs.field(eq=False, default="")


@attrs.frozen
class Answer:
    """`text` is the answer if every verdict in `given` is the actual one."""

    text: str
    given: tuple[Evidence, ...]


@attrs.frozen
class Cell:
    """What stands in `row` and `column` of a claim's table if every verdict in `given` is the actual one."""

    row: str
    column: str
    text: str
    given: tuple[Evidence, ...]


@attrs.frozen(eq=False)
class Claim:
    """Claim `number` of `source`, for one architecture; the first of `answers` whose evidence is met is the answer."""

    number: str
    statement: str
    source: str
    architecture: str
    answers: tuple[Answer, ...]
    span: Span
    table: tuple[Cell, ...] = ()
    table_says: str = ""

    @property
    def needed(self) -> tuple[Evidence, ...]:
        """Every verdict that an answer or the table asks for."""
        given = [answer.given for answer in self.answers] + [cell.given for cell in self.table]
        return tuple(dict.fromkeys(evidence for part in given for evidence in part))


_registered: Registry[Claim] = Registry()


def registered_claims() -> tuple[Claim, ...]:
    """Every claim that was declared so far, in order."""
    return _registered.all()


def evidence(scenario: str, variant: str, property: str, verdict: str, meaning: str = "") -> Evidence:
    """A verdict to rest an answer on.

    Raises:
        ValueError: `verdict` is neither "holds" nor "violated".
    """
    if verdict not in ("holds", "violated"):
        raise ValueError(f'a verdict is "holds" or "violated", not {verdict!r}')
    return Evidence(scenario, variant, property, verdict, meaning)


def answer(text: str, *given: Evidence) -> Answer:
    """An answer and all that must be so for it to be given."""
    return Answer(text, given)


def cell(row: str, column: str, text: str, *given: Evidence) -> Cell:
    """An entry of a claim's table and all that must be so for it to stand."""
    return Cell(row, column, text, given)


def claim(
    number: str,
    *,
    statement: str,
    source: str,
    architecture: str,
    answers: Sequence[Answer],
    table: Sequence[Cell] = (),
    table_says: str = "",
) -> Claim:
    """Declare a claim; `table_says` is what the page says of its table.

    Raises:
        ModelError: an answer rests on nothing, or the claim is declared twice.
    """
    caller = sys._getframe(1)
    span = Span(caller.f_code.co_filename, caller.f_lineno, 0, caller.f_lineno, 0)
    if any(not a.given for a in answers):
        raise ModelError("THP011", f"an answer to claim {number} rests on no verdict", "Give it evidence.", span)
    declared = Claim(number, statement, source, architecture, tuple(answers), span, tuple(table), table_says)
    if any((c.number, c.architecture) == (number, architecture) for c in registered_claims()):
        raise ModelError("THP010", f"claim {number} for {architecture} is declared twice", "Remove one.", span)
    _registered.add(declared)
    return declared
