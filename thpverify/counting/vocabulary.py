"""What of a compiled model is counted, summed or kept: read off the IR and the author's few lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import attrs

from thpverify.counting.errors import Uncountable
from thpverify.ir.expressions import Const, Expr, Load, Param, Variable, subexpressions
from thpverify.ir.statements import Assign, Block, Cut, If, expressions_of, walk
from thpverify.ir.system import Command, System, Thread
from thpverify.ir.types import IntType, Type

FINITE, PROGRESS, CHOSEN = "finite", "progress", "chosen"
"""A local at a point: its value is part of the class; it is summed up; it is any value at all."""


@attrs.frozen(eq=False)
class Role:
    """A thread function and what is known of its locals and points, for all its instances.

    `kinds` says for each point and local that lives there how it is counted; `holding` are the points where the thread
    holds the lock of its record; `focus` names the locals that pick an element of its record's arrays from there.
    `record` is the index of its record: a number, or the local that has it.
    """

    name: str
    thread: Thread
    commands: tuple[Command, ...]
    record: int | Variable | None
    kinds: Mapping[tuple[int, str], str]
    holding: frozenset[int]
    focus: Mapping[int, tuple[str, ...]]

    def title(self, pc: int) -> str:
        """A name for a point that no other point of the role has."""
        labels = self.thread.points[pc].labels
        return f"{self.name}.{pc}" + (f" {labels[0]}" if labels else "")


@attrs.frozen(eq=False)
class Vocabulary:
    """A system at one N = `size`. `crowd` is the name of the records that are counted, such as "mm".

    `flags` are shared scalars with few values, `numbers` those that count, `sums` arrays over the subpages of which
    only the sum is kept. `fields` and `arrays` are the fields of a record, `lock` its lock.
    """

    system: System
    size: int
    crowd: str
    lock: Variable
    fields: tuple[Variable, ...]
    arrays: tuple[Variable, ...]
    flags: tuple[Variable, ...]
    numbers: tuple[Variable, ...]
    sums: tuple[Variable, ...]
    roles: tuple[Role, ...]

    def field_name(self, variable: Variable) -> str:
        """A record's field without the record."""
        return variable.name.split("].", 1)[1].removesuffix("[]")

    def is_crowd(self, variable: Variable) -> bool:
        """Whether it is a field of the records that are counted."""
        return variable.name.startswith(f"{self.crowd}[].")


def local_name(thread: Thread, variable: Variable) -> str:
    """A local's name, without the thread's."""
    return variable.name.removeprefix(f"{thread.name}.")


def vocabulary_of(system: System, other: System, size: int, lock: str) -> Vocabulary:
    """The vocabulary of `system`; `other` is the same model at another size.

    Raises:
        Uncountable: the model has something that cannot be counted.
    """
    span = system.commands[0].span
    if system.after_step:
        raise Uncountable("after_step is not counted: leave monotone hardware state out of what is counted", span)
    locks = [v for v in system.variables if v.role == "shared" and v.name.endswith(f"[].{lock}") and len(v.shape) == 1]
    if len(locks) != 1:
        raise Uncountable(f"no array of records has the lock {lock!r}: name the field that its holder owns it by", span)
    crowd = locks[0].name.split("[]", 1)[0]
    scaled = _scaled(system, other)
    shared = [v for v in system.variables if v.role == "shared"]
    own = [v for v in shared if v.name.startswith(f"{crowd}[].") and v is not locks[0]]
    rest = [v for v in shared if not v.name.startswith(f"{crowd}[].")]
    for variable in rest:
        if variable.shape and (len(variable.shape) > 1 or not isinstance(variable.type, IntType)):
            raise Uncountable(f"{variable.name} is an array of flags: count them in a field of their own", span)
    vocabulary = Vocabulary(
        system,
        size,
        crowd,
        locks[0],
        tuple(v for v in own if len(v.shape) == 1),
        tuple(v for v in own if len(v.shape) == 2),
        tuple(v for v in rest if not v.shape and not isinstance(v.type, IntType)),
        tuple(v for v in rest if not v.shape and isinstance(v.type, IntType)),
        tuple(v for v in rest if v.shape),
        (),
    )
    roles = tuple(_role(vocabulary, thread, scaled) for thread in _first_of_each(system))
    return attrs.evolve(vocabulary, roles=roles)


def _scaled(system: System, other: System) -> frozenset[Variable]:
    """The locals whose range depends on the size."""
    if len(system.variables) != len(other.variables) or len(system.commands) != len(other.commands):
        raise Uncountable("the model has other steps for another size: it cannot be counted for all of them at once")
    pairs = zip(system.variables, other.variables, strict=True)
    return frozenset(mine for mine, theirs in pairs if mine.role == "local" and mine.type != theirs.type)


def _first_of_each(system: System) -> Iterator[Thread]:
    seen: set[str] = set()
    for thread in system.threads:
        if thread.function not in seen:
            seen.add(thread.function)
            yield thread


@attrs.frozen
class _Leaf:
    """A way through a command's body: where it ends and what it assigns, the last time it does."""

    command: Command
    target: int
    assigned: tuple[Assign, ...]


def _leaves(command: Command) -> Iterator[_Leaf]:
    def through(block: Block, assigned: tuple[Assign, ...]) -> Iterator[_Leaf]:
        for at, statement in enumerate(block):
            match statement:
                case Assign():
                    assigned = (*assigned, statement)
                case If(then=then, orelse=orelse):
                    rest = block[at + 1 :]
                    yield from through((*then, *rest), assigned)
                    yield from through((*orelse, *rest), assigned)
                    return
                case Cut(pc=pc):
                    yield _Leaf(command, pc, assigned)
                    return

    return through(command.body, ())


def _role(vocabulary: Vocabulary, thread: Thread, scaled: frozenset[Variable]) -> Role:
    commands = tuple(c for c in vocabulary.system.commands if c.thread == thread.number)
    leaves = [leaf for command in commands for leaf in _leaves(command)]
    return Role(
        thread.function,
        thread,
        commands,
        _record(vocabulary, thread, commands),
        _kinds(thread, leaves, scaled),
        _holding(vocabulary, thread, leaves),
        _focus(vocabulary, thread, commands, leaves),
    )


def _record(vocabulary: Vocabulary, thread: Thread, commands: tuple[Command, ...]) -> int | Variable | None:
    found: set[int | Variable] = set()
    for command in commands:
        for statement in walk(command.body):
            if isinstance(statement, Assign) and statement.variable is vocabulary.lock:
                match statement.index[0]:
                    case Const(lo=number):
                        found.add(number)
                    case Load(variable=variable, index=()):
                        found.add(variable)
    if len(found) > 1:
        raise Uncountable(f"{thread.function} takes the locks of several records", commands[0].span)
    return next(iter(found), None)


def _kinds(thread: Thread, leaves: list[_Leaf], scaled: frozenset[Variable]) -> dict[tuple[int, str], str]:
    kinds = {
        (point.number, local_name(thread, variable)): PROGRESS if variable in scaled else FINITE
        for point in thread.points
        for variable in point.live
    }
    changed = True
    while changed:
        changed = False
        for leaf in leaves:
            for variable in scaled:
                name = local_name(thread, variable)
                if kinds.get((leaf.target, name)) == PROGRESS and _is_chosen(thread, leaf, variable, kinds):
                    kinds[leaf.target, name] = CHOSEN
                    changed = True
    return kinds


def _is_chosen(thread: Thread, leaf: _Leaf, variable: Variable, kinds: Mapping[tuple[int, str], str]) -> bool:
    last = [a.value for a in leaf.assigned if a.variable is variable]
    if not last:
        return kinds.get((leaf.command.pc, local_name(thread, variable))) == CHOSEN
    for part in subexpressions(last[-1]):
        if isinstance(part, Param):
            return True
        if isinstance(part, Load) and kinds.get((leaf.command.pc, local_name(thread, part.variable))) == CHOSEN:
            return True
    return False


def _holding(vocabulary: Vocabulary, thread: Thread, leaves: list[_Leaf]) -> frozenset[int]:
    held: dict[int, bool] = {0: False}
    changed = True
    while changed:
        changed = False
        for leaf in leaves:
            if leaf.command.pc not in held:
                continue
            locks = [a.value.lo for a in leaf.assigned if a.variable is vocabulary.lock]
            after = bool(locks[-1]) if locks else held[leaf.command.pc]
            if held.setdefault(leaf.target, after) != after:
                raise Uncountable(f"{thread.function} comes to a place with and without the lock", leaf.command.span)
            changed = changed or leaf.target not in held
        changed = changed or any(leaf.command.pc in held and leaf.target not in held for leaf in leaves)
    return frozenset(pc for pc, holds in held.items() if holds)


def _focus(
    vocabulary: Vocabulary, thread: Thread, commands: tuple[Command, ...], leaves: list[_Leaf]
) -> dict[int, tuple[str, ...]]:
    needs: set[tuple[int, str]] = set()
    for command in commands:
        needs |= {(command.pc, name) for name in _picks(vocabulary, thread, command)}
    changed = True
    while changed:
        before = len(needs)
        for leaf in leaves:
            assigned = {local_name(thread, a.variable) for a in leaf.assigned}
            needs |= {(leaf.command.pc, name) for pc, name in set(needs) if pc == leaf.target and name not in assigned}
        changed = len(needs) != before
    names = {point.number: sorted(name for pc, name in needs if pc == point.number) for point in thread.points}
    return {pc: tuple(found) for pc, found in names.items()}


def _picks(vocabulary: Vocabulary, thread: Thread, command: Command) -> Iterator[str]:
    """The locals that index an array of the record in `command`."""

    def of(expr: Expr) -> Iterator[str]:
        for part in subexpressions(expr):
            if isinstance(part, Load) and part.variable.role == "local":
                yield local_name(thread, part.variable)

    for statement in walk(command.body):
        if isinstance(statement, Assign) and statement.variable in vocabulary.arrays:
            yield from of(statement.index[1])
        for expr in (*expressions_of(statement), command.guard):
            for part in subexpressions(expr):
                if isinstance(part, Load) and part.variable in vocabulary.arrays:
                    yield from of(part.index[1])


def values_of(kind: Type) -> range:
    """The values of a type with few of them."""
    return range(kind.lo, kind.hi + 1)
