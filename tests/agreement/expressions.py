"""Expressions of a generated model, as text, with what is known of their values."""

from __future__ import annotations

import attrs

from tests.agreement.declarations import Array, Bool, Declarations, Enumeration, Int, Record, Ref, Scalar, Type, contains, literal
from tests.agreement.drawing import Draw


@attrs.frozen
class Number:
    """An int expression and the interval that it is in unless the model violates something."""

    text: str
    lo: int
    hi: int


@attrs.frozen
class Helper:
    """A function of the model. `parameters` come after the state; `result` is None, a type, or a tuple of types."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    result: Type | tuple[Type, ...] | None
    generator: bool
    pure: bool = False


@attrs.define
class Scope:
    """The names that an expression may use. `total` forbids what can fail."""

    names: dict[str, Type]
    assignable: set[str] = attrs.field(factory=set)
    plain: set[str] = attrs.field(factory=set)
    tuples: dict[str, tuple[Type, ...]] = attrs.field(factory=dict)
    total: bool = False
    pure: bool = False

    def copy(self, **names: Type) -> Scope:
        """The same names and more."""
        assignable, plain = self.assignable - set(names), self.plain - set(names)
        return Scope({**self.names, **names}, assignable, plain, dict(self.tuples), self.total, self.pure)

    def safe(self) -> Scope:
        """The same names for expressions that cannot fail."""
        return attrs.evolve(self.copy(), total=True, pure=True)

    def of(self, *kinds: type) -> list[str]:
        """Names of a kind."""
        return [name for name, kind in self.names.items() if isinstance(kind, kinds)]


class Expressing:
    """Draws expressions over a scope."""

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
        fitting = [n for n in scope.of(Int) if 0 <= scope.names[n].lo and scope.names[n].hi < length]  # type: ignore[union-attr]
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
            options += [(2, "add"), (1, "multiply"), (1, "divide"), (1, "negate"), (1, "least"), (1, "from_bool"), (1, "either"),
                        (2, "total"), (1, "length"), (1, "call"), (1, "extreme")]
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
        return Number(f"{pick.__name__}({', '.join(p.text for p in parts)})", pick(p.lo for p in parts), pick(p.hi for p in parts))

    def _int_from_bool(self, scope: Scope, depth: int) -> Number:
        return Number(f"int({self.boolean(scope, depth)})", 0, 1)

    def _int_either(self, scope: Scope, depth: int) -> Number:
        a, b = self.number(scope, depth), self.number(scope, depth)
        return Number(f"({a.text} if {self.boolean(scope, depth)} else {b.text})", min(a.lo, b.lo), max(a.hi, b.hi))

    def _int_total(self, scope: Scope, depth: int) -> Number:
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
        if arguments and self.draw.chance(25):
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
            loop, inner, count = self.loop(inner)
            text, most = f"{text} {loop}", most * count
            if self.draw.chance(35):
                text = f"{text} if {self.boolean(inner, max(0, depth))}"
        return text.strip(), inner, most

    def loop(self, scope: Scope, yielding: bool = False) -> tuple[str, Scope, int]:
        """``for x in ...`` over constant bounds; a loop that yields runs over a range, enumerate, or an array of records."""
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
            options += [(1, "enum"), (1, "tuple")]
        name = self.name("k")
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

    # Bools, enum members, references

    def boolean(self, scope: Scope, depth: int) -> str:
        """A condition."""
        options: list[tuple[int, str]] = [(4, "_bool_place"), (4, "_comparison"), (2, "_enum_test"), (2, "_ref_test")]
        if depth > 0:
            options += [(3, "_connective"), (2, "_quantifier"), (1, "_chain"), (1, "_membership"), (1, "_predicate"),
                        (1, "_conditional"), (1, "_tuples")]
        text = getattr(self, self.draw.weighted(options))(scope, depth - 1)
        return f"(not {text})" if self.draw.chance(20) else str(text)

    def _bool_place(self, scope: Scope, depth: int) -> str:
        names = scope.of(Bool)
        if names and self.draw.chance(50):
            return self.draw.pick(names)
        found = self.place(scope, Bool)
        return found[0] if found else self._comparison(scope, depth)

    def _comparison(self, scope: Scope, depth: int) -> str:
        op = self.draw.pick(["==", "<", "<=", ">", ">=", "!="])
        return f"({self.number(scope, max(0, depth)).text} {op} {self.number(scope, max(0, depth)).text})"

    def _chain(self, scope: Scope, depth: int) -> str:
        parts = [self.number(scope, depth).text for _ in range(3)]
        ops = [self.draw.pick(["<=", "<", "==", ">", "!="]) for _ in range(2)]
        return f"({parts[0]} {ops[0]} {parts[1]} {ops[1]} {parts[2]})"

    def _enum_test(self, scope: Scope, depth: int) -> str:
        found = self.member(scope)
        if found is None:
            return self._comparison(scope, depth)
        text, enum = found
        if self.draw.chance(30):
            members = "".join(f"{enum.name}.{m}, " for m in enum.members[: self.draw.number(1, len(enum.members))])
            return f"({text} {self.draw.pick(['in', 'not in'])} ({members}))"
        other = self.value(scope, enum, 0)
        return f"({text} {self.draw.pick(['==', '!=', 'is', 'is not'])} {other})"

    def member(self, scope: Scope) -> tuple[str, Enumeration] | None:
        """A local or place that holds an enum member."""
        names = scope.of(Enumeration)
        if names and self.draw.chance(50):
            name = self.draw.pick(names)
            kind = scope.names[name]
        else:
            found = self.place(scope, Enumeration)
            if found is None:
                return None
            name, kind = found
        assert isinstance(kind, Enumeration)
        return name, kind

    def _ref_test(self, scope: Scope, depth: int) -> str:
        names = scope.of(Ref)
        found = (self.draw.pick(names), None) if names and self.draw.chance(50) else self.place(scope, Ref)
        if found is None:
            return self._enum_test(scope, depth)
        if self.draw.chance(30):
            return f"({found[0]} {self.draw.pick(['==', '!='])} {self.draw.number(0, 2)})"
        return f"({found[0]} {self.draw.pick(['is', 'is not'])} None)"

    def _connective(self, scope: Scope, depth: int) -> str:
        op = self.draw.pick([" and ", " or "])
        return f"({op.join(self.boolean(scope, depth) for _ in range(self.draw.number(2, 3)))})"

    def _quantifier(self, scope: Scope, depth: int) -> str:
        loops, inner, _ = self.comprehension(scope, depth)
        return f"{self.draw.pick(['any', 'all'])}({self.boolean(inner, depth)} {loops})"

    def _membership(self, scope: Scope, depth: int) -> str:
        among = "".join(f"{self.number(scope, depth).text}, " for _ in range(self.draw.number(1, 3)))
        return f"({self.number(scope, depth).text} {self.draw.pick(['in', 'not in'])} ({among}))"

    def _predicate(self, scope: Scope, depth: int) -> str:
        for helper in self.callable(scope):
            if isinstance(helper.result, Bool) and self.draw.chance(70):
                return self.call(scope, helper, depth)
        return self._connective(scope, depth)

    def _conditional(self, scope: Scope, depth: int) -> str:
        if self.draw.chance(40):
            return f"bool({self.number(scope, depth).text})"
        return f"({self.boolean(scope, depth)} if {self.boolean(scope, depth)} else {self.boolean(scope, depth)})"

    def _tuples(self, scope: Scope, depth: int) -> str:
        """Two tuples, or two records of the same type, compared."""
        for name in scope.of(Record):
            kind = scope.names[name]
            if name != "s" and self.paths("s", self.declared.state, kind):
                return f"({name} {self.draw.pick(['is', 'is not'])} {self.reference(scope.safe(), kind)})"
        a, b = ([self.number(scope, 0).text, self.boolean(scope, 0)] for _ in range(2))
        return f"(({', '.join(a)}) == ({', '.join(b)}))"

    def value(self, scope: Scope, kind: Scalar, depth: int) -> str:
        """An expression for a place of type `kind`; one that mostly fits."""
        match kind:
            case Int():
                return self.fitting(scope, kind, depth)
            case Bool():
                return self.boolean(scope, depth) if self.draw.chance(60) else literal(self.draw, kind)
            case Enumeration():
                names = [n for n in scope.of(Enumeration) if scope.names[n] == kind]
                if names and self.draw.chance(40):
                    return self.draw.pick(names)
                if depth > 0 and self.draw.chance(30):
                    return f"({literal(self.draw, kind)} if {self.boolean(scope, depth)} else {literal(self.draw, kind)})"
            case Ref(slots=slots):
                numbers = [n for n in scope.of(Int) if 0 <= scope.names[n].lo and scope.names[n].hi < slots]  # type: ignore[union-attr]
                names = [n for n in scope.of(Ref) if scope.names[n] == kind] + numbers
                if names and self.draw.chance(60):
                    return self.draw.pick(names)
                if depth > 0 and self.draw.chance(25):
                    return f"({literal(self.draw, kind)} if {self.boolean(scope, depth)} else {literal(self.draw, kind)})"
        return literal(self.draw, kind)

    def fitting(self, scope: Scope, kind: Int, depth: int) -> str:
        """An int for a place of type `kind`."""
        if self.draw.chance(25):
            return literal(self.draw, kind)
        made = self.number(scope, depth)
        if kind.lo <= made.lo and made.hi <= kind.hi or not scope.total and self.draw.chance(8):
            return made.text
        return self.fitted(Int(made.lo - 9, made.hi), made.text, kind)

    def fitted(self, known: Int, text: str, kind: Int) -> str:
        """`text`, which is `known`, brought into the range of `kind`."""
        if kind.lo <= known.lo and known.hi <= kind.hi:
            return text
        size = kind.hi - kind.lo + 1
        return f"{text} % {size}" + (f" + {kind.lo}" if kind.lo > 0 else f" - {-kind.lo}" if kind.lo < 0 else "")
