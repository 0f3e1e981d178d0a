"""Places of the state, int expressions and loops of a generated model, as text with what is known of their values."""

from __future__ import annotations

import attrs

from tests.agreement.declarations import Array, Bool, Declarations, Int, Record, Ref, Scalar, Type, contains
from tests.agreement.drawing import Draw
from tests.agreement.scopes import Helper, Number, Scope


class Numbers:
    """Draws places, ints and loops over a scope."""

    def __init__(self, draw: Draw, declared: Declarations) -> None:
        self.draw = draw
        self.declared = declared
        self.helpers: list[Helper] = []
        self.fresh = 0

    def name(self, prefix: str) -> str:
        """A name that is new."""
        self.fresh += 1
        return f"{prefix}{self.fresh}"

    # Places of the state

    def place(self, scope: Scope, *kinds: type) -> tuple[str, Type] | None:
        """A place of the state, or a record local's field, that holds one of `kinds`."""
        roots = [n for n in scope.of(Record, Array) if contains(scope.names[n], kinds)]
        if not roots:
            return None
        text = self.draw.pick(roots)
        kind = scope.names[text]
        while not isinstance(kind, kinds):
            match kind:
                case Record(fields=fields):
                    field, kind = self.draw.pick([f for f in fields if contains(f[1], kinds)])
                    text = f"{text}.{field}"
                case Array(length=length, element=element):
                    text, kind = f"{text}[{self.index(scope, length)}]", element
        return text, kind

    def index(self, scope: Scope, length: int) -> str:
        """An index of an array; mostly one that is within it."""
        options: list[tuple[int, str]] = [(3, "literal")]
        fitting = [n for n in scope.of(Int) if scope.names[n].lo >= 0 and scope.names[n].hi < length]  # type: ignore[union-attr]
        if fitting:
            options.append((8, "local"))
        options.append((1, "modulo"))
        if not scope.total:
            refs = [n for n in scope.of(Ref) if scope.names[n].slots <= length]  # type: ignore[union-attr]
            options += [(2, "ref")] * bool(refs) + [(1, "any")] * self.draw.chance(15)
        match self.draw.weighted(options):
            case "local":
                return self.draw.pick(fitting)
            case "modulo":
                return f"{self.number(scope, 1).text} % {length}"
            case "ref":
                return self.draw.pick(refs)
            case "any":
                return self.number(scope, 1).text
        return str(self.draw.number(0, length - 1))

    # Ints

    def number(self, scope: Scope, depth: int) -> Number:
        """An int expression."""
        options: list[tuple[int, str]] = [(2, "literal"), (3, "place"), (3, "local"), (1, "constant")]
        if depth:
            options += [
                (2, "add"),
                (1, "multiply"),
                (1, "divide"),
                (1, "negate"),
                (1, "least"),
                (1, "from_bool"),
                (1, "either"),
                (2, "total"),
                (1, "length"),
                (1, "call"),
                (1, "extreme"),
            ]
        made = getattr(self, f"_int_{self.draw.weighted(options)}")(scope, depth - 1)
        assert isinstance(made, Number)
        return made

    def _int_literal(self, scope: Scope, depth: int) -> Number:
        value = self.draw.pick([0, 1, 2, 3, -1])
        return Number(str(value) if value >= 0 else f"({value})", value, value)

    def _int_constant(self, scope: Scope, depth: int) -> Number:
        return Number("N", self.declared.size, self.declared.size)

    def _int_place(self, scope: Scope, depth: int) -> Number:
        found = self.place(scope, Int)
        if found is None:
            return self._int_literal(scope, depth)
        text, kind = found
        assert isinstance(kind, Int)
        return Number(text, kind.lo, kind.hi)

    def _int_local(self, scope: Scope, depth: int) -> Number:
        names = scope.of(Int)
        if not names:
            return self._int_place(scope, depth)
        name = self.draw.pick(names)
        kind = scope.names[name]
        assert isinstance(kind, Int)
        return Number(name, kind.lo, kind.hi)

    def _int_add(self, scope: Scope, depth: int) -> Number:
        a, b = self.number(scope, depth), self.number(scope, depth)
        if self.draw.chance(40):
            return Number(f"({a.text} - {b.text})", a.lo - b.hi, a.hi - b.lo)
        return Number(f"({a.text} + {b.text})", a.lo + b.lo, a.hi + b.hi)

    def _int_multiply(self, scope: Scope, depth: int) -> Number:
        a, b = self.number(scope, depth), self.number(scope, depth)
        corners = [x * y for x in (a.lo, a.hi) for y in (b.lo, b.hi)]
        return Number(f"({a.text} * {b.text})", min(corners), max(corners))

    def _int_divide(self, scope: Scope, depth: int) -> Number:
        a = self.number(scope, depth)
        op = self.draw.pick(["%", "//"])
        divisor = self.draw.pick([2, 3, -2, 1])
        text = str(divisor) if divisor > 0 else f"({divisor})"
        if not scope.total and self.draw.chance(15):
            text = self.number(scope, depth).text
            return Number(f"({a.text} {op} {text})", -9, 9)
        size = abs(divisor)
        if op == "%":
            return Number(f"({a.text} % {text})", min(0, divisor + 1), max(0, divisor - 1))
        bound = max(abs(a.lo), abs(a.hi)) // size + 1
        return Number(f"({a.text} // {text})", -bound, bound)

    def _int_negate(self, scope: Scope, depth: int) -> Number:
        a = self.number(scope, depth)
        if self.draw.chance(50):
            return Number(f"abs({a.text})", 0, max(abs(a.lo), abs(a.hi)))
        return Number(f"(-{a.text})", -a.hi, -a.lo)

    def _int_least(self, scope: Scope, depth: int) -> Number:
        parts = [self.number(scope, depth) for _ in range(self.draw.number(2, 3))]
        pick = self.draw.pick([min, max])
        return Number(
            f"{pick.__name__}({', '.join(p.text for p in parts)})", pick(p.lo for p in parts), pick(p.hi for p in parts)
        )

    def _int_from_bool(self, scope: Scope, depth: int) -> Number:
        return Number(f"int({self.boolean(scope, depth)})", 0, 1)

    def _int_either(self, scope: Scope, depth: int) -> Number:
        a, b = self.number(scope, depth), self.number(scope, depth)
        return Number(f"({a.text} if {self.boolean(scope, depth)} else {b.text})", min(a.lo, b.lo), max(a.hi, b.hi))

    def _int_total(self, scope: Scope, depth: int) -> Number:
        arrays = [a for a in self.paths_of_arrays(scope) if isinstance(a[1].element, Int | Bool)]
        if arrays and self.draw.chance(40):
            text, kind = self.draw.pick(arrays)
            lo, hi = (kind.element.lo, kind.element.hi) if isinstance(kind.element, Int) else (0, 1)
            return Number(f"sum({text})", lo * kind.length, hi * kind.length)
        loops, inner, most = self.comprehension(scope, depth)
        term = self.number(inner, depth)
        return Number(f"sum({term.text} {loops})", min(0, term.lo * most), max(0, term.hi * most))

    def _int_extreme(self, scope: Scope, depth: int) -> Number:
        loops, inner, _ = self.comprehension(scope, depth)
        term, pick = self.number(inner, depth), self.draw.pick([min, max])
        default = self.draw.number(-1, 2)
        text = f"{pick.__name__}(({term.text} {loops}), default={default})"
        return Number(text, min(default, term.lo), max(default, term.hi))

    def _int_length(self, scope: Scope, depth: int) -> Number:
        found = self.place(scope, Array)
        if found is None:
            return self._int_literal(scope, depth)
        text, kind = found
        assert isinstance(kind, Array)
        return Number(f"len({text})", kind.length, kind.length)

    def _int_call(self, scope: Scope, depth: int) -> Number:
        for helper in self.callable(scope):
            if isinstance(helper.result, Int) and self.draw.chance(70):
                return Number(self.call(scope, helper, depth), helper.result.lo, helper.result.hi)
        return self._int_place(scope, depth)

    def callable(self, scope: Scope) -> list[Helper]:
        """The plain helpers that an expression may call."""
        return [h for h in self.helpers if not h.generator and (h.pure or not scope.pure)]

    def call(self, scope: Scope, helper: Helper, depth: int) -> str:
        """A call; the last argument sometimes by keyword."""
        arguments = [self.argument(scope, kind, depth) for _, kind in helper.parameters]
        if helper.defaults and self.draw.chance(50):
            arguments.pop()
        elif arguments and self.draw.chance(25):
            arguments[-1] = f"{helper.parameters[-1][0]}={arguments[-1]}"
        return f"{helper.name}({', '.join(['s', *arguments])})"

    def argument(self, scope: Scope, kind: Type, depth: int) -> str:
        """A value of type `kind`."""
        match kind:
            case Int(lo=0, hi=hi):
                return self.index(scope.safe(), hi + 1)
            case Record() | Array():
                found = next((n for n, k in scope.names.items() if k == kind), None)
                if found is not None and self.draw.chance(50):
                    return found
                return self.reference(scope, kind)
            case Bool():
                return self.boolean(scope, depth)
        return self.value(scope, kind, depth)

    def reference(self, scope: Scope, kind: Type) -> str:
        """A record or array of the state that has exactly type `kind`; such a one exists."""
        paths = self.paths("s", self.declared.state, kind)
        path = self.draw.pick(paths)
        return "".join(f"[{self.index(scope, part)}]" if isinstance(part, int) else part for part in path)

    def with_methods(self, scope: Scope) -> str | None:
        """A record that has methods, if there is one."""
        names = [n for n in scope.of(Record) if scope.names[n].methods]  # type: ignore[union-attr]
        kinds = [k for k in self.declared.records if k.methods and self.paths("s", self.declared.state, k)]
        if kinds and self.draw.chance(50):
            return self.reference(scope, self.draw.pick(kinds))
        return self.draw.pick(names) if names else None

    def paths(self, root: str, outer: Type, kind: Type) -> list[tuple[str | int, ...]]:
        """Every way from `root` to a value of type `kind`; an int stands for an index below it."""
        found: list[tuple[str | int, ...]] = [(root,)] if outer == kind else []
        match outer:
            case Array(length=length, element=element):
                found += [(root, length, *rest) for rest in self.paths("", element, kind)]
            case Record(fields=fields):
                found += [(root, *rest) for name, inner in fields for rest in self.paths(f".{name}", inner, kind)]
        return found

    def comprehension(self, scope: Scope, depth: int, targets: int = 1) -> tuple[str, Scope, int]:
        """``for ... in ... if ...``, the scope of its element, and how many elements there are at most."""
        inner, text, most = attrs.evolve(scope.copy(), pure=True), "", 1
        for _ in range(2 if self.draw.chance(15) else targets):
            # Behind a first loop, a name that is hidden here would be one that has no value yet.
            loop, inner, count = self.loop(inner, shadowing=not text)
            text, most = f"{text} {loop}", most * count
            if self.draw.chance(35):
                text = f"{text} if {self.boolean(inner, max(0, depth))}"
        return text.strip(), inner, most

    def loop(self, scope: Scope, yielding: bool = False, shadowing: bool = False) -> tuple[str, Scope, int]:
        """``for x in ...`` over constant bounds; one that yields over a range, enumerate, or an array of records."""
        options: list[tuple[int, str]] = [(4, "range"), (1, "length"), (1, "bounds")]
        arrays = self.paths_of_arrays(scope)
        records = [a for a in arrays if isinstance(a[1].element, Record)]
        if records:
            options.append((3, "records"))
        if arrays and not yielding:
            options += [(2, "elements"), (1, "reversed")]
        if arrays:
            options.append((1, "enumerate"))
        if not yielding:
            options += [(1, "enum"), (1, "tuple"), (1, "pairs")]
        name = self.name("k")
        hidden = [n for n in scope.of(Int, Bool) if n in scope.plain | scope.assignable]
        if shadowing and hidden and self.draw.chance(12):
            name = self.draw.pick(hidden)
        match self.draw.weighted(options):
            case "length" if arrays:
                array, kind = self.draw.pick(arrays)
                return f"for {name} in range(len({array}))", scope.copy(**{name: Int(0, kind.length - 1)}), kind.length
            case "bounds":
                start, stop, step = self.draw.pick([(1, 3, 1), (0, 3, 2), (2, -1, -1), (-1, 1, 1)])
                values = range(start, stop, step)
                known = Int(min(values), max(values))
                return f"for {name} in range({start}, {stop}, {step})", scope.copy(**{name: known}), len(values)
            case "records":
                array, kind = self.draw.pick(records)
                return f"for {name} in {array}", scope.copy(**{name: kind.element}), kind.length
            case "elements" | "reversed" as how:
                array, kind = self.draw.pick(arrays)
                text = f"reversed({array})" if how == "reversed" else array
                return f"for {name} in {text}", scope.copy(**{name: kind.element}), kind.length
            case "enumerate":
                array, kind = self.draw.pick(arrays)
                other = self.name("k")
                names = {name: Int(0, kind.length - 1), other: kind.element}
                return f"for {name}, {other} in enumerate({array})", scope.copy(**names), kind.length
            case "pairs":
                other = self.name("k")
                return f"for {name}, {other} in PAIRS", scope.copy(**{name: Int(0, 2), other: Bool()}), 2
            case "enum":
                enum = self.draw.pick(self.declared.enums)
                return f"for {name} in {enum.name}", scope.copy(**{name: enum}), len(enum.members)
            case "tuple":
                values_ = [self.draw.number(-1, 2) for _ in range(self.draw.number(1, 3))]
                text = "".join(f"{v}, " for v in values_)
                return f"for {name} in ({text})", scope.copy(**{name: Int(min(values_), max(values_))}), len(values_)
        return f"for {name} in range(N)", scope.copy(**{name: Int(0, self.declared.size - 1)}), self.declared.size

    def paths_of_arrays(self, scope: Scope) -> list[tuple[str, Array]]:
        """Arrays that can be named without an index."""
        found: list[tuple[str, Array]] = []

        def walk(text: str, kind: Type) -> None:
            match kind:
                case Array():
                    found.append((text, kind))
                case Record(fields=fields):
                    for name, inner in fields:
                        walk(f"{text}.{name}", inner)

        for name in scope.of(Record, Array):
            walk(name, scope.names[name])
        return found

    # What other modules draw

    def boolean(self, scope: Scope, depth: int) -> str:
        """A condition."""
        raise AssertionError("abstract")

    def value(self, scope: Scope, kind: Scalar, depth: int) -> str:
        """An expression for a place of type `kind`."""
        raise AssertionError("abstract")
