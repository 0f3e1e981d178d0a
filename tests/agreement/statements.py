"""Control flow of a generated model: what threads, helpers, hooks and `initial` do."""

from __future__ import annotations

import attrs

from tests.agreement.declarations import Array, Bool, Enumeration, Int, Record, Ref
from tests.agreement.defining import Body, Defining, Lines, indented
from tests.agreement.scopes import Helper, Scope


class Stating(Defining):
    """Draws statements. Each method returns lines and adds to `scope` what they define."""

    def block(self, scope: Scope, body: Body, depth: int, loop: str = "", least: int = 1, most: int = 3) -> Lines:
        """Some statements; never empty."""
        lines: Lines = []
        for _ in range(self.draw.number(least, most)):
            made = self.statement(scope, body, depth, loop)
            lines += made
            if made and made[-1].startswith(("return", "break", "continue")):
                break
        return lines or ["pass"]

    def inner(self, scope: Scope, body: Body, depth: int, loop: str = "", most: int = 2) -> Lines:
        """The arm of an `if` or the body of a loop: what it defines is not known behind it."""
        return self.block(scope.copy(), body, depth, loop, most=most)

    def statement(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        """One statement."""
        options: list[tuple[int, str]] = [(3, "local"), (1, "nothing"), (1, "relocal"), (1, "call")]
        if body.writes:
            options += [
                (1, "assertion"),
                (8, "assign"),
                (5, "guarded"),
                (2, "step"),
                (3, "augmented"),
                (1, "swap"),
                (1, "flip"),
            ]
        if body.writes and self.draw.chance(10):
            options.append((5, "reset"))
        if body.chooses:
            options.append((5, "kept_choice" if body.writes else "choice"))
        if body.yields > 0:
            options += [(8, "yields"), (2, "wait"), (2, "delegate")]
        if depth > 0:
            options += [(5, "condition"), (2, "plain_loop"), (1, "match"), (1, "constant_while")]
            if body.yields > 0:
                options += [(2, "yielding_for"), (2, "yielding_while")]
        if loop:
            options.append((2, "leave_loop"))
        if depth < 2 and (body.result is not None or body.thread or body.yields):
            options.append((1, "early_return"))
        made: Lines = getattr(self, f"_{self.draw.weighted(options)}")(scope, body, depth - 1, loop)
        return made

    # Control

    def _nothing(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        return [self.draw.pick(["pass", 'atomic("it is one instruction")'])] if body.writes else ["pass"]

    def _assertion(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        message = self.draw.pick(["", ', "it broke"'])
        return [f"assert {self.boolean(scope, 2)} or {self.boolean(scope, 1)} or {self.boolean(scope, 1)}{message}"]

    def _condition(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        condition = self.boolean(scope, 2)
        if self.declared.patch_applied is not None and self.draw.chance(15):
            condition = "FIX.applied"
        lines = [f"if {condition}:", *indented(self.inner(scope, body, depth, loop))]
        if self.draw.chance(25):
            lines += [f"elif {self.boolean(scope, 1)}:", *indented(self.inner(scope, body, depth, loop))]
        if self.draw.chance(50):
            lines += ["else:", *indented(self.inner(scope, body, depth, loop))]
        return lines

    def _match(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        found = self.member(scope) if self.draw.chance(65) else None
        if found is not None:
            subject, patterns = found[0], [f"{found[1].name}.{m}" for m in found[1].members]
        else:
            subject, patterns = self.number(scope, 1).text, ["0", "1", "-1", "2"]
        first, *rest = patterns
        lines = [f"match {subject}:", f"    case {first}:", *indented(indented(self.inner(scope, body, depth, loop)))]
        if self.draw.chance(50):
            guard = f" if {self.boolean(scope, 1)}" if self.draw.chance(30) else ""
            lines += [f"    case {' | '.join(rest)}{guard}:", *indented(indented(self.inner(scope, body, depth, loop)))]
        if self.draw.chance(50):
            lines += ["    case _:", *indented(indented(self.inner(scope, body, depth, loop)))]
        return lines

    def _plain_loop(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        head, inner, _ = self.loop(scope)
        still = attrs.evolve(body, yields=0)
        if self.draw.chance(15) and body.chooses:
            still.chooses = False
        return [f"{head}:", *indented(self.block(inner, still, depth, "plain", most=2))]

    def _constant_while(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        name = self.name("w")
        still = attrs.evolve(body, yields=0)
        inner = self.block(scope.copy(**{name: Int(0, 1)}), still, 0, most=2)
        if any(line.strip().startswith("return") for line in inner):
            return ["pass"]
        return [f"{name} = 0", f"while {name} < 2:", *indented(inner), f"    {name} += 1"]

    def _leave_loop(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        word = self.draw.pick(["break", "continue"])
        if loop == "while" and word == "continue":
            return [*self._yields(scope, body, depth, loop), "continue"]
        return [word]

    def _early_return(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        return [self.returning(scope, body)]

    def returning(self, scope: Scope, body: Body) -> str:
        """A return statement that fits."""
        if body.result is None:
            return "return"
        parts = body.result if isinstance(body.result, tuple) else (body.result,)
        values = []
        for kind in parts:
            if isinstance(kind, Record | Array):
                values.append(
                    next((n for n, k in scope.names.items() if k == kind and n != "s"), self.reference(scope, kind))
                )
            elif isinstance(kind, Int):
                values.append(self.fitting(scope.safe(), kind, 1))
            else:
                values.append(self.value(scope, kind, 1))
        return f"return {', '.join(values)}"

    # Yields

    def label(self, body: Body) -> str:
        """The label of a yield, quoted; "" for none."""
        label = self.draw.pick(["a", "b", "c", ""])
        body.labels.add(label or body.name)
        return f' "{label}"' if label else ""

    def _yields(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        body.yields -= 1
        return [f"yield{self.label(body)}"]

    def _wait(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        body.yields -= 1
        lock = self.place(scope.safe(), Bool)
        if lock is not None and self.draw.chance(60):
            return [f"while {lock[0]}:", f"    yield{self.label(body)}", f"{lock[0]} = True"]
        before = self._choice(scope.copy(), body, depth, loop) if self.draw.chance(15) and body.chooses else []
        return [f"while {self.boolean(scope, 2)}:", *indented(before), f"    yield{self.label(body)}"]

    def _delegate(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        generators = [h for h in self.helpers if h.generator]
        if not generators:
            return self._yields(scope, body, depth, loop)
        body.yields -= 2
        helper = self.draw.pick(generators)
        call = f"yield from {self.call(scope, helper, 1)}"
        if helper.result is None or self.draw.chance(20):
            return [call]
        if helper.result == body.result and self.draw.chance(25) and depth < 1:
            return [f"return ({call})"]
        if isinstance(helper.result, Int) and self.draw.chance(25):
            name = self.name("v")
            self.define(scope, body, name, helper.result, "")
            return [f"{name}: Int[{helper.result.lo}, {helper.result.hi}] = {call}"]
        if isinstance(helper.result, tuple):
            names = [self.name("v") for _ in helper.result]
            for name, kind in zip(names, helper.result, strict=True):
                self.define(scope, body, name, kind, "")
            return [f"{', '.join(names)} = {call}"]
        return self.define(scope, body, self.name("v"), helper.result, call)

    def _yielding_for(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        head, inner, _ = self.loop(scope, yielding=True)
        lines = self.block(inner, body, depth, "for", most=2)
        if not lines[-1].startswith(("return", "break", "continue")):
            lines += self._yields(inner, body, depth, loop)
        return [f"{head}:", *indented(lines)]

    def _yielding_while(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        condition = self.boolean(scope, 1)
        lines = self.inner(scope, body, depth, "while", most=3)
        if not lines[-1].startswith(("return", "break", "continue")):
            lines += self._yields(scope, body, depth, loop)
        if not any("yield" in line for line in lines):
            lines = [*self._yields(scope, body, depth, loop), *lines]
        return [f"while {condition}:", *indented(lines)]

    # Calls

    def _reset(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        target = self.with_methods(scope)
        return [f"{target}.reset()"] if target else self._flip(scope, body, depth, loop)

    def _call(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        plain = [h for h in self.callable(scope) if h.pure or body.writes]
        if not plain:
            return self._local(scope, body, depth, loop)
        helper: Helper = self.draw.pick(plain)
        call = self.call(scope, helper, 1)
        if isinstance(helper.result, Int | Bool | Enumeration | Ref | Record | Array) and self.draw.chance(70):
            return self.define(scope, body, self.name("v"), helper.result, call)
        return [call]
