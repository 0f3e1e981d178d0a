"""IR expressions to LLVM IR.

Everything is computed in 64 bits, conditions in 1 bit, and every instruction is total: shifts are masked, indices into
memory are clamped, divisors are made non-zero. So the side of an and, or, or conditional expression that Python would
not evaluate may be evaluated; its value is then not used.
"""

from __future__ import annotations

import attrs

from thpverify.explicit.code import Code
from thpverify.explicit.errors import NativeError
from thpverify.explicit.layout import Layout, Place, Span
from thpverify.ir.expressions import Binary, Expr, Ite, Load, Not, Param, Temp, Variable

_ARITHMETIC = {"+": "add", "-": "sub", "*": "mul"}
_COMPARISONS = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle"}


@attrs.frozen
class Value:
    """An LLVM operand: a constant or a register, 64 bits or, for a condition, one bit."""

    text: str
    is_condition: bool = False


@attrs.define
class Scope:
    """What names mean at one point of the code: words of the state, temps, params.

    `words` caches loaded words and holds changed ones, which are also in `changed`. Words of `Layout.memory_words` are
    never cached: they are read and written at `memory`. `known` remembers values of expressions until something
    they might depend on changes.
    """

    code: Code
    layout: Layout
    source: str
    memory: str
    words: dict[int, str] = attrs.field(factory=dict)
    changed: set[int] = attrs.field(factory=set)
    temps: dict[int, str] = attrs.field(factory=dict)
    params: dict[int, str] = attrs.field(factory=dict)
    known: dict[Expr, Value] = attrs.field(factory=dict)

    def fork(self) -> Scope:
        """A copy for one arm of a branch."""
        return attrs.evolve(
            self, words=dict(self.words), changed=set(self.changed), temps=dict(self.temps), known=dict(self.known)
        )

    def word(self, number: int) -> str:
        """The current value of a word."""
        if number in self.layout.memory_words:
            return self._load(self.memory, number)
        if number not in self.words:
            self.words[number] = self._load(self.source, number)
        return self.words[number]

    def _load(self, base: str, number: int) -> str:
        return self.code.value(f"load i64, ptr {word_address(self.code, base, number)}, align 8")

    def set_word(self, number: int, value: str) -> None:
        """Change a word."""
        if number in self.layout.memory_words:
            self.code.do(f"store i64 {value}, ptr {word_address(self.code, self.memory, number)}, align 8")
        else:
            self.words[number] = value
            self.changed.add(number)

    def integer(self, expr: Expr) -> str:
        """The 64-bit value of `expr`."""
        value = self._value(expr)
        return self.code.value(f"zext i1 {value.text} to i64") if value.is_condition else value.text

    def condition(self, expr: Expr) -> str:
        """The 1-bit value of a boolean `expr`."""
        value = self._value(expr)
        if value.is_condition:
            return value.text
        if value.text in ("0", "1"):
            return "true" if value.text == "1" else "false"
        return self.code.value(f"icmp ne i64 {value.text}, 0")

    def _value(self, expr: Expr) -> Value:
        if expr.is_constant:
            return Value(str(expr.lo))
        if expr not in self.known:
            self.known[expr] = self._compute(expr)
        return self.known[expr]

    def _compute(self, expr: Expr) -> Value:
        code = self.code
        match expr:
            case Load(variable=variable, index=index):
                return Value(self._read(variable, index))
            case Temp(number=number):
                return Value(self.temps.get(number, str(expr.lo)))
            case Param(number=number):
                return Value(self.params[number])
            case Not(operand=operand):
                return Value(code.value(f"xor i1 {self.condition(operand)}, true"), True)
            case Binary(op="and" | "or" as op, left=left, right=right):
                return Value(code.value(f"{op} i1 {self.condition(left)}, {self.condition(right)}"), True)
            case Binary(op="//" | "%" as op, left=left, right=right):
                return Value(self._divide(op, left, right))
            case Binary(op=op, left=left, right=right) if op in _ARITHMETIC:
                return Value(code.value(f"{_ARITHMETIC[op]} i64 {self.integer(left)}, {self.integer(right)}"))
            case Binary(op=op, left=left, right=right):
                first, second = self.integer(left), self.integer(right)
                return Value(code.value(f"icmp {_COMPARISONS[op]} i64 {first}, {second}"), True)
            case Ite(condition=condition, then=then, orelse=orelse):
                test, yes, no = self.condition(condition), self.integer(then), self.integer(orelse)
                return Value(code.value(f"select i1 {test}, i64 {yes}, i64 {no}"))
        raise NativeError(f"not an expression: {expr!r}")

    def _divide(self, op: str, left: Expr, right: Expr) -> str:
        """Floor division or its remainder; a divisor of 0 or -1 must not trap on a side that is not evaluated."""
        code = self.code
        dividend, divisor = self.integer(left), self.integer(right)
        if right.lo > 0 and right.is_constant and left.lo >= 0:
            return code.value(f"{'udiv' if op == '//' else 'urem'} i64 {dividend}, {divisor}")
        if not right.is_constant or right.lo == 0:
            trouble = code.value(f"icmp eq i64 {divisor}, 0")
            divisor = code.value(f"select i1 {trouble}, i64 1, i64 {divisor}")
        if right.lo <= -1 <= right.hi:
            minus = code.value(f"icmp eq i64 {divisor}, -1")
            negated = code.value(f"sub i64 0, {dividend}")
            dividend = code.value(f"select i1 {minus}, i64 {negated}, i64 {dividend}")
            safe = code.value(f"select i1 {minus}, i64 1, i64 {divisor}")
            if op == "%":
                dividend = code.value(f"select i1 {minus}, i64 0, i64 {dividend}")
            divisor = safe
        quotient = code.value(f"sdiv i64 {dividend}, {divisor}")
        remainder = code.value(f"srem i64 {dividend}, {divisor}")
        inexact = code.value(f"icmp ne i64 {remainder}, 0")
        signs = code.value(f"xor i64 {dividend}, {divisor}")
        opposite = code.value(f"icmp slt i64 {signs}, 0")
        down = code.value(f"and i1 {inexact}, {opposite}")
        if op == "//":
            return code.value(f"sub i64 {quotient}, {code.value(f'zext i1 {down} to i64')}")
        added = code.value(f"select i1 {down}, i64 {divisor}, i64 0")
        return code.value(f"add i64 {remainder}, {added}")

    def _read(self, variable: Variable, index: tuple[Expr, ...]) -> str:
        flat = self._flat(variable, index)
        if isinstance(flat, int):
            place = self.layout.places[variable][flat]
            return self._extract(self.word(place.word), str(place.shift), place)
        span = self.layout.spans[variable]
        if span.words == 1:
            return self._extract(self.word(span.word), self._shift(span, flat), span)
        pointer, shift = self._locate(span, flat)
        return self._extract(self.code.value(f"load i64, ptr {pointer}, align 8"), shift, span)

    def _extract(self, word: str, shift: str, place: Place | Span) -> str:
        code = self.code
        if shift != "0":
            word = code.value(f"lshr i64 {word}, {shift}")
        if place.bits < 64:
            word = code.value(f"and i64 {word}, {(1 << place.bits) - 1}")
        return code.value(f"add i64 {word}, {place.lo}") if place.lo else word

    def _flat(self, variable: Variable, index: tuple[Expr, ...]) -> int | str:
        """The row-major number of the element: an int if all indices are constant, else a register."""
        if all(part.is_constant for part in index):
            number = 0
            for part, dimension in zip(index, variable.shape, strict=True):
                number = number * dimension + part.lo
            return number
        flat = ""
        for part, dimension in zip(index, variable.shape, strict=True):
            value = self.integer(part)
            if flat:
                scaled = self.code.value(f"mul i64 {flat}, {dimension}")
                value = self.code.value(f"add i64 {scaled}, {value}")
            flat = value
        return flat

    def _shift(self, span: Span, flat: str) -> str:
        shift = flat if span.bits == 1 else self.code.value(f"mul i64 {flat}, {span.bits}")
        if span.shift:
            shift = self.code.value(f"add i64 {shift}, {span.shift}")
        return self.code.value(f"and i64 {shift}, 63")

    def _locate(self, span: Span, flat: str) -> tuple[str, str]:
        """The address of the word with element `flat`, and the shift of the element in it."""
        code = self.code
        flat = code.value(f"call i64 @llvm.umin.i64(i64 {flat}, i64 {span.size - 1})")
        word = code.value(f"udiv i64 {flat}, {span.per_word}")
        slot = code.value(f"urem i64 {flat}, {span.per_word}")
        start = word_address(code, self.memory, span.word)
        pointer = code.value(f"getelementptr i64, ptr {start}, i64 {word}")
        return pointer, code.value(f"mul i64 {slot}, {span.bits}")

    def assign(self, variable: Variable, index: tuple[Expr, ...], value: Expr) -> None:
        """``variable[index] := value``."""
        if not variable.type.bits:
            return
        field = self.integer(value)
        code, lo, bits = self.code, variable.type.lo, variable.type.bits
        if lo:
            field = str(value.lo - lo) if value.is_constant else code.value(f"sub i64 {field}, {lo}")
        if value.lo < lo or value.hi > variable.type.hi:
            field = code.value(f"and i64 {field}, {(1 << bits) - 1}")
        flat = self._flat(variable, index)
        if isinstance(flat, int):
            place = self.layout.places[variable][flat]
            self.set_word(place.word, self._merge(self.word(place.word), str(place.shift), bits, field))
        else:
            span = self.layout.spans[variable]
            if span.words == 1:
                self.set_word(span.word, self._merge(self.word(span.word), self._shift(span, flat), bits, field))
            else:
                pointer, shift = self._locate(span, flat)
                old = code.value(f"load i64, ptr {pointer}, align 8")
                code.do(f"store i64 {self._merge(old, shift, bits, field)}, ptr {pointer}, align 8")
        self.known.clear()

    def _merge(self, word: str, shift: str, bits: int, field: str) -> str:
        code, mask = self.code, (1 << bits) - 1
        if shift.isdigit():
            cleared = code.value(f"and i64 {word}, {~(mask << int(shift)) & (1 << 64) - 1}")
        else:
            hole = code.value(f"shl i64 {mask}, {shift}")
            kept = code.value(f"xor i64 {hole}, -1")
            cleared = code.value(f"and i64 {word}, {kept}")
        moved = field if shift == "0" else code.value(f"shl i64 {field}, {shift}")
        return code.value(f"or i64 {cleared}, {moved}")


def word_address(code: Code, base: str, number: int) -> str:
    """A pointer to word `number` of the state at `base`."""
    return code.value(f"getelementptr i64, ptr {base}, i64 {number}") if number else base
