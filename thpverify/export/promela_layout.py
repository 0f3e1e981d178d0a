"""Where Promela keeps what: variables of all, variables of one process, and places that are labels only."""

from __future__ import annotations

import attrs

from thpverify.export.names import Vocabulary
from thpverify.export.natures import Natures
from thpverify.export.promela_steps import c_type
from thpverify.export.promela_threads import Places, places
from thpverify.export.simplify import block_reads, is_trivial, variables_read, variables_written
from thpverify.export.values import initial_states
from thpverify.ir.expressions import Variable
from thpverify.ir.system import State, System
from thpverify.ir.types import BoolType


@attrs.frozen
class Layout:
    """`own` are the variables that only their thread's proctype sees, `stored` the pcs that need to be variables."""

    places: dict[int, Places]
    own: dict[int, list[Variable]]
    stored: frozenset[Variable]


def layout(system: System) -> Layout:
    """A pc is stored if it is read or labels do not suffice; a local is a process's own if nobody else reads it."""
    where = {thread.number: places(system, thread) for thread in system.threads}
    read = _spoken_of(system)
    anyone = frozenset[Variable]().union(*read.values())
    stored = frozenset(t.pc for t in system.threads if t.pc in anyone or where[t.number].shared)
    own: dict[int, list[Variable]] = {}
    for thread in system.threads:
        others = frozenset[Variable]().union(*(seen for number, seen in read.items() if number != thread.number))
        own[thread.number] = [
            v for v in system.variables
            if v.role == "local" and v.thread == thread.number and v not in others and not is_trivial(v)
            and len({x for state in initial_states(system) for x in elements(system, v, state)}) == 1
        ]
    return Layout(where, own, stored)


def _spoken_of(system: System) -> dict[int | None, frozenset[Variable]]:
    """What the commands of each thread read or write; under None what properties read."""
    spoken: dict[int | None, set[Variable]] = {None: set(), **{t.number: set() for t in system.threads}}
    for command in system.commands:
        spoken[command.thread] |= variables_read(command.guard) | block_reads(command.body)
        spoken[command.thread] |= variables_written(command.body)
    for prop in system.properties:
        spoken[None] |= block_reads(prop.body) | variables_read(prop.result)
    return {number: frozenset(seen) for number, seen in spoken.items()}


def elements(system: System, variable: Variable, state: State) -> tuple[int, ...]:
    """The values of `variable` in `state`, row-major."""
    start = system.offsets[variable]
    return state[start : start + variable.size]


def declare(variable: Variable, start: int, words: Vocabulary, natures: Natures) -> list[str]:
    """The lines that declare `variable`, all of whose elements start as `start`."""
    kind, name = variable.type, words.variables[variable]
    initial = f" = {words.constant(start, natures.of_variable(variable))}" if start else ""
    note = "" if isinstance(kind, BoolType) else f" /* {kind}: {kind.lo}..{kind.hi} */"
    if str(kind) == f"{kind.lo}..{kind.hi}":
        note = f" /* {kind} */"
    element = "bool" if isinstance(kind, BoolType) else c_type(kind.lo, kind.hi)
    if not variable.shape:
        if kind.lo >= 0 and 1 < kind.hi < 128:
            return [f"unsigned {name} : {kind.hi.bit_length()}{initial};{note}"]
        return [f"{element} {name}{initial};{note}"]
    if len(variable.shape) == 1:
        return [f"{element} {name}[{variable.size}]{initial};{note}"]
    # Promela's arrays have one dimension.
    cells = words.namer.take(f"{name}_cells")
    letters = [f"i{k}" for k in range(len(variable.shape))]
    flat = f"({letters[0]})"
    for letter, size in zip(letters[1:], variable.shape[1:], strict=True):
        flat = f"({flat} * {size} + ({letter}))"
    macro = f"#define {name}({', '.join(letters)}) {cells}[{flat}]"
    return [f"{element} {cells}[{variable.size}]{initial};{note}", macro]
