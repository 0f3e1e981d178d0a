"""A litmus test of the kernel's memory model: its C text, read."""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from thpverify.litmus.c_syntax import Statement, Tokens, block, skip_type, without_comments
from thpverify.litmus.errors import BrokenTest
from thpverify.litmus.files import Entry

MAX_THREADS = 6
"""More threads are refused."""

Value = int | str
"""A number, or the address of a variable by its name."""


@attrs.frozen
class Atom:
    """``1:r0=2`` (`thread` 1) or ``x=2`` (`thread` None): a register or a variable has a value in the end."""

    thread: int | None
    name: str
    value: Value


@attrs.frozen
class Formula:
    """``/\\`` ("and"), ``\\/`` ("or") or ``~`` ("not") of others."""

    operator: str
    operands: tuple[Atom | Formula, ...]


@attrs.frozen
class Process:
    """One thread: its parameters, which are addresses of variables, and its statements."""

    parameters: tuple[str, ...]
    body: tuple[Statement, ...]


@attrs.frozen
class LkmmProgram:
    """A whole test. `initial` and `registers` have what starts with something other than 0."""

    id: str
    title: str
    initial: Mapping[str, Value]
    registers: Mapping[tuple[int, str], Value]
    locks: frozenset[str]
    processes: tuple[Process, ...]
    question: Atom | Formula
    question_text: str

    @property
    def variables(self) -> tuple[str, ...]:
        """Every variable, locks apart."""
        named = dict.fromkeys(self.initial) | dict.fromkeys(p for one in self.processes for p in one.parameters)
        named |= dict.fromkeys(v for v in (*self.initial.values(), *self.registers.values()) if isinstance(v, str))
        return tuple(name for name in named if name not in self.locks)


def lkmm_program(entry: Entry) -> LkmmProgram:
    """Read the test in `entry`.

    Raises:
        BrokenTest: its text is no litmus test, or one that is not supported.
    """
    text = entry.body.get("litmus")
    if not isinstance(text, str):
        raise BrokenTest('an lkmm test needs its C text in "litmus"')
    head, separator, rest = without_comments(text).partition("{")
    if not separator or head.split()[:1] != ["C"]:
        raise BrokenTest("the text is no C litmus test: it starts with C, a name, and the initial state in braces")
    state, _, rest = rest.partition("}")
    rest = _from_first_process(rest)
    tokens = Tokens.of(rest)
    locks: set[str] = set()
    processes: list[Process] = []
    while re.fullmatch(r"P\d+", tokens.next):
        processes.append(_process(tokens, len(processes), locks))
    if not processes:
        raise BrokenTest("the text has no process P0(...) {...}")
    if len(processes) > MAX_THREADS:
        raise BrokenTest(f"{len(processes)} threads are too many; there can be {MAX_THREADS}")
    initial, registers = _initial(state)
    start, question = tokens.position, _question(tokens)
    shown = tokens.since(start).replace("/\\", " /\\ ").replace("\\/", " \\/ ")
    return LkmmProgram(
        entry.id,
        entry.title,
        {name: value for name, value in initial.items() if name not in locks},
        registers,
        frozenset(locks),
        tuple(processes),
        question,
        shown,
    )


def _from_first_process(text: str) -> str:
    found = re.search(r"\bP0\s*\(", text)
    if found is None:
        raise BrokenTest("the text has no process P0(...) {...}")
    return text[found.start() :]


def _initial(text: str) -> tuple[dict[str, Value], dict[tuple[int, str], Value]]:
    variables: dict[str, Value] = {}
    registers: dict[tuple[int, str], Value] = {}
    for part in filter(None, (one.strip() for one in text.split(";"))):
        tokens = Tokens.of(part)
        skip_type(tokens)
        thread = int(tokens.take()) if tokens.next.isdigit() else None
        if thread is not None:
            tokens.expect(":")
            skip_type(tokens)
        tokens.accept("*")
        name = tokens.name()
        value = _value(tokens) if tokens.accept("=") else 0
        if tokens.next:
            raise BrokenTest(f"the initial state has {part!r}, which is not supported")
        if thread is None:
            variables[name] = value
        else:
            registers[thread, name] = value
    return variables, registers


def _value(tokens: Tokens) -> Value:
    if tokens.accept("-"):
        return -int(tokens.take(), 0)
    if tokens.next in ("ATOMIC_INIT", "ATOMIC_LONG_INIT"):
        tokens.take()
    if tokens.accept("("):
        value = _value(tokens)
        tokens.expect(")")
        return value
    tokens.accept("&")
    return int(tokens.take(), 0) if tokens.next[:1].isdigit() else tokens.name()


def _process(tokens: Tokens, number: int, locks: set[str]) -> Process:
    if tokens.take() != f"P{number}":
        raise BrokenTest(f"process P{number} is missing: they are numbered from 0, in order")
    tokens.expect("(")
    parameters = []
    while not tokens.accept(")"):
        kind = skip_type(tokens)
        name = tokens.name()
        if kind == "spinlock_t":
            locks.add(name)
        parameters.append(name)
        if tokens.next != ")":
            tokens.expect(",")
    tokens.expect("{")
    return Process(tuple(parameters), block(tokens))


def _question(tokens: Tokens) -> Atom | Formula:
    """What is to be reached: what ``exists`` asks for, or something that ``forall`` excludes; within the ``filter``."""
    within: tuple[Atom | Formula, ...] = ()
    while tokens.next in ("locations", "filter"):
        if tokens.take() == "filter":
            within = (*within, _disjunction(tokens))
        else:
            _skip_locations(tokens)
    if tokens.accept("forall"):
        question: Atom | Formula = Formula("not", (_disjunction(tokens),))
    else:
        tokens.accept("~")
        tokens.expect("exists")
        question = _disjunction(tokens)
    tokens.accept(";")
    if tokens.next:
        raise BrokenTest(f"there is {tokens.rest()!r} behind the question")
    return Formula("and", (*within, question)) if within else question


def _skip_locations(tokens: Tokens) -> None:
    """``locations [x; 1:r0;]``: what herd7 prints besides."""
    tokens.expect("[")
    while not tokens.accept("]"):
        if not tokens.take():
            raise BrokenTest("']' is missing behind locations")


def _disjunction(tokens: Tokens) -> Atom | Formula:
    operands = [_conjunction(tokens)]
    while tokens.accept("\\/"):
        operands.append(_conjunction(tokens))
    return operands[0] if len(operands) == 1 else Formula("or", tuple(operands))


def _conjunction(tokens: Tokens) -> Atom | Formula:
    operands = [_atom(tokens)]
    while tokens.accept("/\\"):
        operands.append(_atom(tokens))
    return operands[0] if len(operands) == 1 else Formula("and", tuple(operands))


def _atom(tokens: Tokens) -> Atom | Formula:
    if tokens.accept("~") or tokens.accept("not"):
        return Formula("not", (_atom(tokens),))
    if tokens.accept("("):
        inner = _disjunction(tokens)
        tokens.expect(")")
        return inner
    thread = None
    if tokens.next.isdigit():
        thread = int(tokens.take())
        tokens.expect(":")
    bracket = tokens.accept("[")
    name = tokens.name()
    if bracket:
        tokens.expect("]")
    negated = tokens.accept("!=")
    if not negated and not tokens.accept("=="):
        tokens.expect("=")
    atom = Atom(thread, name, _value(tokens))
    return Formula("not", (atom,)) if negated else atom
