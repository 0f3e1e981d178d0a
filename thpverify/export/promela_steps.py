"""Statements, properties and steps in Promela."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from thpverify.export.errors import ExportError
from thpverify.export.expressions import Language, Writer
from thpverify.export.names import Namer, Vocabulary, comment
from thpverify.export.natures import Natures
from thpverify.export.self_index import block_without_self_index, without_self_index
from thpverify.export.simplify import block_reads, simplify, temps_of, variables_read, variables_written
from thpverify.export.text import WIDTH
from thpverify.ir.expressions import Binary, Expr, Param, Temp, Variable, negate
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Statement, walk
from thpverify.ir.system import Command, Property, System

LANGUAGE = Language(
    operators={"+": "+", "-": "-", "*": "*", "//": "/", "%": "%", "==": "==", "!=": "!=", "<": "<", "<=": "<=",
               "and": "&&", "or": "||"},
    choice="->",
    strict_booleans=False,
    flat_arrays=True,
)


def c_type(lo: int, hi: int) -> str:
    """The smallest Promela type for an array's elements or a scratch variable.

    Raises:
        ExportError: 32 bits are not enough.
    """
    if lo >= 0 and hi <= 255:
        return "bit" if hi <= 1 else "byte"
    if lo >= -(2**15) and hi < 2**15:
        return "short"
    if lo >= -(2**31) and hi < 2**31:
        return "int"
    raise ExportError(f"Promela's largest type is a 32-bit int, which does not hold {lo}..{hi}")


@attrs.define
class Scratch:
    """The temps of all steps: variables that are 0 between steps, shared by all that use the same name."""

    namer: Namer
    # Hidden variables become globals of the C program, among SPIN's own: hence the prefix.
    names: dict[str, list[str]] = attrs.field(factory=dict)
    spans: dict[str, tuple[int, int]] = attrs.field(factory=dict)

    def assign(self, temps: Iterable[Temp]) -> dict[int, str]:
        """A name for each of `temps`, which are in use at the same time."""
        given: dict[int, str] = {}
        used: dict[str, int] = {}
        for temp in temps:
            pool = self.names.setdefault(temp.name, [])
            position = used.get(temp.name, 0)
            used[temp.name] = position + 1
            if position == len(pool):
                pool.append(self.namer.take(f"tmp_{temp.name}"))
            name = pool[position]
            lo, hi = self.spans.get(name, (0, 0))
            self.spans[name] = min(lo, temp.lo), max(hi, temp.hi)
            given[temp.number] = name
        return given


@attrs.frozen
class WrittenProperty:
    """A property as an inline: what to call after a step that writes any of `reads`."""

    name: str
    reads: frozenset[Variable]
    lines: tuple[str, ...]


@attrs.frozen
class Steps:
    """Writes what happens within steps. `places` are the pcs that are variables, too, and not only labels."""

    system: System
    words: Vocabulary
    natures: Natures
    scratch: Scratch
    places: frozenset[Variable]

    def writer(self, block: Block, params: dict[int, str]) -> Writer:
        """A writer for the expressions of `block`, whose temps get their names here."""
        temps = self.scratch.assign(temps_of(block).values())
        return Writer(LANGUAGE, self.words, self.natures.within(block), temps, params)

    def property(self, prop: Property, reachable: str | None) -> WrittenProperty | None:
        """`prop` as an inline; None if nothing of it can be violated: a "reachable" that is not the one asked for."""
        body, result = simplify(prop.body, prop.result)
        assert result is not None
        body, result = block_without_self_index(body), without_self_index(result)
        asked = prop.kind == "invariant" or prop.name == reachable
        if not asked and not any(isinstance(s, Check) for s in walk(body)):
            return None
        writer = self.writer(body, {})
        lines = self._statements(body, writer, None)
        if asked:
            wanted = result if prop.kind == "invariant" else negate(result)
            lines.append(f"assert({self.conjunction(wanted, writer)})")
        lines += [f"{name} = 0" for name in writer.temps.values()]
        reads = frozenset(block_reads(body) | variables_read(result))
        return WrittenProperty(self.words.properties[prop], reads, tuple(joined(lines)))

    def conjunction(self, expr: Expr, writer: Writer) -> str:
        """`expr`, each part of a conjunction on its own line if it is long."""
        plain = writer.truth(expr)
        parts = [writer.truth(part, within=True) for part in conjuncts(expr)]
        return plain if len(plain) <= 100 or len(parts) == 1 else " &&\n       ".join(parts)

    def step(
        self, command: Command, guard: Expr, body: Block, params: dict[int, str], properties: list[WrittenProperty]
    ) -> list[str]:
        """The lines of the `d_step` of one branch of `command`, with the checks of what it may have broken."""
        pc = self.system.threads[command.thread].pc
        body, guard = block_without_self_index(body), without_self_index(guard)
        writer = self.writer(body, params)
        lines = self._statements(body, writer, pc)
        lines += [f"{name} = 0" for name in writer.temps.values()]
        written = variables_written(body) | {pc}
        lines += [f"{prop.name}()" for prop in properties if prop.reads & written]
        head = "d_step {" if guard.is_constant else f"d_step {{ {self.conjunction(guard, writer)} ->"
        return [head, *("  " + line for text in joined(lines or ["skip"]) for line in text.split("\n")), "}"]

    def _statements(self, block: Block, writer: Writer, pc: Variable | None) -> list[str]:
        lines: list[str] = []
        for statement in block:
            lines += self._statement(statement, writer, pc)
        return lines

    def _statement(self, statement: Statement, writer: Writer, pc: Variable | None) -> list[str]:
        match statement:
            case Let(temp=temp, value=value):
                return [f"{writer.temps[temp.number]} = {writer.value(value, writer.natures.temps.get(temp.number))}"]
            case Assign(variable=variable, index=index, value=value):
                place, nature = writer.place(variable, index), self.natures.of_variable(variable)
                shown = writer.value(value, nature)
                if shown in (f"{place} + 1", f"{place} - 1"):
                    return [place + 2 * shown[-3]]
                return [f"{place} = {shown}"]
            case Check(kind=kind, condition=condition, message=message):
                check, note = f"assert({writer.truth(condition)})", f"/* {comment(f'{kind}: {message}')} */"
                return [f"{check} {note}" if len(check) + len(note) < WIDTH else f"{note}\n{check}"]
            case If(condition=condition, then=then, orelse=orelse):
                arms = [self._statements(arm, writer, pc) or ["skip"] for arm in (then, orelse)]
                lines = ["if", f":: {writer.truth(condition)} ->", *_deeper(arms[0])]
                return ["\n".join([*lines, ":: else ->", *_deeper(arms[1]), "fi"])]
            case Cut(pc=point):
                if pc not in self.places or pc is None:
                    return []
                return [f"{self.words.variables[pc]} = {self.words.constant(point, self.natures.of_variable(pc))}"]
        raise TypeError(f"not a statement of a step: {statement!r}")


def _deeper(lines: list[str]) -> list[str]:
    return ["  " + line for text in joined(lines) for line in text.split("\n")]


def joined(lines: list[str]) -> list[str]:
    """`lines` with the semicolons that Promela wants between statements, before a comment at the end of a line."""
    done = []
    for line in lines[:-1]:
        statement, mark, note = line.rpartition(" /* ")
        done.append(f"{statement};{mark}{note}" if mark and note.endswith("*/") else f"{line};")
    return done + lines[-1:]


def conjuncts(expr: Expr) -> list[Expr]:
    """The parts of a conjunction, left to right; `expr` itself if it is none."""
    if isinstance(expr, Binary) and expr.op == "and":
        return conjuncts(expr.left) + conjuncts(expr.right)
    return [expr]


def param_names(params: tuple[Param, ...], namer: Namer) -> dict[int, str]:
    """Names for the params of a command that hide no other name; `namer` is used up by it."""
    return {p.number: namer.take(p.name, f"any_{p.name}") for p in params}
