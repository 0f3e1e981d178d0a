"""A transition system: what the compiler makes of one scenario and the only thing that engines read."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from thpverify.ir.expressions import Expr, Param, Variable
from thpverify.ir.statements import Block, Cut, If, Span, Statement

State = tuple[int, ...]
"""One value per element of every variable, in the order of `System.variables`, arrays row-major."""

Position = tuple[tuple[str, int, int], ...]
"""Where a generator is suspended: (file, line, column) of each frame's yield, outermost first; () before the start."""


@attrs.frozen(eq=False)
class LocalHome:
    """Where CPython keeps what a local variable of the IR stands for.

    `frame` counts generator frames from the outermost, `name` is the Python name there, `path` selects a part of the
    value: an int a tuple's element, "index:k" the k-th index of a reference to a record or array.
    """

    variable: Variable
    frame: int
    name: str
    path: tuple[int | str, ...] = ()


@attrs.frozen(eq=False)
class Point:
    """A place where a thread can stand. `positions` are all the suspensions of the generator that stand here.

    `labels` are the labels of the yields that end here; `live` the locals whose values matter here (all others
    hold their type's reset value); `homes` says where the replayer finds them.
    """

    number: int
    span: Span
    labels: tuple[str, ...]
    positions: frozenset[Position]
    live: tuple[Variable, ...]
    homes: tuple[LocalHome, ...]


@attrs.frozen(eq=False)
class Command:
    """An atomic step of thread number `thread` that stands at `pc`.

    It can fire once for each valuation of `params` that makes `guard` true on the state before; it then executes
    `body`, in which a failed `Check` is a violation and gives no successor. `guard` is total: it has no Checks.
    `function` is the innermost Python function that the step starts in.
    """

    number: int
    thread: int
    pc: int
    function: str
    params: tuple[Param, ...]
    guard: Expr
    body: Block
    span: Span


@attrs.frozen(eq=False)
class Thread:
    """One process: an instance of a thread function. `points[0]` is the start, `done` the one after its return."""

    number: int
    name: str
    function: str
    arguments: tuple[tuple[str, str], ...]
    pc: Variable
    points: tuple[Point, ...]
    done: int | None


@attrs.frozen(eq=False)
class Property:
    """What must hold in every reachable state ("invariant") or be true in at least one ("reachable").

    Evaluate `body` (Lets, Ifs and Checks only), then `result`.
    """

    name: str
    kind: str
    statement: str
    body: Block
    result: Expr
    span: Span


@attrs.frozen(eq=False)
class InitialState:
    """A state to start from and the choices, as Python shows them, that the model's `initial` function made for it."""

    state: State
    choices: tuple[tuple[int, ...], ...] = ()


@attrs.frozen(eq=False)
class SymbolicStart:
    """How initial states come about that are too many to list.

    Take `state`, give the elements `free` (by their numbers) any values of their types and `params` any of theirs;
    where `guard` is then true, `body` and the system's `after_step` make an initial state of it.
    """

    state: State
    free: tuple[int, ...]
    params: tuple[Param, ...]
    guard: Expr
    body: Block


@attrs.frozen(eq=False)
class System:
    """All of one scenario. `commands[i].number == i`, likewise threads and each thread's points.

    `after_step` (Lets, Assigns to shared variables, Ifs and Checks) runs at the end of every step, behind the
    command's Cut; a Check that fails there ends the step without a successor, as in the body. `inlined` writes it out.

    With a `start`, `initial` has only those initial states that an engine met; without, it has all.
    """

    name: str
    variables: tuple[Variable, ...]
    threads: tuple[Thread, ...]
    commands: tuple[Command, ...]
    properties: tuple[Property, ...]
    initial: tuple[InitialState, ...]
    check_deadlock: bool
    after_step: Block = ()
    start: SymbolicStart | None = None
    offsets: dict[Variable, int] = attrs.field(init=False, repr=False)

    @offsets.default
    def _count_elements(self) -> dict[Variable, int]:
        offsets: dict[Variable, int] = {}
        total = 0
        for variable in self.variables:
            offsets[variable] = total
            total += variable.size
        return offsets

    def elements(self) -> Iterator[tuple[Variable, int, str]]:
        """(variable, flat index, name) of each element, in the order in which a State lists them."""
        for variable in self.variables:
            for flat in range(variable.size):
                yield variable, flat, variable.element_name(flat)

    def inlined(self) -> System:
        """The same system with `after_step` written out before every Cut."""
        if not self.after_step:
            return self
        commands = tuple(attrs.evolve(c, body=_before_cuts(c.body, self.after_step)) for c in self.commands)
        return attrs.evolve(self, commands=commands, after_step=())

    def __str__(self) -> str:
        from thpverify.ir.printer import show_system

        return show_system(self)


def _before_cuts(block: Block, hook: Block) -> Block:
    done: list[Statement] = []
    for statement in block:
        match statement:
            case Cut():
                done.extend((*hook, statement))
            case If(then=then, orelse=orelse):
                done.append(attrs.evolve(statement, then=_before_cuts(then, hook), orelse=_before_cuts(orelse, hook)))
            case _:
                done.append(statement)
    return tuple(done)
