"""A thread: its places, the steps between them, and the locals that live across its yields."""

from __future__ import annotations

import ast
from collections.abc import Mapping

import attrs

from thpverify.compiler.context import Step, ThreadFacts, unstored
from thpverify.compiler.functions import Function, function_of
from thpverify.compiler.locals import MOST_WIDENINGS, Slot, Stored
from thpverify.compiler.statements import Statements
from thpverify.compiler.steps import Frame, Sequence, StepCompiler, settle_control
from thpverify.compiler.values import RecordPlace, Unbound, Value, is_constant, static
from thpverify.ir.expressions import Expr, Param, Variable
from thpverify.ir.statements import Block, Span, Statement
from thpverify.ir.system import Position
from thpverify.ir.types import IntType
from thpverify.lang.errors import ModelError
from thpverify.lang.source import span_of
from thpverify.lang.threads import Instance
from thpverify.lang.types import ScalarSpec

SlotKey = tuple[tuple[int, ...], str]


@attrs.frozen(eq=False)
class Leaf(Statement):
    """The step ends at `place`; `stores` are the locals that got a value.

    `wrote` is the condition under which the step assigned shared state.
    """

    place: Place
    label: str
    stores: tuple[tuple[Slot, Value], ...]
    wrote: Expr


@attrs.define(eq=False)
class Place:
    """A place where a thread can stand: what is left to run, and the step from here as compiled last.

    `known` says of each local (activation, name) whether it has a value on every path that leads here.
    """

    number: int
    stack: list[Frame]
    span: Span
    known: dict[SlotKey, bool]
    positions: set[Position] = attrs.field(factory=set)
    labels: list[str] = attrs.field(factory=list)
    body: Block = ()
    params: tuple[Param, ...] = ()
    temps: int = 0
    reads: set[int] = attrs.field(factory=set)
    reached: bool = False

    @property
    def returned(self) -> bool:
        """Whether the thread is done here."""
        return not self.stack


@attrs.frozen(eq=False)
class Questions:
    """What properties ask of threads, by function name: labels that need a place of their own, and locals to keep."""

    labels: frozenset[tuple[str, str]] = frozenset()
    locals: frozenset[tuple[str, str]] = frozenset()


def assigned_once(function: Function, name: str) -> bool:
    """Whether one place in the function gives `name` its value; a counter that starts as a constant must not be one."""
    stores = [
        n for n in ast.walk(function.node) if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)
    ]
    return len(stores) == 1


class ThreadCompiler:
    """Compiles one instance of a thread function."""

    def __init__(
        self,
        number: int,
        name: str,
        instance: Instance,
        root: RecordPlace,
        variables: Mapping[str, Variable],
        questions: Questions,
    ) -> None:
        self.number = number
        self.name = name
        self.instance = instance
        self.function = function_of(instance.thread.function)
        self.root = root
        self.variables = variables
        self.questions = questions
        self.slots: dict[SlotKey, Slot] = {}
        self.places: dict[object, Place] = {}
        self.pending: list[Place] = []
        self.functions: list[Function] = []
        self.pc = Variable(f"{name}.pc", IntType(0, 0), (), (0,), "pc", number)

    def compile(self) -> list[Place]:
        """Every place of the thread, the start first."""
        arguments = {name: static(value) for name, value in self.instance.arguments}
        frame = Frame(
            self.function,
            (),
            {self.function.parameters[0]: self.root, **arguments},
            Sequence(self.function.node.body, 0, None),
        )
        stack = self.run_prologue([frame])
        start = self.place(stack, None, self.start_of(stack) or span_of(self.function.file, self.function.node))
        start.positions.add(())
        start.reached = True
        for name, value in stack[0].env.items() if stack else ():
            slot = self.slot(stack[0], 0, name)
            slot.start_with(unstored(value))
            start.known[(), name] = True
        while self.pending:
            self.compile_place(self.pending.pop(0))
        self.pc.type = IntType(0, len(self.places) - 1)
        return list(self.places.values())

    def run_prologue(self, stack: list[Frame]) -> list[Frame]:
        """`stack` behind the assignments at the thread's start that only name constants and places of the state."""
        passed: set[tuple[int, ...]] = set()
        while True:
            stack = settle_control(stack)
            rest = stack[0].rest if stack else None
            if not isinstance(rest, Sequence) or rest.index == len(rest.statements) or stack[0].place() in passed:
                return stack
            passed.add(stack[0].place())
            statement = rest.statements[rest.index]
            target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or not isinstance(target, ast.Name):
                return stack
            if statement in self.function.yields or not assigned_once(self.function, target.id):
                return stack
            step = self.step()
            lowering = Statements(step, self.function, dict(stack[0].env), [])
            lowering.start()
            lowering.statement(statement)
            value = unstored(lowering.env.get(target.id, Unbound()))
            if lowering.block or step.params or not is_constant(value):
                return stack
            stack[0].env[target.id] = value
            stack[0].rest = Sequence(rest.statements, rest.index + 1, rest.next)

    def place(self, stack: list[Frame], label: str | None, span: Span) -> Place:
        """The place with this rest of the program, found or made."""
        asked = label if (self.function.name, label) in self.questions.labels else None
        key = (tuple((f.key, f.place()) for f in stack), asked)
        if key not in self.places:
            self.places[key] = Place(len(self.places), stack, span, {})
            self.pending.append(self.places[key])
        return self.places[key]

    def slot(self, frame: Frame, depth: int, name: str) -> Slot:
        """Where local `name` of an activation is stored."""
        key = (frame.key, name)
        if key not in self.slots:
            label = f"{self.name}.{name}" if depth == 0 else f"{self.name}.{frame.function.name}.{name}"
            if any(s.label == label for s in self.slots.values()):
                label += f"#{sum(s.name == name for s in self.slots.values())}"
            slot = Slot(name, label, self.number, depth, self.annotation(frame, name))
            if depth == 0 and (self.function.name, name) in self.questions.locals:
                slot.keep = True
            self.slots[key] = slot
        return self.slots[key]

    def annotation(self, frame: Frame, name: str) -> ScalarSpec | None:
        """The range that the function gives to a local, if it does."""
        found = [
            node
            for node in ast.walk(frame.function.node)
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name
        ]
        if not found:
            return None
        lowering = Statements(self.step(), frame.function, {}, [])
        for other in found[1:]:
            if ast.unparse(other.annotation) != ast.unparse(found[0].annotation):
                hint = "Annotate it once, with a range that holds all its values."
                raise lowering.error(other.annotation, "THP052", f"{name} is annotated in two ways", hint)
        return lowering.annotation(found[0])

    def step(self) -> Step:
        """A fresh step."""
        return Step("step", self.variables, ThreadFacts())

    def compile_place(self, place: Place) -> None:
        """Compile the step that starts at `place`."""
        if place.returned:
            return
        place.reads = set()
        stack = [f.copy() for f in place.stack]
        for frame in stack:
            if frame.function not in self.functions:
                self.functions.append(frame.function)
            known = {name: certain for (key, name), certain in place.known.items() if key == frame.key}
            # A local that properties ask for keeps what it holds on paths that give it no value.
            kept = {n: False for (key, n), slot in self.slots.items() if key == frame.key and slot.keep and slot.shape}
            frame.env = {
                name: Stored(self.slots[frame.key, name], certain, lambda slot: place.reads.add(id(slot)))
                for name, certain in {**kept, **known}.items()
            }
        step = self.step()
        place.body = tuple(StepCompiler(step, stack, self.cut).run())
        place.params, place.temps = tuple(step.params), step.temps

    def cut(self, at: StepCompiler, label: str, node: ast.AST) -> None:
        """A path of a step ends: note where, and what the locals hold."""
        function = at.stack[-1].function if at.stack else self.function
        span = span_of(function.file, node)
        stack = settle_control(at.stack)
        if not stack and (self.function.name, label) in self.questions.labels:
            # A property asks for this label: the thread stands here until it takes the step that returns.
            stack = [frame.copy() for frame in at.stack]
        place = self.place(stack, label, self.start_of(stack) or span)
        if at.stack:
            place.positions.add(self.position(at.stack, node))
        if label not in place.labels:
            place.labels.append(label)
        at.block.append(Leaf(span, place, label, self.stores(stack, place, span), at.step.wrote))

    def start_of(self, stack: list[Frame]) -> Span | None:
        """Where the rest of the program starts."""
        if not stack:
            return None
        rest, file = stack[-1].rest, stack[-1].function.file
        if isinstance(rest, Sequence) and rest.index < len(rest.statements):
            return span_of(file, rest.statements[rest.index])
        return None if rest is None or isinstance(rest, Sequence) else span_of(file, rest.node)

    def position(self, stack: list[Frame], node: ast.AST) -> Position:
        """Where CPython is suspended in a yield at `node`."""
        nodes = [*(f.call for f in stack[:-1] if f.call is not None), node]
        spans = [span_of(f.function.file, n) for f, n in zip(stack, nodes, strict=True)]
        return tuple((s.file, s.line, s.column) for s in spans)

    def stores(self, stack: list[Frame], place: Place, at: Span) -> tuple[tuple[Slot, Value], ...]:
        """The locals that this path has given a value, after making room for it in their slots."""
        stores: list[tuple[Slot, Value]] = []
        known: dict[SlotKey, bool] = {}
        for depth, frame in enumerate(stack):
            for name, value in frame.env.items():
                if name.startswith("%"):
                    continue
                if isinstance(value, Unbound) and value.value is None:
                    continue
                slot = self.slot(frame, depth, name)
                if isinstance(value, Stored) and value.slot is slot:
                    known[frame.key, name] = value.certain
                    continue
                value = unstored(value)
                known[frame.key, name] = not isinstance(value, Unbound)
                self.widen(slot, value, at)
                stores.append((slot, value))
        self.arrive(place, known)
        return tuple(stores)

    def widen(self, slot: Slot, value: Value, at: Span) -> None:
        """Make room for `value`; whoever read the slot is compiled again if that changed it."""
        first = slot.shape is None
        if not slot.store(value):
            return
        if first and slot.keep:
            self.pending.extend(place for place in self.places.values() if place not in self.pending)
        if slot.widenings > MOST_WIDENINGS:
            raise ModelError(
                "THP038",
                f"the range of {slot.name} has no end that could be inferred",
                f"Annotate it where it gets its first value: {slot.name}: Int[lo, hi] = ...",
                at,
            )
        for place in self.places.values():
            if id(slot) in place.reads and place not in self.pending:
                self.pending.append(place)

    def arrive(self, place: Place, known: dict[SlotKey, bool]) -> None:
        """Another path leads to `place`: a local is certain there only if every path gives it a value."""
        if not place.reached:
            place.known, place.reached = known, True
            return
        merged = {key: place.known.get(key, False) and known.get(key, False) for key in {**place.known, **known}}
        if merged != place.known:
            place.known = merged
            if place not in self.pending:
                self.pending.append(place)

    def local(self, name: str) -> Slot | None:
        """The slot of a local of the thread function itself."""
        return self.slots.get(((), name))
