"""A test of the kernel's memory model as a model: every operation is a thread, which waits for those before it."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from string import ascii_lowercase

import attrs

from thpverify.litmus.c_syntax import Number
from thpverify.litmus.errors import BrokenTest
from thpverify.litmus.lkmm_order import waits_of
from thpverify.litmus.lkmm_paths import Address, Computed, Operation, Path, Result, Term, paths_of
from thpverify.litmus.lkmm_program import Atom, Formula, LkmmProgram, Value

_HEAD = '''"""{id}: {title}"""

from models.hardware import weak_memory
from thpverify.lang import Array, Bool, Int, choose, reachable, record, scenario, thread
'''


def lkmm_source(program: LkmmProgram) -> str:
    """The text of a module that declares the scenario of `program`; property `asked` is its question.

    Raises:
        BrokenTest: it uses what is not there or not supported.
    """
    paths = tuple(paths_of(program, thread) for thread in range(len(program.processes)))
    return "\n".join(_Writer(program, paths).lines()) + "\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'")


@attrs.frozen
class _Step:
    """An operation as generated: alike on all of `paths` of its thread; `letter` tells it from others there."""

    thread: int
    position: int
    letter: str
    paths: tuple[int, ...]
    guard: tuple[str, ...]
    body: tuple[str, ...]
    text: str


@attrs.define
class _Writer:
    program: LkmmProgram
    paths: tuple[tuple[Path, ...], ...]
    variables: tuple[str, ...] = attrs.field(init=False)
    locks: tuple[str, ...] = attrs.field(init=False)
    highest: int = attrs.field(init=False)
    lowest: int = attrs.field(init=False)
    needed: dict[tuple[int, int], int] = attrs.field(factory=dict)

    def __attrs_post_init__(self) -> None:
        self.variables, self.locks = self.program.variables, tuple(sorted(self.program.locks))
        self.lowest, self.highest = _bounds(self.program, self.paths)
        for thread, paths in enumerate(self.paths):
            for path in paths:
                for operation in path.operations:
                    for source in operation.sources():
                        self.needed.setdefault((thread, source), len(self.needed))

    @property
    def longest(self) -> int:
        return max([1, *(len(path.operations) for paths in self.paths for path in paths)])

    def lines(self) -> Iterator[str]:
        question = self.formula(self.program.question)
        yield _HEAD.format(id=_quoted(self.program.id), title=_quoted(self.program.title))
        for number, name in enumerate(self.variables):
            yield f"VARIABLE_{name} = {number}"
        for number, name in enumerate(self.locks):
            yield f"LOCK_{name} = {number}"
        yield f"FIRST_ADDRESS = {self.highest + 1}"
        yield from self.state()
        steps = [step for thread in range(len(self.paths)) for step in self.steps(thread)]
        for step in steps:
            yield from self.thread(step)
        yield from self.initial()
        yield from self.question(question)
        yield from self.scenario(steps)

    def state(self) -> Iterator[str]:
        threads, values = len(self.paths), "Int[weak_memory.LOWEST, weak_memory.HIGHEST]"
        yield from ("", "", "@record", "class State:", "    memory: weak_memory.Memory")
        yield f"    path: Array[{threads}, Int[0, {max(map(len, self.paths)) - 1}]]"
        yield f"    done: Array[{threads}, Array[{self.longest}, Bool]]"
        yield f"    result: Array[{threads}, Array[{self.longest}, {values}]]"
        yield f"    known: Array[{max(1, len(self.needed))}, weak_memory.View]"

    def steps(self, thread: int) -> Iterator[_Step]:
        """The operations of one thread; one that several paths share is there once."""
        found: dict[tuple[int, tuple[str, ...], tuple[str, ...], str], list[int]] = {}
        for number, path in enumerate(self.paths[thread]):
            waits = waits_of(path.operations)
            for position, operation in enumerate(path.operations):
                guard = [f"s.done[{thread}][{j}]" for j in sorted(waits[position])]
                guard += [self.condition(thread, condition) for condition in operation.conditions]
                if operation.target is not None and not isinstance(operation.target, Address):
                    # A load behind a wrongly predicted branch may find no address; so may a null pointer's.
                    guard.append(f"{self.number(thread, operation.target)} >= FIRST_ADDRESS")
                body = tuple(self.body(thread, position, operation))
                found.setdefault((position, tuple(guard), body, operation.text), []).append(number)
        positions = [position for position, *_ in found]
        for order, ((position, guards, body, text), numbers) in enumerate(found.items()):
            same = positions[:order].count(position)
            letter = ascii_lowercase[same] if positions.count(position) > 1 else ""
            yield _Step(thread, position, letter, tuple(numbers), guards, body, text)

    def thread(self, step: _Step) -> Iterator[str]:
        guard = list(step.guard)
        if len(step.paths) < len(self.paths[step.thread]):
            taken = " or ".join(f"s.path[{step.thread}] == {number}" for number in step.paths)
            guard.insert(0, f"({taken})" if len(step.paths) > 1 else taken)
        yield from ("", "", "@thread", f"def {_name(step)}(s: State):", "    m = s.memory")
        if guard:
            yield f"    while not ({' and '.join(guard)}):"
            yield "        yield"
        for line in step.body:
            yield f"    {line}"
        yield f"    s.done[{step.thread}][{step.position}] = True"
        yield f"    yield {step.text!r}"

    def body(self, t: int, position: int, operation: Operation) -> Iterator[str]:
        """The statements of one operation."""
        if operation.kind in _FENCES:
            yield f"weak_memory.{_FENCES[operation.kind]}(m, {t})"
            return
        if operation.kind in ("rcu lock", "rcu unlock"):
            reader = sum(_readers(paths) for paths in self.paths[:t]) + operation.reader
            arguments = f"{reader}" if operation.kind == "rcu lock" else f"{t}, {reader}"
            yield f"weak_memory.rcu_read_{operation.kind[4:]}(m, {arguments})"
            return
        assert operation.target is not None
        if operation.kind in ("lock", "unlock"):
            assert isinstance(operation.target, Address)
            yield f"weak_memory.spin_{operation.kind}(m, {t}, LOCK_{operation.target.variable})"
            return
        x = self.location(t, operation.target)
        sources = sorted(operation.sources())
        known = [f"weak_memory.known(m, {t}, {x})"]
        known += [f"s.known[{self.needed[t, source]}].oldest[{x}]" for source in sources]
        oldest = f"max({', '.join(known)})" if len(known) > 1 else known[0]
        if operation.kind == "write":
            assert operation.value is not None
            value = self.number(t, operation.value)
            if operation.releases:
                yield f"weak_memory.write_release(m, {t}, {x}, {value})"
            else:
                yield f"weak_memory.write(m, {t}, {x}, {value}, {oldest})"
            return
        yield from self.load(t, position, operation, x, oldest)
        if operation.kind == "update":
            assert operation.value is not None
            verb = "update_release" if operation.releases else "update"
            yield f"weak_memory.{verb}(m, {t}, {x}, k, {self.number(t, operation.value)})"

    def load(self, t: int, position: int, operation: Operation, x: str, oldest: str) -> Iterator[str]:
        """The part of an operation that reads."""
        if operation.must is None:
            yield f"k = weak_memory.read(m, {t}, {x}, {oldest})"
        else:
            verb = "read_other" if operation.must_not else "read_equal"
            yield f"k = weak_memory.{verb}(m, {t}, {x}, {oldest}, {self.number(t, operation.must)})"
        if operation.acquires:
            yield f"weak_memory.acquire(m, {t}, {x}, k)"
        yield f"s.result[{t}][{position}] = weak_memory.value_of(m, {x}, k)"
        if (t, position) in self.needed:
            view = f"s.known[{self.needed[t, position]}]"
            yield f"weak_memory.copy({view}, m.location[{x}][k].view)"
            yield f"{view}.oldest[{x}] = max({view}.oldest[{x}], k)"

    def location(self, t: int, target: Term) -> str:
        """The index of the variable that an address names."""
        if isinstance(target, Address):
            return f"VARIABLE_{target.variable}"
        return f"{self.number(t, target)} - FIRST_ADDRESS"

    def number(self, t: int, term: Term) -> str:
        """`term` as an int in Python."""
        match term:
            case Number(value=value):
                return str(value)
            case Result(position=position):
                return f"s.result[{t}][{position}]"
            case Address(variable=name):
                if name in self.program.locks:
                    raise BrokenTest(f"the address of lock {name} is used as a value")
                return f"FIRST_ADDRESS + VARIABLE_{name}"
            case Computed(operator="-", operands=(one,)):
                return f"-({self.number(t, one)})"
            case Computed(operator="+" | "-" | "*" as operator, operands=(left, right)):
                return f"({self.number(t, left)} {operator} {self.number(t, right)})"
        return f"int({self.condition(t, term)})"

    def condition(self, t: int, term: Term) -> str:
        """`term` as a bool in Python."""
        match term:
            case Computed(operator="!", operands=(one,)):
                return f"(not {self.condition(t, one)})"
            case Computed(operator="&&" | "||" as operator, operands=(left, right)):
                word = "and" if operator == "&&" else "or"
                return f"({self.condition(t, left)} {word} {self.condition(t, right)})"
            case Computed(operator="==" | "!=" | "<" | ">" | "<=" | ">=" as operator, operands=(left, right)):
                return f"({self.number(t, left)} {operator} {self.number(t, right)})"
        return f"({self.number(t, term)} != 0)"

    def value(self, value: Value) -> str:
        """A value that the initial state or the question names."""
        if isinstance(value, int):
            return str(value)
        if value not in self.variables:
            raise BrokenTest(f"there is no variable {value}")
        return f"FIRST_ADDRESS + VARIABLE_{value}"

    def initial(self) -> Iterator[str]:
        yield from ("", "", "def initial(s):", "    m = s.memory")
        for name in self.variables:
            yield f"    weak_memory.start(m, VARIABLE_{name}, {self.value(self.program.initial.get(name, 0))})"
        for thread, paths in enumerate(self.paths):
            if len(paths) > 1:
                yield f"    s.path[{thread}] = choose(range({len(paths)}))"
            for number, path in enumerate(paths):
                absent = [f"s.done[{thread}][{i}] = True" for i in range(len(path.operations), self.longest)]
                if absent and len(paths) > 1:
                    yield f"    if s.path[{thread}] == {number}:"
                    yield from (f"        {line}" for line in absent)
                else:
                    yield from (f"    {line}" for line in absent)

    def question(self, formula: str) -> Iterator[str]:
        yield from ("", "", "@reachable", "def asked(s: State) -> bool:")
        yield f'    """{_quoted(self.program.question_text)}"""'
        yield from ("    return (", "        all(d for done in s.done for d in done)")
        for thread, paths in enumerate(self.paths):
            if any(path.constraints for path in paths):
                yield f"        and {self.predicted(thread)}"
        yield from (f"        and {formula}", "    )")

    def predicted(self, thread: int) -> str:
        """Whether the conditions came out as on the path that was chosen."""
        real = []
        for number, path in enumerate(self.paths[thread]):
            conditions = [self.condition(thread, c) for c in path.constraints]
            real.append(" and ".join([f"s.path[{thread}] == {number}", *conditions]))
        return f"({' or '.join(f'({one})' for one in real)})"

    def formula(self, formula: Atom | Formula) -> str:
        """The question, or a part of it, in Python."""
        if isinstance(formula, Formula):
            parts = [self.formula(part) for part in formula.operands]
            return f"(not {parts[0]})" if formula.operator == "not" else f"({f' {formula.operator} '.join(parts)})"
        value = self.value(formula.value)
        if formula.thread is not None:
            return self.register(formula.thread, formula.name, value)
        if formula.name not in self.variables:
            raise BrokenTest(f"the question asks for {formula.name}, but there is no such variable")
        return f"weak_memory.final(s.memory, VARIABLE_{formula.name}) == {value}"

    def register(self, thread: int, name: str, value: str) -> str:
        paths = self.paths[thread] if thread < len(self.paths) else ()
        if not any(name in path.registers for path in paths):
            raise BrokenTest(f"the question asks for {thread}:{name}, but there is no such register")
        found: dict[str, list[int]] = {}
        for number, path in enumerate(paths):
            found.setdefault(self.number(thread, path.registers.get(name, Number(0))), []).append(number)
        if len(found) == 1:
            return f"{next(iter(found))} == {value}"
        cases = [
            f"(s.path[{thread}] == {number} and {term} == {value})" for term, ns in found.items() for number in ns
        ]
        return f"({' or '.join(cases)})"

    def scenario(self, steps: list[_Step]) -> Iterator[str]:
        yield from ("", "", "scenario(", f"    {self.program.id!r},", "    state=State,", "    threads=[")
        yield from (f"        {_name(step)}()," for step in steps)
        yield from ("    ],", "    properties=[asked],", "    initial=initial,", "    deadlock_free=False,")
        yield "    constants={"
        sizes = {
            "LOCATIONS": max(1, len(self.variables)),
            "MESSAGES": 1 + _most_writes(self.variables, self.paths),
            "THREADS": len(self.paths),
            "LOCKS": max(1, len(self.locks)),
            "READERS": max(1, sum(_readers(paths) for paths in self.paths)),
            "LOWEST": self.lowest,
            "HIGHEST": self.highest + len(self.variables),
        }
        for name, value in sizes.items():
            yield f"        weak_memory.{name}: {value},"
        yield from ("    },", ")")


_FENCES = {
    "rmb": "smp_rmb",
    "wmb": "smp_wmb",
    "mb": "smp_mb",
    "grace begin": "begin_grace_period",
    "grace end": "end_grace_period",
}


def _name(step: _Step) -> str:
    """The name of the thread of one operation."""
    return f"P{step.thread}_{step.position}{step.letter}"


def _readers(paths: tuple[Path, ...]) -> int:
    """The most RCU readers on any path of a thread."""
    return max((sum(o.kind == "rcu lock" for o in path.operations) for path in paths), default=0)


def _most_writes(variables: tuple[str, ...], paths: tuple[tuple[Path, ...], ...]) -> int:
    """The most writes that any one variable can take."""

    def writes(path: Path, variable: str) -> int:
        stores = (o for o in path.operations if o.kind in ("write", "update"))
        return sum(not isinstance(o.target, Address) or o.target.variable == variable for o in stores)

    return max(
        [1, *(sum(max(writes(path, v) for path in thread) for thread in paths) for v in variables)]
    )


def _bounds(program: LkmmProgram, paths: tuple[tuple[Path, ...], ...]) -> tuple[int, int]:
    """Numbers between which every value stays, addresses apart: all constants, and sums of them where there are any."""
    numbers = [0, 1, *(v for v in program.initial.values() if isinstance(v, int))]
    numbers += [v for v in program.registers.values() if isinstance(v, int)]
    numbers += _asked(program.question)
    sums = 0
    for path in (path for thread in paths for path in thread):
        for operation in path.operations:
            terms = [term for term in (operation.value, operation.must) if term is not None]
            numbers += [n for term in terms for n in _numbers(term)]
            sums += sum(map(_arithmetic, terms))
    return min(numbers) - sums, max(numbers) + sums


def _asked(formula: Atom | Formula) -> list[int]:
    if isinstance(formula, Formula):
        return [n for part in formula.operands for n in _asked(part)]
    return [formula.value] if isinstance(formula.value, int) else []


def _numbers(term: Term) -> Iterator[int]:
    match term:
        case Number(value=value):
            yield value
        case Computed(operands=operands):
            for operand in operands:
                yield from _numbers(operand)


def _arithmetic(term: Term) -> int:
    """How far sums in `term` can lead away from its parts."""
    match term:
        case Computed(operator="+" | "-", operands=operands):
            return sum(max(map(abs, _numbers(one)), default=1) + _arithmetic(one) for one in operands)
        case Computed(operator="*", operands=operands):
            return prod(max(map(abs, _numbers(one)), default=1) + 1 + _arithmetic(one) for one in operands)
        case Computed(operands=operands):
            return sum(map(_arithmetic, operands))
    return 0
