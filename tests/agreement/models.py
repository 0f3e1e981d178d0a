"""Random models as Python source: everything that docs/language.md offers, on a small state."""

from __future__ import annotations

from random import Random

import attrs
from hypothesis import strategies as st

from tests.agreement.declarations import Bool, Declaring, Int, Record, Scalar, Type
from tests.agreement.defining import Body, Lines, indented
from tests.agreement.drawing import Draw
from tests.agreement.scopes import Helper, Scope
from tests.agreement.statements import Stating

_IMPORTS = """from enum import Enum

from thpverify.lang import (
    Array, Bool, Constant, Ghost, Int, Lock, Ref, at, atomic, choose, invariant, local, patch, reachable, record,
    scenario, thread,
)
"""


def model(seed: int) -> str:
    """The source text of a model with one scenario, "random": always the same for one seed."""
    return _Modelling(Draw(Random(seed))).model()


def seeds() -> st.SearchStrategy[int]:
    """Seeds of models."""
    return st.integers(0, 2**63 - 1)


@attrs.frozen
class _ThreadFunction:
    name: str
    body: Body
    instances: int
    takes_index: bool


class _Modelling(Stating):
    """Draws whole models."""

    def __init__(self, draw: Draw) -> None:
        super().__init__(draw, Declaring(draw).declare())
        self.lines: Lines = []
        self.threads: list[_ThreadFunction] = []

    def model(self) -> str:
        """The source text."""
        for _ in range(self.draw.pick([0, 1, 2, 3])):
            self.helper()
        for number in range(self.draw.pick([1, 2, 2, 2, 3])):
            self.thread(f"t{number}")
        if len(self.threads) == 3:
            self.threads = [attrs.evolve(t, instances=1) for t in self.threads]
        properties = [self.property(number) for number in range(self.draw.number(0, 3))]
        hooks = [self.hook()] if self.draw.chance(25) else []
        initial = self.initial() if self.draw.chance(40) else None
        return "\n".join(
            [_IMPORTS, *self.declared.lines, *self.lines, "", "", *self.scenario(properties, hooks, initial), ""]
        )

    def root(self, **names: Type) -> Scope:
        """What a function sees at its start."""
        return Scope({"s": self.declared.state, **names})

    def define_function(self, head: str, lines: Lines) -> None:
        """Add a function to the model. The next one counts its names from the start, so that functions share names."""
        self.fresh = 0
        self.lines += ["", "", *head.split("\n"), *indented(lines)]

    def helper(self) -> None:
        """A plain function or a generator that threads may call."""
        generator = self.draw.chance(45)
        pure = not generator and self.draw.chance(40)
        kinds = [k for k in self.reachable_kinds() if isinstance(k, Record)]
        parameters: list[tuple[str, Type]] = []
        for number in range(self.draw.number(0, 2)):
            options: list[Type] = [Int(0, self.declared.size - 1), Bool(), *kinds]
            parameters.append((f"p{number}", self.draw.pick(options)))
        references = [k for k in self.reachable_kinds() if self.one_name(k)]
        results: list[Type | tuple[Type, ...] | None] = [
            Int(-1, 2),
            Bool(),
            (Int(0, 2), Bool()),
            self.declared.enums[0],
        ]
        results += [None] * (not pure) + references[:2]
        result = self.draw.pick(results)
        made = Helper(f"h{len(self.helpers)}", tuple(parameters), result, generator, pure)
        yields = self.draw.number(1, 2) if generator else 0
        body = Body(made.name, yields, result, chooses=not pure, writes=not pure)
        scope = self.root(**dict(parameters))
        scope.total = scope.pure = pure
        lines = self.block(scope, body, 2, most=2)
        if generator and not any("yield" in line for line in lines):
            lines = [*self._yields(scope, body, 0, ""), *lines]
        if result is not None and not lines[-1].startswith("return"):
            lines.append(self.returning(scope, body))
        shown = [p for p, _ in parameters]
        if parameters and isinstance(parameters[-1][1], Int | Bool) and self.draw.chance(40):
            shown[-1] += f"={'0' if isinstance(parameters[-1][1], Int) else 'True'}"
            made = attrs.evolve(made, defaults=1)
        self.define_function(f"def {made.name}({', '.join(['s', *shown])}):", lines)
        self.helpers.append(made)

    def thread(self, name: str) -> None:
        """A thread function."""
        takes_index = self.draw.chance(35)
        body = Body(name, self.draw.number(2, 5), thread=True)
        scope = self.root(**({"a": Int(0, 1)} if takes_index else {}))
        lines: Lines = []
        for _ in range(self.draw.pick([1, 2, 3, 3, 4, 4])):
            lines += self.block(scope, body, 2, most=2)
            if lines[-1].startswith("return"):
                break
            if self.draw.chance(70):
                lines += self._yields(scope, body, 0, "")
        if not any("yield" in line for line in lines):
            lines = [*self._yields(scope, body, 0, ""), *lines]
        if self.draw.chance(60) and not lines[-1].startswith("return"):
            leaves = [f"if {self.boolean(self.root(), 1)}:", "    break"] if self.draw.chance(20) else []
            lines = ["while True:", *indented([*leaves, *self.looping(lines, scope, body)])]
            if leaves:
                lines += self.block(self.root(), body, 1, most=2)
        self.define_function(f"@thread\ndef {name}(s{', a' if takes_index else ''}):", lines)
        self.threads.append(_ThreadFunction(name, body, self.draw.pick([1, 1, 2]), takes_index))

    def looping(self, lines: Lines, scope: Scope, body: Body) -> Lines:
        """The body of an endless loop: it ends with a yield."""
        return lines if lines[-1].startswith("yield ") else [*lines, *self._yields(scope, body, 0, "while")]

    def property(self, number: int) -> str:
        """An invariant or a reachable."""
        scope = self.root()
        scope.pure = True
        scope.total = self.draw.chance(90)
        parts = [self.boolean(scope, 2), *(self.about_threads(scope) for _ in range(self.draw.number(0, 2)))]
        kind = self.draw.pick(["invariant", "reachable"])
        joined = " and ".join(parts)
        lines = [f"return not ({joined})" if kind == "invariant" and self.draw.chance(60) else f"return {joined}"]
        if self.draw.chance(20):
            lines = [f"if {self.boolean(scope, 1)}:", f"    return {self.draw.pick(['True', 'False'])}", *lines]
        self.define_function(f"@{kind}\ndef q{number}(s):", [f'"""Property {number}."""', *lines])
        return f"q{number}"

    def about_threads(self, scope: Scope) -> str:
        """A condition on where a thread stands or what its locals hold."""
        thread = self.draw.pick(self.threads)
        handle = f"{thread.name}[{self.draw.number(0, thread.instances - 1)}]"
        scalars = [(n, k) for n, k in sorted(thread.body.locals.items()) if isinstance(k, Int | Bool)]
        if scalars and self.draw.chance(40):
            name, kind = self.draw.pick(scalars)
            if isinstance(kind, Int):
                return f'local({handle}, "{name}") {self.draw.pick(["==", "<", ">"])} {self.number(scope, 0).text}'
            return f'local({handle}, "{name}")'
        labels = sorted(thread.body.labels)
        if not labels:
            return self.boolean(scope, 1)
        chosen = [self.draw.pick(labels) for _ in range(self.draw.number(1, 2))]
        return f"at({handle}, {', '.join(f'{label!r}' for label in chosen)})"

    def hook(self) -> str:
        """A function that runs after every step."""
        scope = self.root()
        scope.pure = True
        body = Body("closure", 0, chooses=False)
        self.define_function("def closure(s):", self.block(scope, body, 1, most=2))
        return "closure"

    def initial(self) -> str:
        """A function that sets the state up, within its ranges."""
        scope = self.root()
        scope.pure = scope.total = True
        body = Body("setup", 0)
        lines: Lines = []
        for _ in range(self.draw.number(1, 3)):
            wider = scope.copy()
            choice = self._choice(wider, body, 0, "")
            if " if " not in choice[0] or self.draw.chance(20):  # a filter that nothing fits leaves no initial state
                lines += choice
                scope = wider
            found = self.place(scope, Int, Bool)
            if found is not None and isinstance(found[1], Scalar):
                lines.append(f"{found[0]} = {self.value(scope, found[1], 1)}")
        self.define_function("def setup(s):", lines or ["pass"])
        return "setup"

    def scenario(self, properties: list[str], hooks: list[str], initial: str | None) -> Lines:
        """The call of scenario."""
        threads = [f"{t.name}({f'a={n}' if t.takes_index else ''})" for t in self.threads for n in range(t.instances)]
        lines = [
            "scenario(",
            '    "random",',
            "    state=State,",
            f"    threads=[{', '.join(threads)}],",
            f"    properties=[{', '.join(properties)}],",
            f"    after_step=[{', '.join(hooks)}],",
        ]
        if initial is not None:
            lines.append(f"    initial={initial},")
        if self.declared.default_size != self.declared.size:
            lines.append(f"    constants={{N: {self.declared.size}}},")
        if self.declared.patch_applied:
            lines.append("    patches=[FIX],")
        if self.draw.chance(40):
            lines.append("    deadlock_free=False,")
        return [*lines, ")"]
