"""What properties ask of threads: where they stand, and their locals."""

from __future__ import annotations

import ast
from collections.abc import Callable

from thpverify.compiler.context import ThreadFacts
from thpverify.compiler.threads import Place, Questions, ThreadCompiler
from thpverify.compiler.values import Scalar
from thpverify.ir.expressions import FALSE, Expr, Variable, const, either, equal, load
from thpverify.lang.errors import ModelError
from thpverify.lang.source import module_tree
from thpverify.lang.threads import Handle

Fail = Callable[[str, str, str], ModelError]


class Unanswered(Exception):
    """The threads must be compiled again, with these labels apart and these locals kept."""

    def __init__(
        self, labels: frozenset[tuple[str, str]] = frozenset(), names: frozenset[tuple[str, str]] = frozenset()
    ) -> None:
        super().__init__("asked of threads")
        self.labels = labels
        self.locals = names


class PropertyFacts(ThreadFacts):
    """Answers from compiled threads; `kept` collects the variables that properties read."""

    def __init__(self, compilers: list[ThreadCompiler], places: list[list[Place]], questions: Questions) -> None:
        self.compilers = compilers
        self.places = places
        self.questions = questions
        self.kept: frozenset[Variable] = frozenset()

    def find(self, handle: Handle) -> int | None:
        """The number of the thread that a handle means, None if the scenario has none."""
        same = [c.number for c in self.compilers if c.instance.thread.function is handle.thread.function]
        return same[handle.index] if 0 <= handle.index < len(same) else None

    def at(self, handle: Handle, label: str, fail: Fail) -> Expr:
        number = self.find(handle)
        if number is None:
            return FALSE
        compiler = self.compilers[number]
        found = [p for p in self.places[number] if label in p.labels]
        if not found:
            self.refuse_unknown(compiler, label, fail)
        if any(set(p.labels) - {label} or p.number == 0 for p in found):
            asked = (compiler.function.name, label)
            if asked not in self.questions.labels:
                raise Unanswered(labels=frozenset({asked}))
        result: Expr = FALSE
        for place in found:
            result = either(result, equal(load(compiler.pc), const(place.number)))
        return result

    def refuse_unknown(self, compiler: ThreadCompiler, label: str, fail: Fail) -> None:
        """A label that no yield in the thread's files has is a mistake; one that is never reached is not."""
        known: set[str] = set()
        for file in {f.file for f in compiler.functions}:
            for node in ast.walk(module_tree(file)):
                if isinstance(node, ast.Yield) and isinstance(node.value, ast.Constant):
                    known.add(str(node.value.value))
                elif isinstance(node, ast.Yield) and node.value is None:
                    known.update(f.name for f in compiler.functions)
        reached = {name for place in self.places[compiler.number] for name in place.labels}
        if label not in known and label not in reached:
            raise fail(
                "THP043",
                f"no yield of {compiler.function.name} is labelled {label!r}",
                f"It has: {', '.join(sorted(reached))}.",
            )

    def local(self, handle: Handle, name: str, fail: Fail) -> Scalar:
        number = self.find(handle)
        if number is None:
            return Scalar(const(0), "int")
        compiler = self.compilers[number]
        asked = (compiler.function.name, name)
        if asked not in self.questions.locals:
            raise Unanswered(names=frozenset({asked}))
        slot = compiler.local(name)
        value = slot.read() if slot is not None else None
        if slot is None or not isinstance(value, Scalar):
            scalars = {n: s for (key, n), s in compiler.slots.items() if not key and isinstance(s.shape, Scalar)}
            raise fail(
                "THP044",
                f"{compiler.function.name} has no number, bool or enum member {name} that lives across a yield",
                f"It has: {', '.join(sorted(scalars)) or 'none'}.",
            )
        self.kept |= {cell.variable for cell in slot.cells.values()}
        return value
