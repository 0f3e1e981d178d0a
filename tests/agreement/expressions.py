"""Conditions, enum members and references of a generated model, as text."""

from __future__ import annotations

from tests.agreement.declarations import Bool, Enumeration, Int, Record, Ref, Scalar, literal
from tests.agreement.numbers import Numbers
from tests.agreement.scopes import Scope


class Expressing(Numbers):
    """Draws expressions over a scope."""

    def boolean(self, scope: Scope, depth: int) -> str:
        """A condition."""
        options: list[tuple[int, str]] = [(4, "_bool_place"), (4, "_comparison"), (2, "_enum_test"), (2, "_ref_test")]
        if depth > 0:
            options += [
                (3, "_connective"),
                (2, "_quantifier"),
                (1, "_chain"),
                (1, "_membership"),
                (1, "_predicate"),
                (1, "_conditional"),
                (1, "_method"),
                (1, "_tuples"),
            ]
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
        arrays = [a for a in self.paths_of_arrays(scope) if isinstance(a[1].element, Bool)]
        if arrays and self.draw.chance(40):
            return f"{self.draw.pick(['any', 'all'])}({self.draw.pick(arrays)[0]})"
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

    def _method(self, scope: Scope, depth: int) -> str:
        target = self.with_methods(scope)
        return f"{target}.ready()" if target else self._conditional(scope, depth)

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
                    return (
                        f"({literal(self.draw, kind)} if {self.boolean(scope, depth)} else {literal(self.draw, kind)})"
                    )
            case Ref(slots=slots):
                numbers = [n for n in scope.of(Int) if scope.names[n].lo >= 0 and scope.names[n].hi < slots]  # type: ignore[union-attr]
                names = [n for n in scope.of(Ref) if scope.names[n] == kind] + numbers
                if names and self.draw.chance(60):
                    return self.draw.pick(names)
                if depth > 0 and self.draw.chance(25):
                    return (
                        f"({literal(self.draw, kind)} if {self.boolean(scope, depth)} else {literal(self.draw, kind)})"
                    )
        return literal(self.draw, kind)

    def fitting(self, scope: Scope, kind: Int, depth: int) -> str:
        """An int for a place of type `kind`."""
        if self.draw.chance(25):
            return literal(self.draw, kind)
        made = self.number(scope, depth)
        if (kind.lo <= made.lo and made.hi <= kind.hi) or (not scope.total and self.draw.chance(8)):
            return made.text
        return self.fitted(Int(made.lo - 9, made.hi), made.text, kind)

    def fitted(self, known: Int, text: str, kind: Int) -> str:
        """`text`, which is `known`, brought into the range of `kind`."""
        if kind.lo <= known.lo and known.hi <= kind.hi:
            return text
        size = kind.hi - kind.lo + 1
        return f"{text} % {size}" + (f" + {kind.lo}" if kind.lo > 0 else f" - {-kind.lo}" if kind.lo < 0 else "")
