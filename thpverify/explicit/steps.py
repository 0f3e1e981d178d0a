"""Commands to LLVM IR: for each thread a function that writes its successors, and `expand`, which calls them all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

import attrs

from thpverify.explicit.code import Code
from thpverify.explicit.expressions import Scope, word_address
from thpverify.explicit.layout import Layout
from thpverify.explicit.statements import Body, Coverage
from thpverify.explicit.table import Worker
from thpverify.ir.expressions import Binary, Expr, Load, Param, const, equal, subexpressions
from thpverify.ir.statements import Check, Cut
from thpverify.ir.system import Command, Property, System, Thread

UNROLL = 4
"""A command with at most this many valuations of its params is written out once for each."""
EAGER_WORDS = 4
"""States of up to this many words are held in registers as a whole."""
INLINE_COMMANDS = 250
"""Up to this many commands the threads' functions are inlined into `expand`: faster to run, slower to compile."""


@attrs.frozen
class Event:
    """What a reported code means: property number `slot` was decided, as `kind`, by `check` or by its result.

    `in_step` says that the reported state is the one before a step that the reported label names.
    """

    slot: int
    property: str
    kind: str
    check: Check | None
    in_step: bool
    is_violation: bool


@attrs.define
class Emission:
    """What grows while a system is emitted. A slot is something that is reported only once per search."""

    system: System
    layout: Layout
    label_bases: tuple[int, ...]
    slots: dict[tuple[str, str, bool], int] = attrs.field(factory=dict)
    events: list[Event] = attrs.field(factory=list)
    coverage: Coverage = attrs.field(factory=Coverage)

    def event(
        self, name: str, kind: str, check: Check | None = None, in_step: bool = False, is_violation: bool = True
    ) -> tuple[int, int]:
        """The (slot, code) of a new event."""
        slot = self.slots.setdefault((name, kind, is_violation), len(self.slots))
        self.events.append(Event(slot, name, kind, check, in_step, is_violation))
        return slot, len(self.events) - 1

    def property_events(self, prop: Property) -> tuple[int, int]:
        """The (slot, code) of the property's being decided by its result."""
        return self.event(prop.name, prop.kind, is_violation=prop.kind == "invariant")


def field_pointer(code: Code, worker: str, field: str) -> str:
    """The pointer that a field of the worker holds."""
    offset = getattr(Worker, field).offset
    place = code.value(f"getelementptr i8, ptr {worker}, i64 {offset}")
    return code.value(f"load ptr, ptr {place}, align 8")


PARAMS = "ptr noalias readonly %state, ptr noalias %successors, ptr noalias %labels, ptr %worker"


def emit_steps(emission: Emission) -> Iterator[str]:
    """The text of each thread's function and of `expand`."""
    inline = len(emission.system.commands) <= INLINE_COMMANDS
    with_steps: list[Thread] = []
    for thread in emission.system.threads:
        commands = [command for command in emission.system.commands if command.thread == thread.number]
        if commands:
            with_steps.append(thread)
            yield ThreadEmitter(emission, thread).emit(commands, "alwaysinline" if inline else "noinline")
    if emission.system.after_step:
        yield _emit_after_step(emission)
    yield _emit_expand(emission, with_steps)


def _emit_after_step(emission: Emission) -> str:
    """The function that runs on every successor; false if a Check failed in it, which it has then reported."""
    code = Code()
    reached = field_pointer(code, "%worker", "reached")

    def cut(_inside: Scope, statement: Cut) -> None:
        raise AssertionError(f"after_step has a Cut at {statement.span}")

    def fail(_inside: Scope, check: Check) -> None:
        slot, event = emission.event(check.kind, check.kind, check, in_step=True)
        code.do(f"call void @report(ptr %worker, i64 {slot}, i64 {event}, i64 %label, ptr %state)")
        code.finish("ret i1 false")

    scope = Scope(code, emission.layout, "%successor", "%successor")
    if Body(emission.coverage, reached, cut, fail).run(scope, emission.system.after_step):
        for number in sorted(scope.changed):
            code.do(f"store i64 {scope.word(number)}, ptr {word_address(code, '%successor', number)}, align 8")
        code.finish("ret i1 true")
    params = "ptr noalias %successor, ptr noalias readonly %state, i64 %label, ptr %worker"
    return f"define internal i1 @after_step({params}) noinline {{\nentry:\n{code.text}\n}}\n"


def _emit_expand(emission: Emission, threads: list[Thread]) -> str:
    code = Code()
    total, enabled = "0", "0"
    for thread in threads:
        out = code.value(f"getelementptr [{emission.layout.words} x i64], ptr %successors, i64 {total}")
        labels = code.value(f"getelementptr i64, ptr %labels, i64 {total}")
        pair = code.value(
            f"call {{ i64, i64 }} @thread{thread.number}(ptr %state, ptr {out}, ptr {labels}, ptr %worker)"
        )
        total = code.value(f"add i64 {total}, {code.value(f'extractvalue {{ i64, i64 }} {pair}, 0')}")
        enabled = code.value(f"or i64 {enabled}, {code.value(f'extractvalue {{ i64, i64 }} {pair}, 1')}")
    if emission.system.check_deadlock:
        stuck, done = code.fresh("stuck"), code.fresh("done")
        code.branch(code.value(f"icmp ne i64 {enabled}, 0"), done, stuck, likely=True)
        code.begin(stuck)
        _emit_deadlock(emission, code, done)
        code.begin(done)
    code.finish(f"ret i64 {total}")
    return f"define i64 @expand({PARAMS}) {{\nentry:\n{code.text}\n}}\n"


def _emit_deadlock(emission: Emission, code: Code, done: str) -> None:
    slot, event = emission.event("deadlock", "deadlock")
    scope = Scope(code, emission.layout, "%state", "%state")
    waits = "false"
    for thread in emission.system.threads:
        finished = const(0) if thread.done is None else _stands_at(thread, thread.done)
        unfinished = code.value(f"xor i1 {scope.condition(finished)}, true")
        waits = code.value(f"or i1 {waits}, {unfinished}")
    dead = code.fresh("dead")
    code.branch(waits, dead, done)
    code.begin(dead)
    code.do(f"call void @report(ptr %worker, i64 {slot}, i64 {event}, i64 0, ptr %state)")
    code.jump(done)


def _stands_at(thread: Thread, pc: int) -> Expr:
    bounds = thread.pc.type
    if bounds.lo == bounds.hi:
        return const(bounds.lo == pc)
    return equal(Load(bounds.lo, bounds.hi, thread.pc), const(pc))


def _conjuncts(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Binary) and expr.op == "and":
        yield from _conjuncts(expr.left)
        yield from _conjuncts(expr.right)
    else:
        yield expr


def _params_needed(expr: Expr) -> int:
    """How many params, from the first, must have a value before `expr` can be evaluated."""
    return max((part.number + 1 for part in subexpressions(expr) if isinstance(part, Param)), default=0)


@attrs.define
class ThreadEmitter:
    """Writes the function of one thread: a switch over where it stands, then each command that starts there.

    The function returns how many successors it wrote, and whether anything was enabled.
    """

    emission: Emission
    thread: Thread
    code: Code = attrs.field(factory=Code)
    fired: str = ""
    reached: str = ""

    def emit(self, commands: list[Command], attribute: str) -> str:
        """The function's text."""
        code, layout = self.code, self.emission.layout
        code.do("%made = alloca i64")
        code.do("%enabled = alloca i64")
        code.do("store i64 0, ptr %made")
        code.do("store i64 0, ptr %enabled")
        self.fired = field_pointer(code, "%worker", "fired")
        self.reached = field_pointer(code, "%worker", "reached")
        scope = Scope(code, layout, "%state", "%state")
        if layout.words <= EAGER_WORDS:
            for number in set(range(layout.words)) - layout.memory_words:
                scope.word(number)
        by_place: dict[int, list[Command]] = {}
        for command in commands:
            by_place.setdefault(command.pc, []).append(command)
        here = scope.integer(Load(self.thread.pc.type.lo, self.thread.pc.type.hi, self.thread.pc))
        cases = " ".join(f"i64 {pc}, label %at{pc}" for pc in by_place)
        code.finish(f"switch i64 {here}, label %leave [ {cases} ]")
        for pc, group in by_place.items():
            code.begin(f"at{pc}")
            for command in group:
                self.command(scope.fork(), command)
            code.jump("leave")
        code.begin("leave")
        first = code.value("insertvalue { i64, i64 } poison, i64 " + code.value("load i64, ptr %made") + ", 0")
        both = code.value(f"insertvalue {{ i64, i64 }} {first}, i64 {code.value('load i64, ptr %enabled')}, 1")
        code.finish(f"ret {{ i64, i64 }} {both}")
        header = f"define internal {{ i64, i64 }} @thread{self.thread.number}({PARAMS}) {attribute}"
        return f"{header} {{\nentry:\n{code.text}\n}}\n"

    def command(self, scope: Scope, command: Command) -> None:
        """All valuations of one command, then fall through."""
        valuations = 1
        for param in command.params:
            valuations *= max(0, param.hi - param.lo + 1)
        if not valuations:
            return
        guards: list[list[Expr]] = [[] for _ in range(len(command.params) + 1)]
        for part in _conjuncts(command.guard):
            guards[_params_needed(part)].append(part)
        base = self.emission.label_bases[command.number]
        after = self.code.fresh("next")
        if valuations <= UNROLL:
            for number, values in enumerate(product(*(range(p.lo, p.hi + 1) for p in command.params))):
                inside = scope.fork()
                inside.params = {param.number: str(v) for param, v in zip(command.params, values, strict=True)}
                skip = self.code.fresh("skip")
                self.test(inside, [part for group in guards for part in group], skip)
                self.fire(inside, command, str(base + number), skip)
                self.code.begin(skip)
        else:
            self.test(scope, guards[0], after)
            self.loop(scope, command, guards, 0, str(base), after)
        self.code.begin(after)

    def test(self, scope: Scope, parts: list[Expr], otherwise: str) -> None:
        """Go on only if all `parts` are true."""
        if not parts:
            return
        value = scope.condition(parts[0])
        for part in parts[1:]:
            value = self.code.value(f"and i1 {value}, {scope.condition(part)}")
        enabled = self.code.fresh("enabled")
        self.code.branch(value, enabled, otherwise)
        self.code.begin(enabled)

    def loop(
        self, scope: Scope, command: Command, guards: list[list[Expr]], depth: int, label: str, leave: str
    ) -> None:
        """A loop over param number `depth` and, within it, the later ones; then jump to `leave`."""
        if depth == len(command.params):
            self.fire(scope, command, label, leave)
            return
        code, param = self.code, command.params[depth]
        head, latch = code.fresh("loop"), code.fresh("latch")
        before, following = code.block, f"%{code.fresh('p')}"
        code.begin(head)
        value = code.value(f"phi i64 [ {param.lo}, %{before} ], [ {following}, %{latch} ]")
        inside = scope.fork()
        inside.params[param.number] = value
        stride = prod(later.hi - later.lo + 1 for later in command.params[depth + 1 :])
        offset = code.value(f"mul i64 {code.value(f'sub i64 {value}, {param.lo}')}, {stride}")
        inner = code.value(f"add i64 {label}, {offset}")
        self.test(inside, guards[depth + 1], latch)
        self.loop(inside, command, guards, depth + 1, inner, latch)
        code.begin(latch)
        code.do(f"{following} = add i64 {value}, 1")
        more = code.value(f"icmp sle i64 {following}, {param.hi}")
        code.branch(more, head, leave)

    def fire(self, scope: Scope, command: Command, label: str, leave: str) -> None:
        """Execute the command's body on a copy of the state, then jump to `leave`."""
        code, layout = self.code, self.emission.layout
        code.do("store i64 1, ptr %enabled")
        made = code.value("load i64, ptr %made")
        target = code.value(f"getelementptr [{layout.words} x i64], ptr %successors, i64 {made}")
        copy_all = layout.words > EAGER_WORDS
        if copy_all:
            code.do(f"call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr %state, i64 {8 * layout.words}, i1 false)")
        else:
            for number in sorted(layout.memory_words):
                word = code.value(f"load i64, ptr {word_address(code, '%state', number)}, align 8")
                code.do(f"store i64 {word}, ptr {word_address(code, target, number)}, align 8")

        def cut(inside: Scope, statement: Cut) -> None:
            inside.assign(self.thread.pc, (), const(statement.pc))
            for number in sorted(inside.changed if copy_all else set(range(layout.words)) - layout.memory_words):
                code.do(f"store i64 {inside.word(number)}, ptr {word_address(code, target, number)}, align 8")
            if self.emission.system.after_step:
                closed = code.fresh("closed")
                arguments = f"ptr {target}, ptr %state, i64 {label}, ptr %worker"
                code.branch(code.value(f"call i1 @after_step({arguments})"), closed, leave, likely=True)
                code.begin(closed)
            code.do(f"store i64 {label}, ptr {code.value(f'getelementptr i64, ptr %labels, i64 {made}')}, align 8")
            code.do(f"store i64 {code.value(f'add i64 {made}, 1')}, ptr %made")
            counter = code.value(f"getelementptr i64, ptr {self.fired}, i64 {command.number}")
            count = code.value(f"load i64, ptr {counter}, align 8")
            code.do(f"store i64 {code.value(f'add i64 {count}, 1')}, ptr {counter}, align 8")
            code.jump(leave)

        def fail(inside: Scope, check: Check) -> None:
            slot, event = self.emission.event(check.kind, check.kind, check, in_step=True)
            code.do(f"call void @report(ptr %worker, i64 {slot}, i64 {event}, i64 {label}, ptr %state)")
            code.jump(leave)

        body = attrs.evolve(scope.fork(), memory=target)
        if Body(self.emission.coverage, self.reached, cut, fail).run(body, command.body):
            raise AssertionError(f"command {command.number} at {command.span} has a path without a Cut")
