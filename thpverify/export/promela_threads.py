"""A proctype per thread: each place where it can stand is a label, each of its commands an option there."""

from __future__ import annotations

from itertools import product

import attrs

from thpverify.export.branches import Branch, branches, targets
from thpverify.export.names import Namer, comment, place, point_words
from thpverify.export.promela_steps import Steps, WrittenProperty, param_names
from thpverify.export.simplify import simplify
from thpverify.export.text import Text
from thpverify.ir.expressions import Expr, Load, Param, both, const, equal, rewrite
from thpverify.ir.statements import Block, Cut, walk
from thpverify.ir.system import Command, System, Thread

STUCK = "1 == 2"
"""What is asserted where SPIN cannot tell a deadlock from an end by itself."""


@attrs.frozen
class Places:
    """Where a thread stands, in Promela: `group[p]` is the first point of those that share a label with point p.

    Points share a label if a command can end at either and the decision cannot be moved to its start; then the pc
    is a variable as well.
    """

    group: tuple[int, ...]
    ways: dict[Command, list[Branch]]

    @property
    def shared(self) -> bool:
        """Whether some label stands for several points."""
        return any(first != number for number, first in enumerate(self.group))


def places(system: System, thread: Thread) -> Places:
    """The labels of `thread` and the options that its commands become."""
    group = list(range(len(thread.points)))
    ways: dict[Command, list[Branch]] = {}
    for command in system.commands:
        if command.thread != thread.number:
            continue
        body, _ = simplify(command.body)
        found = branches(body)
        if found is None:
            ends = sorted(targets(body))
            found = [Branch(const(1), body, ends[0])]
            merged = {group[e] for e in ends}
            group = [min(merged) if g in merged else g for g in group]
        # A decision that is now made at the front may leave temps behind that nothing uses any more.
        ways[command] = [Branch(way.condition, simplify(way.body)[0], way.target) for way in found]
    return Places(tuple(group), ways)


@attrs.frozen
class ThreadWriter:
    """Writes one thread. `declarations` are the lines that declare its own variables."""

    thread: Thread
    where: Places
    steps: Steps
    properties: list[WrittenProperty]
    namer: Namer
    declarations: list[str]

    def write(self, text: Text) -> None:
        """Add the proctype, preceded by the inlines for its choices."""
        labels = self._labels()
        body = Text()
        body.depth = 1
        for first in sorted(set(self.where.group)):
            self._place(first, labels, body, text)
        name = self.steps.words.threads[self.thread.number]
        arguments = ", ".join(f"{key}={value}" for key, value in self.thread.arguments)
        text.line(f"/* {comment(f'{self.thread.function}({arguments})')} */")
        text.line(f"proctype {name}() {{")
        with text.indented():
            for declaration in self.declarations:
                text.line(declaration)
        text.lines += body.lines
        text.line("}")
        text.line()

    def _labels(self) -> dict[int, str]:
        names: dict[int, str] = {}
        for point in self.thread.points:
            if self.where.group[point.number] == point.number:
                may_end = self._is_done_at(point.number) or not self.steps.system.check_deadlock
                prefix = "end" if may_end else "at"
                names[point.number] = self.namer.take(f"{prefix}_{point_words(self.thread, point)}")
        return {number: names[first] for number, first in enumerate(self.where.group)}

    def _is_done_at(self, first: int) -> bool:
        """Whether the thread may be at its end where it is at `first`."""
        return self.thread.done is not None and self.where.group[self.thread.done] == first

    def _place(self, first: int, labels: dict[int, str], body: Text, inlines: Text) -> None:
        here = [p for p in self.thread.points if self.where.group[p.number] == first]
        ways = [(c, way, self._guard(c, way)) for c, found in self.where.ways.items() for way in found
                if self.where.group[c.pc] == first]
        options = [(command, way, guard) for command, way, guard in ways if _valuations(command, guard)]
        body.depth -= 1
        spot = here[0].span
        body.line(f"{labels[first]}: /* {place(spot)} */")
        body.depth += 1
        if not options:
            body.line("false;")
            return
        body.line("if")
        for command, way, guard in options:
            self._option(command, way, guard, labels, body, inlines)
        if len(here) > 1 and self._is_done_at(first) and self.steps.system.check_deadlock:
            # The label is an end, since the thread may have returned; where it has not, standing still is a deadlock.
            at_end = self._at(self.thread.done or 0)
            body.line(f":: d_step {{ timeout && !({self.steps.writer((), {}).truth(at_end)}) -> assert({STUCK}) }}")
        body.line("fi;")

    def _option(
        self, command: Command, way: Branch, guard: Expr, labels: dict[int, str], body: Text, inlines: Text
    ) -> None:
        params = param_names(command.params, self.namer.inner())
        lines = self.steps.step(command, guard, way.body, params, self.properties)
        onward = labels[command.pc if way.target is None else way.target]
        note = f"{command.function}: {', '.join(_cut_labels(way.body)) or 'fails'}"
        if not command.params:
            body.line(f":: /* {comment(note)} ({place(command.span)}) */")
            with body.indented():
                body.line("\n".join([*lines[:-1], f"}}; goto {onward}"]))
            return
        wanted = f"{self.steps.words.threads[self.thread.number]} {(_cut_labels(way.body) or ['fails'])[0]}"
        name = self.steps.words.namer.take(wanted)
        inlines.line(f"/* {comment(note)} ({place(command.span)}) */")
        inlines.line(f"inline {name}({', '.join(params[p.number] for p in command.params)}) {{")
        with inlines.indented():
            inlines.line("\n".join(lines))
        inlines.line("}")
        inlines.line()
        for values in _valuations(command, guard):
            body.line(f":: {name}({', '.join(map(str, values))}); goto {onward}")

    def _guard(self, command: Command, way: Branch) -> Expr:
        guard = both(command.guard, way.condition)
        if sum(1 for g in self.where.group if g == self.where.group[command.pc]) > 1:
            guard = both(self._at(command.pc), guard)
        return guard

    def _at(self, point: int) -> Expr:
        pc = self.thread.pc
        return equal(Load(pc.type.lo, pc.type.hi, pc), const(point))


def _valuations(command: Command, guard: Expr) -> list[tuple[int, ...]]:
    """The values of the command's params with which `guard` may be true: the empty one if there are no params."""
    return [
        values for values in product(*(range(p.lo, p.hi + 1) for p in command.params))
        if _given(guard, command, values).hi
    ]


def _given(guard: Expr, command: Command, values: tuple[int, ...]) -> Expr:
    taken = {p.number: const(value) for p, value in zip(command.params, values, strict=True)}
    return rewrite(guard, lambda e: taken[e.number] if isinstance(e, Param) else None)


def _cut_labels(block: Block) -> list[str]:
    return list(dict.fromkeys(s.label for s in walk(block) if isinstance(s, Cut) and s.label))
