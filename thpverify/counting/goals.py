"""Properties of the model as properties of its counters: each of the ways to violate one, as a list of atoms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from thpverify.counting.errors import Uncountable
from thpverify.counting.linear import Atom, Linear
from thpverify.counting.moves import Derivation
from thpverify.counting.oracle import Oracle, ways
from thpverify.counting.places import FREE, Place, mark_name, marks
from thpverify.counting.vocabulary import Vocabulary
from thpverify.ir.expressions import (
    BINARY_OPERATORS,
    Binary,
    Const,
    Expr,
    Ite,
    Load,
    Not,
    Temp,
    Variable,
    negate,
    rewrite,
    subexpressions,
)
from thpverify.ir.expressions import const as constant
from thpverify.ir.statements import Block, Check, If, Let
from thpverify.ir.system import Property

Value = int | Linear
Ways = Sequence[Sequence[Atom]]
"""How a property can be violated: in one of several ways, each a list of what is true together."""
OUTSIDE = "is outside of what can be proved by counting"


def violations(derivation: Derivation, prop: Property) -> list[tuple[Atom, ...]]:
    """The ways to violate invariant `prop`.

    Raises:
        Uncountable: it is no invariant, or it speaks of one task, record or subpage and not of all alike.
    """
    if prop.kind != "invariant":
        raise Uncountable(f"{prop.name} {OUTSIDE}: it is no invariant", prop.span)
    found = []
    for atoms in ways(lambda oracle: _Reading(derivation, prop, oracle).violated()):
        found.append(tuple(atoms))
    return found


def negations(ways: Ways) -> list[tuple[Atom, ...]]:
    """Clauses that say together that none of `ways` is gone."""
    clauses: list[tuple[Atom, ...]] = []
    for way in ways:
        clause: list[Atom] = []
        for atom in way:
            if atom.equal:
                clause += [Atom(atom.form - 1), Atom(atom.form * -1 - 1)]
            else:
                clause.append(Atom(atom.form * -1 - 1))
        clauses.append(tuple(clause))
    return clauses


def gone(ways: Ways, values: Mapping[str, int], n: int) -> bool:
    """Whether one of `ways` is gone with these counts at N = `n`."""
    return any(all(atom.holds(values, n) for atom in way) for way in ways)


@attrs.define(eq=False)
class _Reading:
    """One way through a property, which it must leave violated."""

    derivation: Derivation
    prop: Property
    oracle: Oracle
    atoms: list[Atom] = attrs.field(factory=list)
    flags: dict[Variable, int] = attrs.field(factory=dict)
    temps: dict[int, Value] = attrs.field(factory=dict)
    signs: dict[Linear, int] = attrs.field(factory=dict)
    members: dict[str, tuple[str, Expr, tuple[int, ...]]] = attrs.field(factory=dict)

    @property
    def vocabulary(self) -> Vocabulary:
        return self.derivation.vocabulary

    def violated(self) -> list[Atom]:
        """What is true where it is violated in this way."""
        self.run(self.prop.body)
        if self.truth(self.prop.result):
            self.oracle.pick("a violation", ())
        return self.atoms

    def run(self, block: Block) -> None:
        for statement in block:
            match statement:
                case Let(temp=temp, value=value):
                    self.temps[temp.number] = self.evaluate(value)
                case If(condition=condition, then=then, orelse=orelse):
                    self.run(then if self.truth(condition) else orelse)
                case Check():
                    raise Uncountable(f"{self.prop.name} {OUTSIDE}: it may fail", self.prop.span)

    def evaluate(self, expr: Expr) -> Value:
        if self.is_member(expr):
            return self.member(expr)
        match expr:
            case Const(lo=value):
                return value
            case Temp(number=number):
                return self.temps[number]
            case Load(variable=variable):
                return self.load(expr, variable)
            case Binary(op="and" | "or"):
                return self.junction(expr)
            case Not(operand=operand):
                return 1 - self.truth(operand)
            case Ite(condition=condition, then=then, orelse=orelse):
                return self.evaluate(then if self.truth(condition) else orelse)
            case Binary(op=op, left=left, right=right):
                return self.operate(op, self.evaluate(left), self.evaluate(right))
        raise Uncountable(f"{self.prop.name} {OUTSIDE}", self.prop.span)

    def load(self, expr: Load, variable: Variable) -> Value:
        if variable.shape:
            if not isinstance(expr.index[0], Const):
                message = f"{self.prop.name} {OUTSIDE}: it picks one element of {variable.name}"
                raise Uncountable(message, self.prop.span)
            return Linear.of(f"{variable.name.removesuffix('[]')}[{expr.index[0].lo}]")
        if variable in self.vocabulary.numbers:
            return Linear.of(variable.name)
        if variable not in self.flags:
            self.flags[variable] = self.oracle.pick(variable.name, range(variable.type.lo, variable.type.hi + 1))
            self.atoms.append(Atom(Linear.of(variable.name) - self.flags[variable], equal=True))
        return self.flags[variable]

    def operate(self, op: str, left: Value, right: Value) -> Value:
        if isinstance(left, int) and isinstance(right, int):
            return int(BINARY_OPERATORS[op](left, right))
        first, second = _linear(left), _linear(right)
        if op in ("+", "-"):
            return first + second * (1 if op == "+" else -1)
        if op == "*" and (isinstance(left, int) or isinstance(right, int)):
            return second * left if isinstance(left, int) else first * _int(right)
        if op in ("==", "!=", "<", "<="):
            sign = self.sign(first - second)
            return int({"==": sign == 0, "!=": sign != 0, "<": sign < 0, "<=": sign <= 0}[op])
        raise Uncountable(f"{self.prop.name} {OUTSIDE}: {op} of counters", self.prop.span)

    def sign(self, form: Linear) -> int:
        whole = self.whole(form)
        if whole.is_constant:
            return (whole.value > 0) - (whole.value < 0)
        if whole in self.signs:
            return self.signs[whole]
        sign = self.oracle.pick(str(sorted(whole.terms)), (0, 1, -1))
        self.signs[whole] = sign
        self.atoms.append(Atom(whole, equal=True) if sign == 0 else Atom(whole * sign - 1))
        return sign

    def truth(self, expr: Expr) -> int:
        value = self.evaluate(expr)
        if isinstance(value, int):
            return value
        return int(self.sign(value) != 0)

    def junction(self, expr: Expr) -> int:
        """``or`` of members of a crowd asks whether there is one; ``and`` is the ``or`` of opposites, reversed."""
        assert isinstance(expr, Binary)
        op = expr.op
        operands = list(_flattened(expr, op))
        own = [o for o in operands if self.is_member(o)]
        for operand in operands:
            if operand not in own:
                decided = self.truth(operand) == (op == "or")
            else:
                # All of them at once, where the first of them stands.
                some = Linear()
                for each in own if operand is own[0] else ():
                    some += _linear(self.member(each if op == "or" else negate(each)))
                decided = self.sign(some) != 0
            if decided:
                return int(op == "or")
        return int(op == "and")

    def is_member(self, expr: Expr) -> bool:
        """Whether `expr` is a condition about one record, or about where one task stands."""
        if not expr.is_boolean or expr.is_constant:
            return False
        found: set[tuple[int, ...]] = set()
        for part in subexpressions(expr):
            if isinstance(part, Temp) or (isinstance(part, Binary) and part.op in ("+", "-", "*", "//", "%")):
                return False
            if isinstance(part, Load):
                if self.vocabulary.is_crowd(part.variable) and all(isinstance(i, Const) for i in part.index):
                    found.add((part.index[0].lo, *(i.lo for i in part.index[1:])))
                elif part.variable.role == "pc":
                    found.add((part.variable.thread or 0,))
                else:
                    return False
        return len({f[0] for f in found}) == 1 and len({f for f in found if len(f) > 1}) <= 1

    def member(self, expr: Expr) -> Value:
        """An unknown 0 or 1, to be gathered with those of all other members."""
        index: tuple[int, ...]
        loads = [part for part in subexpressions(expr) if isinstance(part, Load)]
        pcs = [load.variable for load in loads if load.variable.role == "pc"]
        if pcs:
            thread = self.vocabulary.system.threads[pcs[0].thread or 0]
            template, index = f"{thread.function}: {_text(expr, pcs[0].name)}", (thread.number,)
        else:
            index = max(((load.index[0].lo, *(i.lo for i in load.index[1:])) for load in loads), key=len)
            template = _text(expr, None)
        name = f"{template} @ {index}"
        self.members[name] = template, expr, index
        return Linear.of(name)

    def whole(self, form: Linear) -> Linear:
        """`form` with counters and sums in the place of their parts."""
        groups: dict[str, list[str]] = {}
        for name in form.terms:
            if name in self.members:
                groups.setdefault(self.members[name][0], []).append(name)
        for names in groups.values():
            form = self.gathered(form, names)
        for variable in self.vocabulary.sums:
            names = [f"{variable.name.removesuffix('[]')}[{i}]" for i in range(variable.shape[0])]
            present = [name for name in names if name in form.terms]
            if present:
                form = self.replaced(form, names, Linear.of(variable.name))
        return form

    def gathered(self, form: Linear, names: Sequence[str]) -> Linear:
        template, expr, index = self.members[names[0]]
        if any(load.variable.role == "pc" for load in subexpressions(expr) if isinstance(load, Load)):
            role = template.split(":", 1)[0]
            threads = [t for t in self.vocabulary.system.threads if t.function == role]
            wanted = len(threads)
        else:
            first = next(load for load in subexpressions(expr) if isinstance(load, Load))
            wanted = first.variable.shape[0] * (self.vocabulary.size if len(index) > 1 else 1)
        if len(names) != wanted:
            raise Uncountable(f"{self.prop.name} {OUTSIDE}: it asks for some of many ({template})", self.prop.span)
        return self.replaced(form, names, self.counted(expr, index))

    def replaced(self, form: Linear, names: Sequence[str], whole: Linear) -> Linear:
        sizes = {form.terms.get(name, (0, 0)) for name in names}
        if len(sizes) != 1:
            raise Uncountable(f"{self.prop.name} {OUTSIDE}: it treats some of many differently", self.prop.span)
        (size,) = sizes
        rest = Linear({name: s for name, s in form.terms.items() if name not in names}, form.constant)
        return rest + whole * size[0]

    def counted(self, expr: Expr, index: tuple[int, ...]) -> Linear:
        """How many members there are of which `expr` is true."""
        naming, found = self.derivation.naming, Linear()
        for place in self.derivation.places:
            if any(load.variable.role == "pc" for load in subexpressions(expr) if isinstance(load, Load)):
                if place.pc == FREE or not self.is_role_of(expr, place):
                    continue
                here = self.value(expr, place, None, None)
                found += self.number(place, here)
            elif place.record is not None and len(index) == 1:
                found += self.number(place, self.value(expr, place, None, None))
            elif place.record is not None:
                array = next(
                    part.variable for part in subexpressions(expr)
                    if isinstance(part, Load) and part.variable in self.vocabulary.arrays
                )  # fmt: skip
                if self.value(expr, place, array, array.type.lo):
                    raise Uncountable(f"{self.prop.name} {OUTSIDE}: it counts what is not there", self.prop.span)
                for value in marks(array):
                    if self.value(expr, place, array, value):
                        found += Linear.of(naming.total(mark_name(self.vocabulary, array, value), place))
        return found

    def number(self, place: Place, here: int) -> Linear:
        if not here:
            return Linear()
        if not self.derivation.counted(place):
            raise Uncountable(f"{self.prop.name} {OUTSIDE}: it counts those that are idle", self.prop.span)
        return Linear.of(self.derivation.naming.count(place))

    def is_role_of(self, expr: Expr, place: Place) -> bool:
        thread = next(p.variable.thread for p in subexpressions(expr) if isinstance(p, Load))
        return self.vocabulary.system.threads[thread or 0].function == place.role

    def value(self, expr: Expr, place: Place, array: Variable | None, element: int | None) -> int:
        """`expr` for a member at `place`; with an element of `array` that is `element`."""

        def known(part: Expr) -> Expr | None:
            if not isinstance(part, Load):
                return None
            variable = part.variable
            if variable.role == "pc":
                return constant(place.pc)
            if variable is self.vocabulary.lock:
                return constant(place.pc != FREE)
            if variable is array:
                assert element is not None
                return constant(element)
            assert place.record is not None
            return constant(place.record[self.vocabulary.fields.index(variable)])

        result = rewrite(expr, known)
        assert result.is_constant
        return result.lo


def _flattened(expr: Expr, op: str) -> Iterator[Expr]:
    if isinstance(expr, Binary) and expr.op == op:
        yield from _flattened(expr.left, op)
        yield from _flattened(expr.right, op)
    else:
        yield expr


def _text(expr: Expr, pc: str | None) -> str:
    """`expr` without the numbers of what it is about."""

    def blank(part: Expr) -> Expr | None:
        if isinstance(part, Load) and part.index:
            return Load(part.lo, part.hi, Variable(f"{part.variable.name}", part.variable.type))
        return None

    text = str(rewrite(expr, blank))
    return text.replace(pc, "pc") if pc else text


def _linear(value: Value) -> Linear:
    return Linear.number(value) if isinstance(value, int) else value


def _int(value: Value) -> int:
    assert isinstance(value, int)
    return value
