"""From a thread's statements to its paths: straight lines of operations, one for each outcome of its conditions.

Which path a thread takes is chosen before it runs. Its loads need not wait for a condition, as on hardware that
predicts branches; its stores do. What was predicted wrongly shows in the end, when a condition of the path is false,
and counts for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

import attrs

from thpverify.litmus.c_syntax import (
    Binary,
    Branch,
    Call,
    Deref,
    Evaluate,
    Expression,
    Name,
    Number,
    Statement,
    Unary,
)
from thpverify.litmus.errors import BrokenTest
from thpverify.litmus.lkmm_program import LkmmProgram, Process, Value

MAX_OPERATIONS = 32
MAX_PATHS = 26


@attrs.frozen
class Result:
    """What operation number `position` of the path has read."""

    position: int


@attrs.frozen
class Address:
    """The address of a variable."""

    variable: str


@attrs.frozen
class Computed:
    """Arithmetic, comparison, ``&&``, ``||``, ``!`` of terms."""

    operator: str
    operands: tuple[Term, ...]


Term = Number | Result | Address | Computed


@attrs.frozen
class Operation:
    """One access or fence.

    `kind` is "read", "write", "update" (an atomic read-modify-write), "rmb", "wmb", "mb", "lock", "unlock", "rcu lock",
    "rcu unlock", "grace begin" or "grace end". `target` is an address. `must` is what the value read has to be
    equal to, or with `must_not` different from. `conditions` are the branches that a store waits for. `reader` counts
    the thread's RCU readers.
    """

    kind: str
    text: str
    target: Term | None = None
    value: Term | None = None
    must: Term | None = None
    must_not: bool = False
    acquires: bool = False
    releases: bool = False
    conditions: tuple[Term, ...] = ()
    reader: int = 0

    @property
    def reads(self) -> bool:
        """Whether it loads."""
        return self.kind in ("read", "update", "lock")

    @property
    def writes(self) -> bool:
        """Whether it stores."""
        return self.kind in ("write", "update", "unlock")

    @property
    def is_full(self) -> bool:
        """Whether nothing passes it in either direction."""
        return self.kind in ("mb", "grace begin", "grace end")

    def sources(self) -> frozenset[int]:
        """The loads that it depends on: by address, and if it stores also by data and control."""
        terms = [self.target, self.must]
        if self.writes:
            terms += [self.value, *self.conditions]
        return frozenset(position for term in terms if term is not None for position in results_in(term))


@attrs.frozen
class Path:
    """A way through a thread: its operations, what registers hold in the end, and the conditions that make it real.

    `control` are the conditions of the branches around the next operation, `readers` the RCU readers open there.
    """

    operations: tuple[Operation, ...] = ()
    registers: Mapping[str, Term] = attrs.field(factory=dict)
    constraints: tuple[Term, ...] = ()
    control: tuple[Term, ...] = ()
    readers: int = 0

    def with_operation(self, operation: Operation) -> Path:
        """The path with one more operation, which waits for the branches that it is in if it stores."""
        if len(self.operations) >= MAX_OPERATIONS:
            raise BrokenTest(f"a thread has more than {MAX_OPERATIONS} operations")
        if operation.writes and operation.kind != "unlock":
            operation = attrs.evolve(operation, conditions=self.control)
        return attrs.evolve(self, operations=(*self.operations, operation))

    def with_register(self, name: str, value: Term) -> Path:
        """The path with `value` in a register."""
        return attrs.evolve(self, registers={**self.registers, name: value})


def results_in(term: Term) -> Iterator[int]:
    """The positions of the loads that `term` is made of."""
    match term:
        case Result(position=position):
            yield position
        case Computed(operands=operands):
            for operand in operands:
                yield from results_in(operand)


def paths_of(program: LkmmProgram, thread: int) -> tuple[Path, ...]:
    """Every path of one thread.

    Raises:
        BrokenTest: it uses what is not there or not supported.
    """
    process = program.processes[thread]
    start = {name: _term(value) for (t, name), value in program.registers.items() if t == thread}
    walk = _Walk(program, process, frozenset(_assigned(process.body)) | set(start))
    try:
        return tuple(walk.run(process.body, Path(registers=start)))
    except BrokenTest as error:
        raise BrokenTest(f"P{thread}: {error}") from None


def _term(value: Value) -> Term:
    return Number(value) if isinstance(value, int) else Address(value)


def _assigned(statements: Sequence[Statement]) -> Iterator[str]:
    for statement in statements:
        match statement:
            case Evaluate(register=str() as name):
                yield name
            case Branch(then=then, otherwise=otherwise):
                yield from _assigned(then)
                yield from _assigned(otherwise)


_ORDERED = re.compile(r"(?:atomic_(?:long_)?)?(\w+?)(_relaxed|_acquire|_release)?")
_FENCES = {
    "smp_mb": "mb", "smp_rmb": "rmb", "smp_wmb": "wmb", "smp_mb__before_atomic": "mb", "smp_mb__after_atomic": "mb",
    "smp_mb__after_spinlock": "mb", "smp_mb__after_unlock_lock": "mb",
}  # fmt: skip
_COUNTED = {"add": 1, "sub": -1, "inc": 1, "dec": -1}


@attrs.frozen
class _Walk:
    """A walk through one thread. Every method that evaluates may fork: a compare-and-exchange succeeds or fails."""

    program: LkmmProgram
    process: Process
    known: frozenset[str]

    def run(self, statements: Sequence[Statement], start: Path) -> list[Path]:
        paths = [start]
        for statement in statements:
            paths = [after for path in paths for after in self.step(statement, path)]
            if len(paths) > MAX_PATHS:
                raise BrokenTest(f"more than {MAX_PATHS} paths lead through the thread")
        return paths

    def step(self, statement: Statement, path: Path) -> Iterator[Path]:
        if isinstance(statement, Evaluate):
            for value, after in self.evaluate(statement.expression, path, statement.text):
                if statement.register is None:
                    yield after
                elif value is None:
                    raise BrokenTest(f"{statement.text}: there is no value to assign")
                else:
                    yield after.with_register(statement.register, value)
            return
        for condition, after in self.evaluate(statement.condition, path, "condition"):
            if condition is None:
                raise BrokenTest("the condition of an if has no value")
            for taken, statements in ((condition, statement.then), (Computed("!", (condition,)), statement.otherwise)):
                inside = attrs.evolve(
                    after, constraints=(*after.constraints, taken), control=(*after.control, taken)
                )
                for end in self.run(statements, inside):
                    yield attrs.evolve(end, control=path.control)

    def evaluate(self, node: Expression, path: Path, text: str) -> Iterator[tuple[Term | None, Path]]:
        """The value of `node`, None if it has none, and the path behind it."""
        match node:
            case Number():
                yield node, path
            case Name(name=name):
                yield self.named(name, path), path
            case Deref():
                raise BrokenTest(f"{text}: a plain access is not supported: use READ_ONCE or WRITE_ONCE")
            case Unary(operator=operator, operand=operand):
                for value, after in self.value(operand, path, text):
                    yield Computed(operator, (value,)), after
            case Binary(operator=operator, left=left, right=right):
                for first, between in self.value(left, path, text):
                    for second, after in self.value(right, between, text):
                        yield Computed(operator, (first, second)), after
            case Call():
                yield from self.call(node, path, text)

    def value(self, node: Expression, path: Path, text: str) -> Iterator[tuple[Term, Path]]:
        for value, after in self.evaluate(node, path, text):
            if value is None:
                raise BrokenTest(f"{text}: a value is missing")
            yield value, after

    def named(self, name: str, path: Path) -> Term:
        if name in path.registers:
            return path.registers[name]
        if name in self.process.parameters or name in self.program.initial:
            return Address(name)
        if name in self.known:
            return Number(0)
        raise BrokenTest(f"there is no register or variable {name}")

    def call(self, node: Call, path: Path, text: str) -> Iterator[tuple[Term | None, Path]]:
        name, given = node.function, node.arguments
        if name in _FENCES:
            yield None, path.with_operation(Operation(_FENCES[name], text))
        elif name in ("rcu_read_lock", "rcu_read_unlock"):
            yield None, self.reader(name == "rcu_read_lock", path, text)
        elif name == "barrier":
            yield None, path
        elif name in ("synchronize_rcu", "synchronize_rcu_expedited"):
            begun = path.with_operation(Operation("grace begin", f"{text}: begin"))
            yield None, begun.with_operation(Operation("grace end", f"{text}: end"))
        elif name in ("spin_lock", "spin_unlock"):
            yield None, path.with_operation(self.lock(name, given, text))
        else:
            yield from self.access(name, given, path, text)

    def reader(self, enters: bool, path: Path, text: str) -> Path:
        """An RCU reader begins or ends; of nested ones only the outermost counts."""
        after = attrs.evolve(path, readers=path.readers + (1 if enters else -1))
        if after.readers < 0:
            raise BrokenTest(f"{text}: no reader is open")
        if min(path.readers, after.readers) > 0:
            return after
        earlier = sum(operation.kind == "rcu unlock" for operation in path.operations)
        return after.with_operation(Operation("rcu lock" if enters else "rcu unlock", text, reader=earlier))

    def lock(self, name: str, given: tuple[Expression, ...], text: str) -> Operation:
        match given:
            case (Name(name=lock),) if lock in self.program.locks:
                taken = name == "spin_lock"
                return Operation(
                    "lock" if taken else "unlock", text, Address(lock), acquires=taken, releases=not taken
                )
        raise BrokenTest(f"{text}: {name} takes a spinlock_t")

    def access(
        self, name: str, given: tuple[Expression, ...], path: Path, text: str
    ) -> Iterator[tuple[Term | None, Path]]:
        pointer, others = self.operands(name, given, text)
        for target, at in self.value(pointer, path, text):
            if isinstance(target, Number) or (isinstance(target, Address) and target.variable in self.program.locks):
                raise BrokenTest(f"{text}: that is not the address of a variable")
            for values, after in self.values(others, at, text):
                yield from self.accessed(name, target, values, after, text)

    def values(
        self, nodes: tuple[Expression, ...], path: Path, text: str
    ) -> Iterator[tuple[tuple[Term, ...], Path]]:
        if not nodes:
            yield (), path
            return
        for first, between in self.value(nodes[0], path, text):
            for rest, after in self.values(nodes[1:], between, text):
                yield (first, *rest), after

    def operands(
        self, name: str, given: tuple[Expression, ...], text: str
    ) -> tuple[Expression, tuple[Expression, ...]]:
        """The pointer that an access takes, and its other arguments."""
        if not given or name.startswith("spin_"):
            raise BrokenTest(f"{text}: {name} is not known, or lacks its arguments")
        if name in ("READ_ONCE", "WRITE_ONCE", "rcu_dereference", "rcu_assign_pointer", "smp_store_mb"):
            first = given[0]
            if not isinstance(first, Deref):
                raise BrokenTest(f"{text}: {name} takes *x")
            return first.pointer, given[1:]
        if re.fullmatch(r"atomic_(long_)?(fetch_)?(add|sub)(_return|_and_test)?(_\w+)?", name) and "unless" not in name:
            return given[-1], given[:-1]
        return given[0], given[1:]

    def accessed(
        self, name: str, target: Term, values: tuple[Term, ...], path: Path, text: str
    ) -> Iterator[tuple[Term | None, Path]]:
        here = Result(len(path.operations))
        match name, values:
            case ("READ_ONCE" | "rcu_dereference" | "atomic_read" | "atomic_long_read"), ():
                yield here, path.with_operation(Operation("read", text, target))
            case ("smp_load_acquire" | "atomic_read_acquire" | "atomic_long_read_acquire"), ():
                yield here, path.with_operation(Operation("read", text, target, acquires=True))
            case ("WRITE_ONCE" | "atomic_set" | "atomic_long_set"), (value,):
                yield None, path.with_operation(Operation("write", text, target, value))
            case (
                "smp_store_release" | "rcu_assign_pointer" | "atomic_set_release" | "atomic_long_set_release"
            ), (value,):
                yield None, path.with_operation(Operation("write", text, target, value, releases=True))
            case "smp_store_mb", (value,):
                written = path.with_operation(Operation("write", text, target, value))
                yield None, written.with_operation(Operation("mb", f"{text}: smp_mb"))
            case _:
                yield from self.update(name, target, values, path, text)

    def update(
        self, name: str, target: Term, values: tuple[Term, ...], path: Path, text: str
    ) -> Iterator[tuple[Term | None, Path]]:
        """An atomic read-modify-write. Without a suffix, those that return a value are full barriers."""
        found = _ORDERED.fullmatch(name)
        assert found is not None
        base, suffix = found[1], found[2] or ""
        match base, values:
            case "xchg", (value,):
                yield self.updated(target, value, path, text, suffix)
            case "cmpxchg", (old, new):
                yield self.updated(target, new, path, text, suffix, must=old)
                yield self.refused(target, old, True, path, text)
            case "add_unless", (step, limit):
                yield from self.unless(target, step, limit, path, text, suffix)
            case "inc_not_zero", ():
                yield from self.unless(target, Number(1), Number(0), path, text, suffix)
            case _ if name.startswith("atomic_"):
                yield self.counted(base, target, values, path, text, suffix)
            case _:
                raise BrokenTest(f"{text}: {name} is not known, or has other arguments")

    def counted(
        self, base: str, target: Term, values: tuple[Term, ...], path: Path, text: str, suffix: str
    ) -> tuple[Term | None, Path]:
        """atomic_add(), atomic_fetch_add(), atomic_add_return(), atomic_dec_and_test() and the like."""
        found = re.fullmatch(r"(fetch_)?(add|sub|inc|dec)(_return|_and_test)?", base)
        takes = 1 if found and found[2] in ("add", "sub") else 0
        if found is None or (found[1] and found[3]) or len(values) != takes:
            raise BrokenTest(f"{text}: atomic_{base} is not known, or has other arguments")
        step = values[0] if values else Number(1)
        operator = "+" if _COUNTED[found[2]] > 0 else "-"
        returns = bool(found[1] or found[3])
        at = len(path.operations) + (returns and not suffix)
        new = Computed(operator, (Result(at), step))
        old, after = self.updated(target, new, path, text, suffix if returns else "_relaxed")
        if found[1]:
            return old, after
        if found[3] == "_and_test":
            return Computed("==", (new, Number(0))), after
        return (new if found[3] else None), after

    def unless(
        self, target: Term, step: Term, limit: Term, path: Path, text: str, suffix: str
    ) -> Iterator[tuple[Term | None, Path]]:
        """atomic_add_unless(): it adds and returns 1, or reads `limit` and returns 0."""
        at = len(path.operations) + (not suffix)
        new = Computed("+", (Result(at), step))
        yield Number(1), self.updated(target, new, path, text, suffix, must=limit, must_not=True)[1]
        yield Number(0), self.refused(target, limit, False, path, text)[1]

    def updated(
        self,
        target: Term,
        value: Term,
        path: Path,
        text: str,
        suffix: str,
        *,
        must: Term | None = None,
        must_not: bool = False,
    ) -> tuple[Term, Path]:
        """The update itself, between two full barriers if it has no suffix; what it read, and the path behind."""
        if not suffix:
            path = path.with_operation(Operation("mb", f"{text}: smp_mb before"))
        read = Result(len(path.operations))
        acquires, releases = suffix == "_acquire", suffix == "_release"
        path = path.with_operation(
            Operation("update", text, target, value, must, must_not, acquires=acquires, releases=releases)
        )
        if not suffix:
            path = path.with_operation(Operation("mb", f"{text}: smp_mb after"))
        return read, path

    def refused(self, target: Term, value: Term, must_not: bool, path: Path, text: str) -> tuple[Term, Path]:
        """A conditional update that only reads; it orders nothing."""
        operation = Operation("read", f"{text}: refused", target, must=value, must_not=must_not)
        return Result(len(path.operations)), path.with_operation(operation)
