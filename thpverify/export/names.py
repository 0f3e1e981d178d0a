"""Names for the exported model: the author's words, made identifiers, unique, and no keyword of the target."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

import attrs

from thpverify.export.natures import Nature
from thpverify.export.simplify import is_trivial
from thpverify.ir.expressions import Variable
from thpverify.ir.statements import Span
from thpverify.ir.system import Point, Property, System, Thread
from thpverify.ir.types import BoolType, EnumType, RefType


class Namer:
    """Hands out identifiers; none twice, also when upper and lower case are the only difference."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self._taken = {word.casefold() for word in reserved}

    def take(self, *wanted: str) -> str:
        """The first of `wanted` that is free as an identifier; the last one with a number behind it if none is."""
        words = [identifier(text) for text in wanted]
        count = 2
        while words[0].casefold() in self._taken:
            if len(words) > 1:
                words.pop(0)
            else:
                words = [f"{identifier(wanted[-1])}_{count}"]
                count += 1
        self._taken.add(words[0].casefold())
        return words[0]

    def inner(self) -> Namer:
        """A namer for an inner scope, which does not hide any outer name."""
        return Namer(self._taken)


def identifier(text: str) -> str:
    """`text` with everything that cannot stand in an identifier turned into single underscores."""
    word = re.sub(r"_{2,}", "_", re.sub(r"[^A-Za-z0-9_]", "_", text.replace("[]", ""))).strip("_")
    return word if word[:1].isalpha() else f"x{word}"


def comment(text: str) -> str:
    """`text` on one line and safe within a comment or a string of either language."""
    plain = " ".join(text.split()).encode("ascii", "replace").decode()
    return plain.replace("*/", "* /").replace("/*", "/ *").replace('"', "'").replace("\\", "/")


def place(span: Span) -> str:
    """The model's line, for a comment; without the directory, which differs from one machine to the next."""
    return comment(f"{PurePath(span.file).name}:{span.line}")


def point_words(thread: Thread, point: Point) -> str:
    """What to call the place where a thread stands: the label of the step that led there."""
    if point.number == thread.done:
        return "done"
    if point.number == 0 and not point.labels:
        return "start"
    return identifier(" ".join(point.labels[0].split()[:6])) if point.labels else f"line {point.span.line}"


@attrs.frozen
class Vocabulary:
    """The names of all that is known throughout a model. `points` and `members` name constants."""

    namer: Namer
    threads: dict[int, str]
    variables: dict[Variable, str]
    points: dict[tuple[int, int], str]
    members: dict[EnumType, tuple[str, ...]]
    none: str
    properties: dict[Property, str]

    def constant(self, value: int, nature: Nature) -> str:
        """`value` by the name that `nature` has for it."""
        match nature:
            case BoolType() if value in (0, 1):
                return "true" if value else "false"
            case EnumType(members=members) if 0 <= value < len(members):
                return self.members[nature][value] if nature in self.members else str(value)
            case RefType() if value == -1:
                return self.none
            case Thread(number=thread) if (thread, value) in self.points:
                return self.points[thread, value]
        return str(value)


def vocabulary(system: System, reserved: Iterable[str]) -> Vocabulary:
    """Names for all of `system`; threads first, so that theirs come out plainest."""
    namer = Namer(reserved)
    threads = {thread.number: namer.take(thread.name) for thread in system.threads}
    variables = {v: namer.take(v.name, f"{v.name}_var") for v in system.variables if not is_trivial(v)}
    members: dict[EnumType, tuple[str, ...]] = {}
    for variable in system.variables:
        kind = variable.type
        if isinstance(kind, EnumType) and kind not in members:
            members[kind] = tuple(namer.take(f"{kind.name}_{member}") for member in kind.members)
    points = {
        (thread.number, point.number): namer.take(f"{threads[thread.number]}_AT_{point_words(thread, point)}")
        for thread in system.threads
        for point in thread.points
    }
    refs = any(isinstance(v.type, RefType) for v in system.variables)
    return Vocabulary(
        namer=namer,
        threads=threads,
        variables=variables,
        points=points,
        members=members,
        none=namer.take("None") if refs else "None",
        properties={p: namer.take(p.name, f"{p.name}_holds") for p in system.properties},
    )
