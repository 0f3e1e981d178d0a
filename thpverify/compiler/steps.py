"""A thread's steps: its generator cut at the yields, compiled from each place where it can stand to the next yields."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import FunctionType
from typing import TypeAlias

import attrs

from thpverify.compiler.context import Env, Step, unstored
from thpverify.compiler.functions import Function, function_of
from thpverify.compiler.loops import yielding_loop
from thpverify.compiler.statements import BROKEN, CONTINUED, RETURNED, Statements
from thpverify.compiler.unsupported import STATEMENTS
from thpverify.compiler.values import NONE, Scalar, Static, Unbound, Value, kind_name
from thpverify.ir.expressions import Expr, Param, add, binary, const, equal
from thpverify.ir.statements import If, Statement
from thpverify.lang.threads import ThreadFunction

_MOST_VISITS = 64


@attrs.frozen(eq=False)
class Sequence:
    """Go on with statement number `index`, then with `next`."""

    statements: list[ast.stmt]
    index: int
    next: Continuation | None


@attrs.frozen(eq=False)
class LoopHead:
    """Test a while's condition, or take a for's next element; `next` is behind the loop."""

    node: ast.While | ast.For
    next: Continuation | None


Continuation: TypeAlias = "Sequence | LoopHead"


@attrs.define(eq=False)
class Frame:
    """An activation of a generator: its locals, the rest of its code, and the `yield from` that it waits in, if any.

    `receiver` is the statement around that `yield from`; `key` tells activations apart by the calls that led to them.
    """

    function: Function
    key: tuple[int, ...]
    env: Env
    rest: Continuation | None
    call: ast.YieldFrom | None = None
    receiver: ast.stmt | None = None

    def copy(self) -> Frame:
        """An independent copy."""
        return attrs.evolve(self, env=dict(self.env))

    def place(self) -> tuple[int, ...]:
        """What identifies the rest of its code."""
        match self.rest:
            case Sequence(statements=statements, index=index):
                return (id(statements), index)
            case LoopHead(node=node):
                return (id(node), -1)
        return ()


def settle_control(stack: list[Frame]) -> list[Frame]:
    """`stack` moved forward over what only jumps: two yields with the same rest of the program then stand at one place.

    An empty stack means that the thread has returned.
    """
    stack = [frame.copy() for frame in stack]
    seen: set[tuple[int, ...]] = set()
    while stack:
        frame = stack[-1]
        if frame.rest is None:
            if len(stack) > 1 and not isinstance(stack[-2].receiver, ast.Expr):
                return stack
            stack.pop()
            if stack:
                stack[-1].call = stack[-1].receiver = None
            continue
        moved = _jump(frame.rest)
        if moved is frame.rest or (*frame.key, *frame.place()) in seen:
            return stack
        seen.add((*frame.key, *frame.place()))
        frame.rest = moved
    return stack


def _jump(rest: Continuation) -> Continuation | None:
    """`rest` behind one pure jump; `rest` itself if it starts with anything else."""
    match rest:
        case LoopHead(node=ast.While(test=ast.Constant(value=True))) as head:
            return Sequence(head.node.body, 0, head)
        case Sequence(statements=statements, index=index, next=behind) if index == len(statements):
            return behind
        case Sequence(statements=statements, index=index, next=behind):
            following = Sequence(statements, index + 1, behind)
            match statements[index]:
                case ast.Pass() | ast.Expr(value=ast.Constant()):
                    return following
                case ast.While(orelse=[]) as loop:
                    return LoopHead(loop, following)
                case ast.Continue():
                    return loop_head(rest)
                case ast.Break():
                    return loop_head(rest).next
                case ast.Return(value=None):
                    return None
    return rest


def ways_out(node: ast.stmt) -> tuple[int, ...]:
    """How `node`, which may stand in a loop, can leave its block."""
    found: set[int] = set()

    def look(inner: ast.AST, looping: bool) -> None:
        match inner:
            case ast.Return():
                found.add(RETURNED)
            case ast.Break() if not looping:
                found.add(BROKEN)
            case ast.Continue() if not looping:
                found.add(CONTINUED)
        for child in ast.iter_child_nodes(inner):
            look(child, looping or isinstance(inner, ast.While | ast.For))

    look(node, False)
    return tuple(sorted(found, reverse=True))


def loop_head(rest: Continuation | None) -> LoopHead:
    """The head of the innermost loop around `rest`."""
    while not isinstance(rest, LoopHead):
        assert rest is not None
        rest = rest.next
    return rest


class StepCompiler:
    """Runs the code of a stack of frames symbolically until every path has yielded or returned.

    `cut(compiler, label, node)` is called where a path ends, with its stack; an empty one means that the thread has
    returned. `alive` says whether the path taken last in a `fork` without a condition goes on.
    """

    def __init__(self, step: Step, stack: list[Frame], cut: Callable[[StepCompiler, str, ast.AST], None]) -> None:
        self.step = step
        self.stack = stack
        self.block: list[Statement] = []
        self.cut = cut
        self.visits: dict[tuple[int, ...], int] = {}

    def lowering(self) -> Statements:
        """The lowering of the innermost frame; `keep` what it did to the locals."""
        frame = self.stack[-1]
        frame.env.setdefault("%exit", Scalar(const(0), "int"))
        return Statements(self.step, frame.function, frame.env, self.block, tuple(f.function for f in self.stack[:-1]))

    def keep(self, lowering: Statements) -> None:
        """Take over the locals as `lowering` left them."""
        self.stack[-1].env = lowering.env

    def run(self) -> list[Statement]:
        """Compile; gives the step's statements."""
        while self.advance():
            pass
        return self.block

    def advance(self) -> bool:
        """Compile one more statement of the innermost frame; False when every path has ended."""
        frame = self.stack[-1]
        match frame.rest:
            case None:
                return self.returned(NONE, frame.function.node)
            case LoopHead(node=ast.While()) as head:
                return self.while_head(head)
            case LoopHead(node=ast.For()) as head:
                return self.for_head(head, first=False)
            case Sequence(statements=statements, index=index, next=behind):
                if index == len(statements):
                    frame.rest = behind
                    return True
                frame.rest = Sequence(statements, index + 1, behind)
                return self.statement(statements[index])
        raise AssertionError(frame.rest)

    def statement(self, node: ast.stmt) -> bool:
        """Compile one statement."""
        frame = self.stack[-1]
        if isinstance(node, ast.While):
            self.lowering().loop_form(node)
            frame.rest = LoopHead(node, frame.rest)
            return True
        if node not in frame.function.yields:
            lowering = self.lowering()
            lowering.statement(node)
            self.keep(lowering)
            return self.left(node)
        match node:
            case ast.Expr(value=ast.Yield(value=label)):
                text = self.lowering().text_label(label, frame.function.name)
                self.cut(self, text, node.value)
                return False
            case (
                ast.Expr(value=ast.YieldFrom() as call)
                | ast.Assign(value=ast.YieldFrom() as call)
                | ast.AnnAssign(value=ast.YieldFrom() as call)
                | ast.Return(value=ast.YieldFrom() as call)
            ):
                return self.push(node, call)
            case ast.If(test=test, body=body, orelse=orelse):
                rest = frame.rest
                return self.fork(
                    test,
                    self.condition(test),
                    lambda: self.go(Sequence(body, 0, rest)),
                    lambda: self.go(Sequence(orelse, 0, rest)),
                )
            case ast.Match():
                lowering = self.lowering()
                lowering.env["%subject"] = lowering.settle(node.subject, lowering.expr(node.subject), "subject")
                self.keep(lowering)
                return self.cases(node, node.cases, frame.rest)
            case ast.For():
                self.lowering().loop_form(node)
                return self.for_head(LoopHead(node, frame.rest), first=True)
        lowering = self.lowering()
        if type(node) in STATEMENTS:
            lowering.statement(node)
        inner = next(n for n in ast.walk(node) if isinstance(n, ast.Yield | ast.YieldFrom))
        raise lowering.unsupported(inner)

    def go(self, rest: Continuation | None) -> None:
        """Let the innermost frame go on with `rest`."""
        self.stack[-1].rest = rest

    def condition(self, test: ast.expr) -> Expr:
        """A condition of the innermost frame."""
        lowering = self.lowering()
        condition = lowering.boolean(test, lowering.expr(test))
        self.keep(lowering)
        return condition

    def left(self, node: ast.stmt) -> bool:
        """Go where a statement without a yield leads: on, out of the loop, to its head, or back to the caller."""
        exited = self.stack[-1].env["%exit"]
        assert isinstance(exited, Scalar)
        self.stack[-1].env["%exit"] = Scalar(const(0), "int")
        return self.exits(node, exited.expr, ways_out(node))

    def exits(self, node: ast.stmt, exited: Expr, ways: tuple[int, ...]) -> bool:
        if not ways:
            return True
        way, others = ways[0], ways[1:]

        def take() -> None:
            frame = self.stack[-1]
            if way == RETURNED:
                value = unstored(frame.env.get("%result", NONE))
                self.alive = self.returned((value.value or NONE) if isinstance(value, Unbound) else value, node)
            else:
                head = loop_head(frame.rest)
                self.go(head if way == CONTINUED else head.next)
                self.alive = True

        def other() -> None:
            self.stack[-1].env.pop("%result", None)
            self.alive = self.exits(node, exited, others)

        return self.fork(node, equal(exited, const(way)), take, other)

    alive = True

    def cases(self, node: ast.Match, cases: list[ast.match_case], rest: Continuation | None) -> bool:
        """Fork on the cases of a match with yields in it."""
        if not cases:
            self.go(rest)
            return True
        lowering = self.lowering()
        condition = lowering.fits(cases[0], lowering.subject())
        self.keep(lowering)

        def other() -> None:
            self.alive = self.cases(node, cases[1:], rest)

        return self.fork(node, condition, lambda: self.go(Sequence(cases[0].body, 0, rest)), other)

    def fork(self, node: ast.AST, condition: Expr, then: Callable[[], None], orelse: Callable[[], None]) -> bool:
        """Go both ways and to the end of each; where the condition is known, just go on that way."""
        if condition.is_constant:
            self.alive = True
            (then if condition.lo else orelse)()
            return self.alive
        lowering, step = self.lowering(), self.step
        lowering.spend(node)
        stack, block, visits, wrote = self.stack, self.block, self.visits, step.wrote
        opened, used = list(step.open_params), step.used_params
        made: list[tuple[list[Statement], list[Param]]] = []
        for arm in (then, orelse):
            self.stack, self.block, self.visits, step.wrote = [f.copy() for f in stack], [], dict(visits), wrote
            step.open_params, step.used_params = opened + [p for _, params in made for p in params], []
            self.alive = True
            arm()
            if self.alive:
                self.run()
            made.append((self.block, step.used_params))
        (left, left_params), (right, right_params) = made
        lowering.pin_unused(node, left, left_params, right, right_params)
        step.used_params = used + left_params + [p for p in right_params if p not in left_params]
        self.block = block
        self.block.append(If(lowering.span(node), condition, tuple(left), tuple(right)))
        return False

    def while_head(self, head: LoopHead) -> bool:
        """Test the condition of a while."""
        assert isinstance(head.node, ast.While)
        self.visit(head.node)
        condition = self.condition(head.node.test)
        return self.fork(
            head.node.test, condition, lambda: self.go(Sequence(head.node.body, 0, head)), lambda: self.go(head.next)
        )

    def visit(self, node: ast.While) -> None:
        """Count how often this path comes to a loop's head without yielding."""
        key = (*self.stack[-1].key, id(node))
        self.visits[key] = self.visits.get(key, 0) + 1
        if self.visits[key] > _MOST_VISITS:
            raise self.lowering().error(
                node,
                "THP031",
                f"this loop can run for ever, or more than {_MOST_VISITS} times, without yielding",
                "Let every path through its body yield, or write `for _ in range(n):` with a constant n.",
            )

    def for_head(self, head: LoopHead, first: bool) -> bool:
        """Take the first or next element of a for with a yield in it."""
        node = head.node
        assert isinstance(node, ast.For)
        lowering = self.lowering()
        run = yielding_loop(lowering, node)
        self.keep(lowering)
        following = const(run.start) if first else add(run.position(lowering), const(run.step))
        inside = binary("<" if run.step > 0 else ">", following, const(run.stop))

        def enter() -> None:
            inner = self.lowering()
            lo, hi = (run.start, run.stop - 1) if run.step > 0 else (run.stop + 1, run.start)
            narrow = (
                following
                if following.is_constant
                else attrs.evolve(following, lo=max(lo, following.lo), hi=min(hi, following.hi))
            )
            inner.bind(node.target, run.value(inner, narrow))
            self.keep(inner)
            self.go(Sequence(node.body, 0, head))

        return self.fork(node.iter, inside, enter, lambda: self.go(head.next))

    def push(self, receiver: ast.stmt, call: ast.YieldFrom) -> bool:
        """Enter a generator helper."""
        lowering, frame = self.lowering(), self.stack[-1]
        if not isinstance(call.value, ast.Call):
            raise lowering.error(call, "THP029", "`yield from` needs a call", "Write `yield from helper(...)`.")
        callee = lowering.expr(call.value.func)
        function = callee.value if isinstance(callee, Static) else None
        if isinstance(function, ThreadFunction):
            raise lowering.error(
                call,
                "THP053",
                f"`yield from` calls the thread {function.name}",
                "Move what both do into a generator helper without @thread, and call that.",
            )
        if not isinstance(function, FunctionType) or not function_of(function).is_generator:
            raise lowering.error(
                call,
                "THP029",
                f"`yield from` calls {kind_name(callee)}, which does not yield",
                "Call a plain function without `yield from`, or let it yield.",
            )
        target = function_of(function)
        if any(f.function.node is target.node for f in self.stack):
            raise lowering.error(call, "THP030", f"{target.name} calls itself", "Use a loop.")
        arguments = lowering.arguments(call.value, target, [])
        self.keep(lowering)
        frame.call, frame.receiver = call, receiver
        self.stack.append(Frame(target, (*frame.key, id(call)), dict(arguments), Sequence(target.node.body, 0, None)))
        return True

    def returned(self, value: Value, node: ast.AST) -> bool:
        """Leave the innermost frame; its caller takes `value`."""
        self.stack.pop()
        if not self.stack:
            self.cut(self, "return", node)
            return False
        frame = self.stack[-1]
        receiver, frame.call, frame.receiver = frame.receiver, None, None
        lowering = self.lowering()
        match receiver:
            case ast.Assign(targets=targets):
                for target in targets:
                    lowering.store(target, lowering.settle(receiver, value))
            case ast.AnnAssign(target=ast.Name() as name):
                lowering.store_local(name, lowering.settle(receiver, value))
            case ast.Return():
                return self.returned(value, receiver)
        self.keep(lowering)
        return True
