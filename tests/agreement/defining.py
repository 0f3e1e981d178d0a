"""Statements of a generated model that write the state or give locals their values."""

from __future__ import annotations

import attrs

from tests.agreement.declarations import Array, Bool, Enumeration, Int, Record, Ref, Scalar, Type, literal, text_of
from tests.agreement.expressions import Expressing
from tests.agreement.scopes import Scope

Lines = list[str]


@attrs.define
class Body:
    """The function that is being written. `yields` says how many more it may have; 0 for a plain function."""

    name: str
    yields: int
    result: Type | tuple[Type, ...] | None = None
    chooses: bool = True
    writes: bool = True
    thread: bool = False
    labels: set[str] = attrs.field(factory=set)
    locals: dict[str, Type] = attrs.field(factory=dict)


def indented(lines: Lines) -> Lines:
    """One level deeper."""
    return [f"    {line}" for line in lines]


def _covers(known: Type, kind: Type) -> bool:
    if isinstance(known, Int) and isinstance(kind, Int):
        return known.lo <= kind.lo and kind.hi <= known.hi
    return known == kind and isinstance(kind, Bool | Enumeration | Ref)


class Defining(Expressing):
    """Draws writes, locals and choices."""

    def _assign(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        found = self.place(scope, Int, Bool, Enumeration, Ref)
        assert found is not None and isinstance(found[1], Scalar)
        if self.draw.chance(6) and body.chooses and isinstance(found[1], Int):
            return [f"{found[0]} = choose(range({found[1].lo}, {found[1].hi + 1}))"]
        if self.draw.chance(8):
            again = self.place(scope, type(found[1]))
            assert again is not None
            return [f"{found[0]} = {again[0]} = {literal(self.draw, found[1])}"] if again[1] == found[1] else ["pass"]
        return [f"{found[0]} = {self.value(scope, found[1], 2)}"]

    def _guarded(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        found = self.place(scope.safe(), Int)
        if found is None:
            return self._assign(scope, body, depth, loop)
        text, kind = found
        assert isinstance(kind, Int)
        if self.draw.chance(50):
            return [f"if {text} < {kind.hi}:", f"    {text} += 1"]
        return [f"if {text} > {kind.lo}:", f"    {text} -= 1"]

    def _step(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        """A counter that goes round."""
        found = self.place(scope.safe(), Int)
        if found is None:
            return self._flip(scope, body, depth, loop)
        text, kind = found
        assert isinstance(kind, Int)
        return [f"{text} = {text} + 1 if {text} < {kind.hi} else {kind.lo}"]

    def _augmented(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        found = self.place(scope, Int)
        if found is None:
            return self._assign(scope, body, depth, loop)
        text, kind = found
        assert isinstance(kind, Int)
        match self.draw.weighted([(3, "safe"), (1, "wrap"), (1, "any")]):
            case "wrap" if kind.lo == 0:
                return (
                    [f"{text} += {self.number(scope, 1).text}", f"{text} %= {kind.hi + 1}"]
                    if self.draw.chance(20)
                    else [f"{text} %= 2"]
                )
            case "any":
                op = self.draw.pick(["+=", "-=", "*=", "//="])
                value = self.number(scope, 1) if op != "//=" else None
                return [f"{text} {op} {value.text if value else 2}"]
        return [f"{text} *= {self.draw.pick([0, 1])}"] if kind.lo <= 0 <= kind.hi else [f"{text} //= 1"]

    def _swap(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        one = self.place(scope, Int, Bool, Enumeration, Ref)
        assert one is not None
        other = self.place(scope, type(one[1]))
        if other is None or other[1] != one[1]:
            return [f"{one[0]} = {self.value(scope, one[1], 1)}"]  # type: ignore[arg-type]
        if self.draw.chance(70):
            return [f"{one[0]}, {other[0]} = {other[0]}, {one[0]}"]
        return [f"{one[0]}, {other[0]} = {self.value(scope, one[1], 1)}, {one[0]}"]  # type: ignore[arg-type]

    def _flip(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        found = self.place(scope.safe(), Bool)
        return [f"{found[0]} = not {found[0]}"] if found else self._assign(scope, body, depth, loop)

    # Locals

    def _local(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        name = self.name("v")
        match self.draw.weighted(
            [
                (3, "number"),
                (3, "annotated"),
                (1, "boolean"),
                (1, "member"),
                (1, "ref"),
                (3, "reference"),
                (1, "pair"),
                (1, "unpack"),
            ]
        ):
            case "annotated":
                return self.annotated(scope, body, name)
            case "boolean":
                return self.define(scope, body, name, Bool(), self.boolean(scope, 1))
            case "member":
                enum = self.draw.pick(self.declared.enums)
                return self.define(scope, body, name, enum, self.value(scope, enum, 1))
            case "ref":
                found = self.place(scope, Ref)
                if found is not None:
                    return self.define(scope, body, name, found[1], found[0])
            case "reference":
                return self.reference_local(scope, body, name)
            case "pair":
                parts = (self.number(scope, 1), self.boolean(scope, 1))
                scope.tuples[name] = (Int(parts[0].lo, parts[0].hi), Bool())
                return [f"{name} = ({parts[0].text}, {parts[1]})"]
            case "unpack":
                return self.unpack(scope, body, name)
        number = self.number(scope, 2)
        return self.define(scope, body, name, Int(number.lo, number.hi), number.text)

    def define(self, scope: Scope, body: Body, name: str, kind: Type, value: str) -> Lines:
        """A new local, or one that `value` fits as well."""
        if value and self.draw.chance(20):
            again = [n for n in sorted(scope.plain) if _covers(scope.names[n], kind)]
            if again:
                return [f"{self.draw.pick(again)} = {value}"]
        scope.names[name] = kind
        scope.plain.add(name)
        if body.thread and isinstance(kind, Scalar):
            body.locals[name] = kind
        return [f"{name} = {value}"]

    def annotated(self, scope: Scope, body: Body, name: str) -> Lines:
        """A local with a range, which may be assigned again."""
        lo = self.draw.pick([0, -1])
        options: list[Scalar] = [
            Int(lo, lo + self.draw.pick([2, 1, 3])),
            Bool(),
            self.draw.pick(self.declared.enums),
            Ref("N", self.declared.size),
        ]
        kind = self.draw.weighted([(5, options[0]), (1, options[1]), (1, options[2]), (1, options[3])])
        value = self.value(scope.safe(), kind, 1)
        self.define(scope, body, name, kind, "")
        scope.assignable.add(name)
        return [f"{name}: {text_of(kind)} = {value}"]

    def reference_local(self, scope: Scope, body: Body, name: str) -> Lines:
        """A name for a record or array of the state."""
        kinds = [k for k in self.reachable_kinds() if self.paths("s", self.declared.state, k)]
        if not kinds:
            return self.annotated(scope, body, name)
        kind = self.draw.pick(kinds)
        text = self.reference(scope, kind)
        same = [n for n, k in scope.names.items() if k == kind]
        if same and self.draw.chance(30):
            text = f"{text} if {self.boolean(scope, 1)} else {self.draw.pick(same)}"
            if isinstance(kind, Array) or not self.one_name(kind):
                text = self.draw.pick(same)
        return self.define(scope, body, name, kind, text)

    def one_name(self, kind: Type) -> bool:
        """Whether all values of type `kind` stand in one array (or are one), so that a local may be any of them."""
        return len(self.paths("s", self.declared.state, kind)) == 1

    def reachable_kinds(self) -> list[Type]:
        """The record and array types that stand in the state."""
        found: list[Type] = []

        def walk(kind: Type) -> None:
            if isinstance(kind, Array | Record) and kind not in found:
                found.append(kind)
                for inner in [kind.element] if isinstance(kind, Array) else [t for _, t in kind.fields]:
                    walk(inner)

        for _, kind in self.declared.state.fields:
            walk(kind)
        return found

    def unpack(self, scope: Scope, body: Body, name: str) -> Lines:
        """Take a tuple apart."""
        other = self.name("v")
        tuples = [h for h in self.helpers if isinstance(h.result, tuple) and not h.generator and not scope.pure]
        if tuples and self.draw.chance(60):
            helper = self.draw.pick(tuples)
            text = self.call(scope, helper, 1)
            assert isinstance(helper.result, tuple)
            kinds = helper.result
        elif scope.tuples:
            text = self.draw.pick(sorted(scope.tuples))
            kinds = scope.tuples[text]
            if self.draw.chance(40):
                return self.define(scope, body, name, kinds[0], f"{text}[0]")
        else:
            number = self.number(scope, 1)
            text, kinds = f"{number.text}, {self.boolean(scope, 1)}", (Int(number.lo, number.hi), Bool())
        self.define(scope, body, name, kinds[0], "")
        self.define(scope, body, other, kinds[1], "")
        return [f"{name}, {other} = {text}"]

    def _relocal(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        names = sorted(scope.assignable & set(scope.names))
        if not names:
            return self._local(scope, body, depth, loop)
        name = self.draw.pick(names)
        kind = scope.names[name]
        assert isinstance(kind, Scalar)
        others = [n for n in names if n != name and scope.names[n] == kind]
        if others and self.draw.chance(40):
            return [f"{name}, {others[0]} = {others[0]}, {name}"]
        if isinstance(kind, Int) and self.draw.chance(50):
            if self.draw.chance(20):
                return [f"{name} {self.draw.pick(['+=', '-='])} 1"]
            return [f"if {name} < {kind.hi}:", f"    {name} += 1"]
        return [f"{name} = {self.value(scope, kind, 1)}"]

    # Choices

    def _kept_choice(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        """A choice that is mostly written to the state."""
        known = set(scope.names)
        lines = self._choice(scope, body, depth, loop)
        new = [n for n in scope.names if n not in known]
        if new and self.draw.chance(70):
            kind = scope.names[new[0]]
            found = self.place(scope, type(kind)) if isinstance(kind, Int | Bool | Enumeration) else None
            if found is not None and isinstance(kind, Int) and isinstance(found[1], Int):
                lines.append(f"{found[0]} = {self.fitted(kind, new[0], found[1])}")
            elif found is not None and found[1] == kind:
                lines.append(f"{found[0]} = {new[0]}")
            elif isinstance(kind, Record):
                inner = self.place(Scope({new[0]: kind, "s": self.declared.state}), Int, Bool)
                lines += [f"{inner[0]} = {self.value(scope, inner[1], 1)}"] if inner else []  # type: ignore[arg-type]
        return lines

    def _choice(self, scope: Scope, body: Body, depth: int, loop: str) -> Lines:
        name, other = self.name("c"), self.name("c")
        records = [a for a in self.paths_of_arrays(scope) if isinstance(a[1].element, Record)]
        arrays = [a for a in self.paths_of_arrays(scope) if isinstance(a[1].element, Int | Bool | Enumeration)]
        options: list[tuple[int, str]] = [
            (3, "range"),
            (5, "filtered"),
            (2, "numbers"),
            (2, "enum"),
            (2, "bools"),
            (2, "nested"),
            (1, "bounds"),
            (2, "conditional"),
            (1, "inner"),
            (1, "computed"),
            (1, "pairs"),
        ]
        options += [(4, "record")] * bool(records) + [(1, "element")] * bool(arrays)
        match self.draw.weighted(options):
            case "filtered":
                risky = scope.copy() if self.draw.chance(30) else scope.safe()
                risky.pure = True
                loops, inner, _ = self.comprehension(risky, 1)
                variables = [n for n in inner.names if n not in scope.names]
                if not variables:
                    return self.define(scope, body, name, Bool(), "choose((False, True))")
                chosen = self.draw.pick(variables)
                if isinstance(inner.names[chosen], Array):
                    return [f"{name} = choose(range(2))"]
                return self.define(scope, body, name, inner.names[chosen], f"choose({chosen} {loops})")
            case "numbers":
                values = [self.draw.number(-1, 2) for _ in range(self.draw.number(1, 3))]
                text = "".join(f"{v}, " for v in values)
                return self.define(scope, body, name, Int(min(values), max(values)), f"choose(({text}))")
            case "enum":
                enum = self.draw.pick(self.declared.enums)
                return self.define(scope, body, name, enum, f"choose({enum.name})")
            case "bools":
                return self.define(scope, body, name, Bool(), "choose((True, False))")
            case "nested":
                bound = self.number(scope.safe(), 0) if self.draw.chance(30) else None
                inner_range = f"range({bound.text})" if bound else "range(1 if a else 2)"
                test = f" if {self.boolean(scope.safe(), 1)}" if self.draw.chance(40) else ""
                self.define(scope, body, name, Bool(), "")
                self.define(scope, body, other, Int(0, max(0, bound.hi - 1) if bound else 1), "")
                return [f"{name}, {other} = choose((a, b) for a in (True, False) for b in {inner_range}{test})"]
            case "bounds":
                lo, hi = self.number(scope.safe(), 0), self.number(scope.safe(), 0)
                known = Int(lo.lo, max(lo.lo, hi.hi - 1))
                return self.define(scope, body, name, known, f"choose(range({lo.text}, {hi.text}))")
            case "conditional":
                condition = self.boolean(scope, 1)
                return self.define(
                    scope, body, name, Int(0, 1), f"choose(range(2)) if {condition} else {self.draw.pick([0, 1])}"
                )
            case "inner":
                return self.define(scope, body, name, Int(0, 1), "choose(range(choose(range(1, 3))))")
            case "pairs":
                other = self.name("c")
                self.define(scope, body, name, Int(0, 2), "")
                self.define(scope, body, other, Bool(), "")
                return [f"{name}, {other} = choose(PAIRS)"]
            case "computed":
                return self.define(scope, body, name, Int(0, 2), "choose(k // 2 for k in range(4) if k != 1)")
            case "record":
                array, kind = self.draw.pick(records)
                test = f" if {self.boolean(scope.safe().copy(r=kind.element), 1)}" if self.draw.chance(50) else ""
                text = f"choose(r for r in {array}{test})" if test else f"choose({array})"
                return self.define(scope, body, name, kind.element, text)
            case "element":
                array, kind = self.draw.pick(arrays)
                return self.define(scope, body, name, kind.element, f"choose({array})")
        size = self.draw.pick(["2", "N"])
        return self.define(
            scope, body, name, Int(0, 1 if size == "2" else self.declared.size - 1), f"choose(range({size}))"
        )
