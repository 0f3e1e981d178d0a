"""The C of the kernel's litmus tests: tokens, expressions, statements."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from thpverify.litmus.errors import BrokenTest


@attrs.frozen
class Number:
    """A constant."""

    value: int


@attrs.frozen
class Name:
    """A register, or the address of a variable."""

    name: str


@attrs.frozen
class Deref:
    """What a pointer points to: ``*x``."""

    pointer: Expression


@attrs.frozen
class Unary:
    """``!x`` or ``-x``."""

    operator: str
    operand: Expression


@attrs.frozen
class Binary:
    """Arithmetic, comparison, ``&&`` or ``||``."""

    operator: str
    left: Expression
    right: Expression


@attrs.frozen
class Call:
    """A call of one of the kernel's primitives."""

    function: str
    arguments: tuple[Expression, ...]


Expression = Number | Name | Deref | Unary | Binary | Call


@attrs.frozen
class Evaluate:
    """``register = expression;``, or an expression for what it does."""

    register: str | None
    expression: Expression
    text: str


@attrs.frozen
class Branch:
    """``if (condition) ... else ...``"""

    condition: Expression
    then: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


Statement = Evaluate | Branch

_SIGN = r"/\\|\\/|==|!=|<=|>=|&&|\|\||->|[-+*!~=<>(){}\[\]:;,&]"
_TOKEN = re.compile(rf"\s*(?:(?P<word>[A-Za-z_]\w*)|(?P<number>0x[0-9a-fA-F]+|\d+)|(?P<sign>{_SIGN}))")
_C_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_COMMENT = re.compile(r"\(\*.*?\*\)", re.DOTALL)
_FIRST_PROCESS = re.compile(r"\bP0\s*\([^)]*\)\s*\{")
_TYPE = re.compile(r"int|long|unsigned|short|char|bool|volatile|const|struct|\w+_t")
_LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"))


def without_comments(text: str) -> str:
    """`text` with comments as spaces: those of C and, around the processes, those of OCaml: ``(* ... *)``.

    In a process, ``(*x)`` is an access.
    """
    text = _C_COMMENT.sub(" ", text)
    first = _FIRST_PROCESS.search(text)
    begin, end = (first.start(), text.rfind("}")) if first else (len(text), len(text))
    return _COMMENT.sub(" ", text[:begin]) + text[begin:end] + _COMMENT.sub(" ", text[end:])


@attrs.define
class Tokens:
    """A text as words, numbers and signs, with a position."""

    words: list[str]
    position: int = 0

    @classmethod
    def of(cls, text: str) -> Tokens:
        """Split `text`.

        Raises:
            BrokenTest: it has a character that C does not.
        """
        words: list[str] = []
        at, text = 0, text.rstrip()
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise BrokenTest(f"cannot read {text[at : at + 20].strip()!r}")
            words.append(found[found.lastgroup or 0])
            at = found.end()
        return cls(words)

    @property
    def next(self) -> str:
        """The next token, "" at the end."""
        return self.words[self.position] if self.position < len(self.words) else ""

    def peek(self, distance: int) -> str:
        """The token `distance` behind the next."""
        return self.words[self.position + distance] if self.position + distance < len(self.words) else ""

    def take(self) -> str:
        """Go on."""
        word = self.next
        self.position += 1
        return word

    def accept(self, word: str) -> bool:
        """Take `word` if it is next."""
        if self.next == word:
            self.position += 1
            return True
        return False

    def expect(self, word: str) -> None:
        """Take `word`, which must be next."""
        if not self.accept(word):
            raise BrokenTest(f"{word!r} is missing before {self.rest()!r}")

    def name(self) -> str:
        """Take a name, which must be next."""
        if not re.fullmatch(r"[A-Za-z_]\w*", self.next):
            raise BrokenTest(f"a name is missing before {self.rest()!r}")
        return self.take()

    def rest(self) -> str:
        """A few tokens from here, for messages."""
        return " ".join(self.words[self.position : self.position + 6])

    def since(self, start: int) -> str:
        """The tokens from `start` to here as text."""
        return _spaced(self.words[start : self.position])


def _spaced(words: list[str]) -> str:
    text = ""
    for word in words:
        apart = text and (text[-1].isalnum() or text[-1] == "_") and (word[0].isalnum() or word[0] == "_")
        text += f" {word}" if apart else word
    return text


def skip_type(tokens: Tokens) -> str | None:
    """Take a type with its stars; its first word, None if there is no type here."""
    found = None
    while _TYPE.fullmatch(tokens.next):
        word = tokens.take()
        found = found or word
        if word == "struct":
            tokens.name()
    if found is not None:
        while tokens.accept("*"):
            pass
    return found


def expression(tokens: Tokens, level: int = 0) -> Expression:
    """Read an expression."""
    if level == len(_LEVELS):
        return _product(tokens)
    left = expression(tokens, level + 1)
    while tokens.next in _LEVELS[level]:
        left = Binary(tokens.take(), left, expression(tokens, level + 1))
    return left


def _product(tokens: Tokens) -> Expression:
    left = _unary(tokens)
    while tokens.next == "*":
        tokens.take()
        left = Binary("*", left, _unary(tokens))
    return left


def _unary(tokens: Tokens) -> Expression:
    if tokens.next in ("!", "-"):
        return Unary(tokens.take(), _unary(tokens))
    if tokens.accept("*"):
        return Deref(_unary(tokens))
    if tokens.accept("&"):
        return _unary(tokens)
    if tokens.accept("("):
        if skip_type(tokens) is not None:
            tokens.expect(")")
            return _unary(tokens)
        inner = expression(tokens)
        tokens.expect(")")
        return inner
    if tokens.next[:1].isdigit():
        return Number(int(tokens.take(), 0))
    name = tokens.name()
    return Call(name, tuple(_arguments(tokens))) if tokens.accept("(") else Name(name)


def _arguments(tokens: Tokens) -> Iterator[Expression]:
    while not tokens.accept(")"):
        yield expression(tokens)
        if tokens.next != ")":
            tokens.expect(",")


def block(tokens: Tokens) -> tuple[Statement, ...]:
    """Read statements up to the brace that closes the block."""
    found: list[Statement] = []
    while not tokens.accept("}"):
        if not tokens.next:
            raise BrokenTest("a closing brace is missing")
        found.extend(_statement(tokens))
    return tuple(found)


def _statement(tokens: Tokens) -> Iterator[Statement]:
    if tokens.accept(";"):
        return
    if tokens.accept("{"):
        yield from block(tokens)
        return
    if tokens.next == "if":
        tokens.take()
        tokens.expect("(")
        condition = expression(tokens)
        tokens.expect(")")
        then = tuple(_statement(tokens))
        otherwise = tuple(_statement(tokens)) if tokens.accept("else") else ()
        yield Branch(condition, then, otherwise)
        return
    if tokens.next in ("while", "for", "do", "goto", "return", "switch"):
        raise BrokenTest(f"{tokens.next} is not supported: a test has no loops and no jumps")
    if skip_type(tokens) is not None:
        yield from _declarations(tokens)
        return
    yield _evaluation(tokens)
    tokens.expect(";")


def _declarations(tokens: Tokens) -> Iterator[Statement]:
    while True:
        while tokens.accept("*"):
            pass
        if tokens.peek(1) == "=":
            yield _evaluation(tokens)
        else:
            tokens.name()
        if not tokens.accept(","):
            break
    tokens.expect(";")


def _evaluation(tokens: Tokens) -> Evaluate:
    start = tokens.position
    register = None
    if tokens.next == "*":
        raise BrokenTest(f"{tokens.rest()}: a plain access is not supported: use READ_ONCE or WRITE_ONCE")
    if tokens.peek(1) == "=":
        register = tokens.name()
        tokens.expect("=")
    found = expression(tokens)
    return Evaluate(register, found, tokens.since(start))
