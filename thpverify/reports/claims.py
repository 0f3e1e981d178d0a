"""Answers to claims as a Markdown page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from textwrap import fill

from thpverify.checker.result import Result, Run, Verdict
from thpverify.lang.claims import Answer, Claim, Evidence
from thpverify.loader.select import named

Key = tuple[str, str, str]
LinkOf = Callable[[Result], str | None]

UNDECIDED = "Undecided: the verdicts below do not support any of the answers that were foreseen."


def to_markdown(claims: Sequence[Claim], run: Run, link_of: LinkOf) -> str:
    """The page: each claim, its answer and the verdicts it rests on; `link_of` gives a result's file, if it has one.

    It has no times or other figures that differ from run to run.
    """
    results = {result.key: result for result in run.results}
    lines = [
        "# What the checker says of the claims",
        "",
        "Written by `python -m thpverify claims`; do not edit. An answer stands as long as the verdicts under it do;",
        "`python -m thpverify claims --check` fails when they no longer agree.",
        "",
    ]
    for claim in claims:
        lines += _claim(claim, results, link_of)
    return "\n".join(lines).rstrip() + "\n"


def answer_of(claim: Claim, results: dict[Key, Result]) -> Answer | None:
    """The first answer whose evidence is met."""
    return next((a for a in claim.answers if all(_is_met(e, results) for e in a.given)), None)


def _is_met(wanted: Evidence, results: dict[Key, Result]) -> bool:
    result = results.get((wanted.scenario, wanted.variant, wanted.property))
    if result is None:
        return False
    actual = "holds" if result.verdict is Verdict.PROVED else str(result.verdict)
    return actual == wanted.verdict


def _claim(claim: Claim, results: dict[Key, Result], link_of: LinkOf) -> list[str]:
    found = answer_of(claim, results)
    lines = [f"## Claim {claim.number}, {claim.architecture}", "", f"> {claim.statement}", "", f"({claim.source})", ""]
    lines += [f"**{found.text if found else UNDECIDED}**", ""]
    lines += ["| run | property | verdict | what it says |", "| --- | --- | --- | --- |"]
    rested_on = found.given if found else tuple(dict.fromkeys(e for a in claim.answers for e in a.given))
    lines += [_row(e, results.get((e.scenario, e.variant, e.property)), link_of, bool(found)) for e in rested_on]
    return [*lines, "", *_table(claim, results)]


def _table(claim: Claim, results: dict[Key, Result]) -> list[str]:
    """The claim's table; a cell whose verdicts are not as declared says so."""
    if not claim.table:
        return []
    rows, columns = (list(dict.fromkeys(n)) for n in zip(*((c.row, c.column) for c in claim.table), strict=True))
    texts = {
        (c.row, c.column): c.text if all(_is_met(e, results) for e in c.given) else "undecided" for c in claim.table
    }
    head = [f"| | {' | '.join(columns)} |", "| --- " * (len(columns) + 1) + "|"]
    lines = [*fill(claim.table_says, 120).splitlines(), "", *head]
    lines += [f"| {row} | {' | '.join(texts.get((row, column), '') for column in columns)} |" for row in rows]
    return [*lines, ""]


def _row(wanted: Evidence, result: Result | None, link_of: LinkOf, is_met: bool) -> str:
    run = f"`{named(wanted.scenario, wanted.variant)}`"
    if result is None:
        return f"| {run} | {wanted.property} | not run | |"
    if result.trace is not None:
        how = f"{result.verdict}, {len(result.trace.steps)} steps"
    elif result.verdict is Verdict.PROVED:
        how = str(result.verdict)
    else:
        how = f"{result.verdict}, {result.states:,} states"
    link = link_of(result)
    shown = f"[{how}]({link})" if link else how
    return f"| {run} | {wanted.property} | {shown} | {wanted.meaning if is_met else ''} |"
