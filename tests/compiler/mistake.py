"""The form in which the tables of mistakes are written."""

from __future__ import annotations

from textwrap import dedent, indent

import attrs

from tests.compiler.sources import HEAD, STATE


@attrs.frozen
class Mistake:
    """A model with one mistake: ``«`` and ``»`` stand in `text` around what the message must underline.

    `hint` is a part of what the message says to write instead.
    """

    name: str
    code: str
    hint: str
    text: str


def in_module(name: str, code: str, hint: str, text: str) -> Mistake:
    """A mistake in a whole model; the imports are there."""
    return Mistake(name, code, hint, HEAD + dedent(text))


def in_definitions(
    name: str, code: str, hint: str, text: str, arguments: str = "threads=[t()]", at_scenario: bool = False
) -> Mistake:
    """A mistake in functions behind the state; the scenario, with these arguments, is there."""
    call = f"scenario('mistake', state=State, {arguments})"
    return in_module(name, code, hint, f"{STATE}\n{dedent(text)}\n{f'«{call}»' if at_scenario else call}\n")


def in_step(name: str, code: str, hint: str, step: str) -> Mistake:
    """A mistake in a step of a thread."""
    return in_definitions(
        name, code, hint, "@thread\ndef t(s):\n" + indent(dedent(step), "    ") + '\n    yield "end"\n'
    )


_THREAD = """
@thread
def t(s):
    i = choose(range(4))
    s.n = 1
    yield "set"
    s.n = i
    yield "end"

"""


def in_property(name: str, code: str, hint: str, body: str, at_head: bool = False) -> Mistake:
    """A mistake in an invariant of a model whose thread is right."""
    text = (
        _THREAD + ("@invariant\n«def p(s):»\n" if at_head else "@invariant\ndef p(s):\n") + indent(dedent(body), "    ")
    )
    return in_definitions(name, code, hint, text, "threads=[t()], properties=[p]")


def in_scenario(name: str, code: str, hint: str, call: str) -> Mistake:
    """A mistake in a call of scenario behind a state, a thread and a property that are right."""
    text = _THREAD + "@invariant\ndef p(s):\n    return s.n < 8\n"
    return in_module(name, code, hint, f"{STATE}\n{text}\n{dedent(call)}\n")


def in_helper(name: str, code: str, hint: str, text: str) -> Mistake:
    """A mistake in functions that thread t, whose whole step is a call of ``h(s)``, leads to."""
    return in_definitions(name, code, hint, f'{text}\n@thread\ndef t(s):\n    h(s)\n    yield "end"\n')
