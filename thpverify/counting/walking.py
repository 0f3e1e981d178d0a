"""One way through one step, with counters in the place of individuals: what it asks for and what it changes."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from thpverify.counting.errors import Uncountable
from thpverify.counting.linear import Atom, Linear
from thpverify.counting.oracle import Dead, Oracle
from thpverify.counting.places import Naming, Place, mark_name, marks
from thpverify.counting.vocabulary import FINITE, Role, Vocabulary, local_name
from thpverify.ir.expressions import BINARY_OPERATORS, Binary, Const, Expr, Ite, Load, Not, Param, Temp, Variable
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let
from thpverify.ir.system import Command

Value = int | Linear


@attrs.define
class Slot:
    """A record that a step looks at. `where` is "own" (the task holds it), "free", "held" by another, "any" of the two.

    `before` and `fields` are its fields' values, None before they are asked for. `known` has, by array and the text of
    the index, the value of an element before the step and now.
    """

    key: str
    where: str
    before: tuple[int, ...] | None = None
    fields: list[int] = attrs.field(factory=list)
    known: dict[tuple[Variable, str], list[int | None]] = attrs.field(factory=dict)
    indices: dict[str, Linear] = attrs.field(factory=dict)
    taken: bool = False
    released: bool = False


@attrs.define
class Walk:
    """A step under way."""

    vocabulary: Vocabulary
    naming: Naming
    role: Role
    place: Place
    command: Command
    oracle: Oracle
    records: tuple[tuple[int, ...], ...]
    free: frozenset[tuple[int, ...]]
    atoms: list[Atom] = attrs.field(factory=list)
    bounds: dict[str, tuple[int, int]] = attrs.field(factory=dict)
    temps: dict[int, Value] = attrs.field(factory=dict)
    flags: dict[Variable, int] = attrs.field(factory=dict)
    flags_before: dict[Variable, int] = attrs.field(factory=dict)
    numbers: dict[Variable, Linear] = attrs.field(factory=dict)
    locals: dict[str, Value] = attrs.field(factory=dict)
    elements: dict[tuple[Variable, str], Linear] = attrs.field(factory=dict)
    slots: dict[str, Slot] = attrs.field(factory=dict)
    failed: Check | None = None
    target: int | None = None

    def begin(self) -> None:
        """Everything that the class of the task says."""
        kinds = self.role.kinds
        values = dict(self.place.locals)
        for (pc, name), kind in kinds.items():
            if pc != self.place.pc:
                continue
            if kind == FINITE:
                self.locals[name] = values[name]
            else:
                kind_of = self.naming.local(self.role, name).type
                self.locals[name] = self.unknown(f"its {name}", kind_of.lo, kind_of.hi)
        if self.place.record is not None:
            assert self.role.record is not None
            key = self.key_of_own()
            slot = Slot(key, "own", self.place.record, list(self.place.record))
            self.slots[key] = slot
            for array, name, value in self.place.focus:
                variable = next(v for v in self.vocabulary.arrays if self.vocabulary.field_name(v) == array)
                index = self.locals[name]
                text = _key(index)
                slot.known[variable, text] = [value, value]
                slot.indices[text] = _linear(index)

    def key_of_own(self) -> str:
        """How the task's own record is called."""
        record = self.role.record
        if isinstance(record, Variable):
            name = local_name(self.role.thread, record)
            return _key(self.locals[name]) if name in self.locals else name
        return str(record)

    def unknown(self, name: str, lo: int, hi: int) -> Value:
        """A value between two bounds."""
        if lo == hi:
            return lo
        self.bounds.setdefault(name, (lo, hi))
        return Linear.of(name)

    def evaluate(self, expr: Expr) -> Value:
        """What `expr` is, as far as it is known; asks the oracle where a step takes one way or another."""
        match expr:
            case Const(lo=value):
                return value
            case Temp(number=number):
                return self.temps[number]
            case Param(number=number, name=name, lo=lo, hi=hi):
                return self.unknown(f"chosen {name.rstrip('?')} {number}", lo, hi)
            case Load():
                return self.load(expr)
            case Not(operand=operand):
                return 1 - self.truth(operand)
            case Binary(op="and", left=left, right=right):
                return self.truth(right) if self.truth(left) else 0
            case Binary(op="or", left=left, right=right):
                return 1 if self.truth(left) else self.truth(right)
            case Ite(condition=condition, then=then, orelse=orelse):
                return self.evaluate(then if self.truth(condition) else orelse)
            case Binary(op=op, left=left, right=right):
                return self.operate(op, self.evaluate(left), self.evaluate(right))
        raise TypeError(f"not an expression: {expr!r}")

    def operate(self, op: str, left: Value, right: Value) -> Value:
        if isinstance(left, int) and isinstance(right, int):
            return int(BINARY_OPERATORS[op](left, right))
        if op in ("+", "-"):
            return _plain(_linear(left) + _linear(right) * (1 if op == "+" else -1))
        if op == "*" and isinstance(left, int | Linear) and (isinstance(left, int) or isinstance(right, int)):
            factor, form = (left, right) if isinstance(left, int) else (right, left)
            assert isinstance(factor, int)
            return _plain(_linear(form) * factor)
        if op in ("==", "!=", "<", "<="):
            return self.compare(op, _linear(left) - _linear(right))
        raise Uncountable(f"{op} on counters cannot be counted", self.command.span)

    def truth(self, expr: Expr) -> int:
        """Whether `expr` is true; 0 or 1."""
        value = self.evaluate(expr)
        return value if isinstance(value, int) else self.compare("!=", value)

    def compare(self, op: str, difference: Linear) -> int:
        """Whether `difference` op 0."""
        sign = self.sign(self.whole(difference))
        return int({"==": sign == 0, "!=": sign != 0, "<": sign < 0, "<=": sign <= 0}[op])

    def sign(self, form: Linear) -> int:
        """Whether `form` is below, at or above 0."""
        lo, hi = self.interval(form)
        options = [sign for sign in (0, 1, -1) if (sign > 0 and hi >= 1) or (sign < 0 and lo <= -1) or
                   (sign == 0 and lo <= 0 <= hi)]  # fmt: skip
        sign = options[0] if len(options) == 1 else self.oracle.pick(str(_shape(form)), options)
        if len(options) > 1:
            self.assume(Atom(form, equal=True) if sign == 0 else Atom(form * sign - 1))
        return sign

    def interval(self, form: Linear) -> tuple[float, float]:
        lo = hi = float(form.constant[0])
        for name, (factor, _) in form.terms.items():
            low, high = self.bounds.get(name, (None, None))
            natural = name in self.naturals()
            low_value = float(low) if low is not None else (0.0 if natural else float("-inf"))
            high_value = float(high) if high is not None else float("inf")
            ends = sorted((factor * low_value, factor * high_value))
            lo, hi = lo + ends[0], hi + ends[1]
        return lo, hi

    def naturals(self) -> frozenset[str]:
        """Counters that are proved to be no less than 0."""
        return frozenset(v.name for v in self.vocabulary.numbers if v.type.lo >= 0)

    def assume(self, atom: Atom) -> None:
        """From now on, `atom` is true."""
        self.atoms.append(atom)
        if len(atom.form.terms) != 1:
            return
        ((name, (factor, _)),) = atom.form.terms.items()
        if name not in self.bounds or abs(factor) != 1:
            return
        lo, hi = self.bounds[name]
        edge = -atom.form.constant[0] * factor
        if atom.equal or factor > 0:
            lo = max(lo, edge)
        if atom.equal or factor < 0:
            hi = min(hi, edge)
        if lo > hi:
            raise Dead
        self.bounds[name] = lo, hi

    def load(self, expr: Load) -> Value:
        variable = expr.variable
        if variable.role == "local":
            return self.locals[local_name(self.role.thread, variable)]
        if variable.role == "pc":
            raise Uncountable("a step that looks where another thread stands cannot be counted", self.command.span)
        if self.vocabulary.is_crowd(variable):
            return self.load_record(expr)
        if variable.shape:
            return self.element(variable, self.evaluate(expr.index[0]))
        if variable in self.vocabulary.numbers:
            return self.numbers.setdefault(variable, Linear.of(variable.name))
        return self.flag(variable)

    def flag(self, variable: Variable) -> int:
        if variable not in self.flags:
            value = self.oracle.pick(variable.name, range(variable.type.lo, variable.type.hi + 1))
            self.flags[variable] = self.flags_before[variable] = value
            self.assume(Atom(Linear.of(variable.name) - value, equal=True))
        return self.flags[variable]

    def element(self, variable: Variable, index: Value) -> Linear:
        key = variable, _key(index)
        if key not in self.elements:
            self.elements[key] = Linear.of(f"{variable.name.removesuffix('[]')}[{_key(index)}]")
        return self.elements[key]

    def whole(self, form: Linear) -> Linear:
        """`form` with the sum of an array in the place of all of its elements, where it has them all alike."""
        for variable in self.vocabulary.sums:
            names = [f"{variable.name.removesuffix('[]')}[{i}]" for i in range(variable.shape[0])]
            form = _gather(form, names, Linear.of(variable.name))
        for slot in self.slots.values():
            for array in self.vocabulary.arrays:
                for value in marks(array):
                    names = [self.mark(slot, array, i, value) for i in range(array.shape[1])]
                    if all(name in form.terms for name in names):
                        form = _gather(form, names, _linear(self.marked(slot, array, value)))
        return form

    def mark(self, slot: Slot, array: Variable, index: int, value: int) -> str:
        return f"{self.vocabulary.field_name(array)}[{index}]={value} of record {slot.key}"

    def marked(self, slot: Slot, array: Variable, value: int) -> Value:
        """How many elements of a record's array had `value` before the step."""
        name = f"its {mark_name(self.vocabulary, array, value)}" + ("" if slot.where == "own" else f" of {slot.key}")
        return self.unknown(name, 0, array.shape[1])

    def load_record(self, expr: Load) -> Value:
        variable = expr.variable
        slot = self.slot(self.evaluate(expr.index[0]))
        if variable is self.vocabulary.lock:
            return self.locked(slot)
        if variable in self.vocabulary.fields:
            return self.fields(slot)[self.vocabulary.fields.index(variable)]
        self.fields(slot)
        index = self.evaluate(expr.index[1])
        text = _key(index)
        if isinstance(index, int) and (variable, text) not in slot.known:
            if len(marks(variable)) > 1:
                message = f"{variable.name} is summed up: ask for one kind of entry at a time"
                raise Uncountable(message, self.command.span)
            value = marks(variable)[0]
            name = self.mark(slot, variable, index, value)
            self.bounds.setdefault(name, (0, 1))
            return Linear.of(name)
        return self.known(slot, variable, index)

    def slot(self, index: Value) -> Slot:
        key = _key(index)
        return self.slots.setdefault(key, Slot(key, "any"))

    def locked(self, slot: Slot) -> int:
        if slot.where == "own":
            return 0 if slot.released else 1
        if slot.taken:
            return 1
        if slot.where == "any":
            slot.where = self.oracle.pick(f"who has {slot.key}", ("free", "held"))
            if slot.before is not None and slot.where == "free" and slot.before not in self.free:
                raise Dead
        return int(slot.where == "held")

    def fields(self, slot: Slot) -> list[int]:
        if slot.before is None:
            options = [r for r in self.records if slot.where != "free" or r in self.free]
            slot.before = self.oracle.pick(f"fields of {slot.key}", options)
            slot.fields = list(slot.before)
        return slot.fields

    def known(self, slot: Slot, array: Variable, index: Value) -> int:
        """The value of one element of a record's array now."""
        text = _key(index)
        if (array, text) not in slot.known:
            self.apart(slot, array, index)
            value = self.oracle.pick(f"{array.name} {text} of {slot.key}", range(array.type.lo, array.type.hi + 1))
            slot.known[array, text] = [value, value]
            slot.indices[text] = _linear(index)
        now = slot.known[array, text][1]
        assert now is not None
        return now

    def apart(self, slot: Slot, array: Variable, index: Value) -> None:
        """Elements that are known one by one must be different ones."""
        for other, text in slot.known:
            if other is array and not (_linear(index) - slot.indices[text]).is_constant:
                raise Uncountable("a step that looks at two subpages cannot be counted", self.command.span)

    def run(self, block: Block) -> None:
        """Execute `block`."""
        for statement in block:
            if self.failed is not None or self.target is not None:
                return
            match statement:
                case Let(temp=temp, value=value):
                    self.temps[temp.number] = self.evaluate(value)
                case Assign():
                    self.assign(statement)
                case If(condition=condition, then=then, orelse=orelse):
                    self.run(then if self.truth(condition) else orelse)
                case Check(kind="range" | "index"):
                    # What is counted has no upper bound; that counters do not fall below 0 is a property of its own.
                    continue
                case Check(condition=condition):
                    if not self.truth(condition):
                        self.failed = statement
                case Cut(pc=pc):
                    self.target = pc

    def assign(self, statement: Assign) -> None:
        variable, value = statement.variable, self.evaluate(statement.value)
        if variable.role == "local":
            self.locals[local_name(self.role.thread, variable)] = value
        elif self.vocabulary.is_crowd(variable):
            self.assign_record(statement, value)
        elif variable.shape:
            index = self.evaluate(statement.index[0])
            self.element(variable, index)
            self.elements[variable, _key(index)] = _linear(value)
        elif variable in self.vocabulary.numbers:
            self.numbers[variable] = _linear(value)
        else:
            self.flag(variable)
            self.flags[variable] = self.definite(value, variable.name)

    def definite(self, value: Value, what: str) -> int:
        if isinstance(value, Linear):
            lo, hi = self.interval(value)
            number = self.oracle.pick(f"value of {what}", range(int(lo), int(hi) + 1))
            self.assume(Atom(value - number, equal=True))
            return number
        return value

    def assign_record(self, statement: Assign, value: Value) -> None:
        variable = statement.variable
        slot = self.slot(self.evaluate(statement.index[0]))
        if variable is self.vocabulary.lock:
            self.set_lock(slot, self.definite(value, variable.name))
            return
        fields = self.fields(slot)
        if slot.where == "any":
            self.locked(slot)
        if slot.where == "held":
            raise Uncountable(f"{variable.name} is written without the lock of its record", statement.span)
        now = self.definite(value, variable.name)
        if variable in self.vocabulary.fields:
            fields[self.vocabulary.fields.index(variable)] = now
            return
        index = self.evaluate(statement.index[1])
        text = _key(index)
        if isinstance(index, int) and (variable, text) not in slot.known:
            slot.known[variable, text] = [None, now]
            slot.indices[text] = _linear(index)
        else:
            self.known(slot, variable, index)
            slot.known[variable, text][1] = now

    def set_lock(self, slot: Slot, value: int) -> None:
        if value:
            if slot.where == "own" or self.locked(slot):
                raise Uncountable("a lock is taken that is not known to be free", self.command.span)
            self.fields(slot)
            slot.taken = True
        elif slot.where == "own":
            slot.released = True
        elif slot.taken:
            slot.taken = False
        else:
            raise Uncountable("a lock is dropped by a task that does not hold it", self.command.span)


def _linear(value: Value) -> Linear:
    return Linear.number(value) if isinstance(value, int) else value


def _plain(form: Linear) -> Value:
    return form.value if form.is_constant else form


def _key(value: Value) -> str:
    return str(value)


def _shape(form: Linear) -> str:
    """What is the same for every N of a question about `form`."""
    return " ".join(sorted(form.terms))


def _gather(form: Linear, names: Sequence[str], whole: Linear) -> Linear:
    sizes = {form.terms.get(name) for name in names}
    if len(sizes) != 1 or None in sizes:
        return form
    (size,) = sizes
    assert size is not None
    rest = Linear({name: s for name, s in form.terms.items() if name not in names}, form.constant)
    return rest + whole * size[0]
