"""The state of a generated model: types, records, constants, and their source text."""

from __future__ import annotations

import attrs

from tests.agreement.drawing import Draw


@attrs.frozen
class Int:
    """``Int[lo, hi]``; for locals, what is known of the value."""

    lo: int
    hi: int
    text: str = attrs.field(default="", eq=False)


@attrs.frozen
class Bool:
    """``Bool`` or ``Lock``."""

    lock: bool = False


@attrs.frozen
class Enumeration:
    """A subclass of Enum."""

    name: str
    members: tuple[str, ...]


@attrs.frozen
class Ref:
    """``Ref[size]``."""

    size: str
    slots: int


@attrs.frozen
class Array:
    """``Array[size, element]``."""

    size: str
    length: int
    element: Type


@attrs.frozen
class Record:
    """A class decorated with record. With `methods` it has ready(), which is a bool, and reset(), which writes."""

    name: str
    fields: tuple[tuple[str, Type], ...]
    methods: bool = False


Scalar = Int | Bool | Enumeration | Ref
Type = Int | Bool | Enumeration | Ref | Array | Record


@attrs.frozen
class Declarations:
    """What stands at the top of a model. `size` is the value of the constant N in the scenario."""

    size: int
    default_size: int
    enums: tuple[Enumeration, ...]
    records: tuple[Record, ...]
    state: Record
    patch_applied: bool | None
    lines: tuple[str, ...]


def contains(outer: Type, kinds: tuple[type, ...]) -> bool:
    """Whether a value of one of `kinds` stands somewhere in `outer`."""
    if isinstance(outer, kinds):
        return True
    match outer:
        case Array(element=element):
            return contains(element, kinds)
        case Record(fields=fields):
            return any(contains(t, kinds) for _, t in fields)
    return False


def text_of(kind: Type) -> str:
    """The annotation."""
    match kind:
        case Int(lo=lo, hi=hi, text=text):
            return text or f"Int[{lo}, {hi}]"
        case Bool(lock=lock):
            return "Lock" if lock else "Bool"
        case Enumeration(name=name) | Record(name=name):
            return name
        case Ref(size=size):
            return f"Ref[{size}]"
        case Array(size=size, element=element):
            return f"Array[{size}, {text_of(element)}]"


def literal(draw: Draw, kind: Scalar) -> str:
    """A literal of type `kind`."""
    match kind:
        case Int(lo=lo, hi=hi):
            return str(draw.number(lo, hi))
        case Bool():
            return draw.pick(["False", "True"])
        case Enumeration(name=name, members=members):
            return f"{name}.{draw.pick(members)}"
        case Ref(slots=slots):
            return draw.pick(["None", *map(str, range(slots))])


class Declaring:
    """Draws declarations."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw
        self.size = draw.pick([2, 3])
        self.default_size = draw.pick([self.size, 5 - self.size])
        self.enums: list[Enumeration] = []
        self.records: list[Record] = []
        self.lines: list[str] = []

    def declare(self) -> Declarations:
        """Everything."""
        self.lines.append(f'N = Constant("N", {self.default_size})')
        self.lines.append("PAIRS = ((2, True), (0, False))")
        for number in range(self.draw.number(1, 2)):
            self.enum(number)
        for number in range(self.draw.number(0, 2)):
            self.record(f"Rec{number}", self.draw.number(1, 3), 6)
        patch_applied = self.draw.pick([None, False, True])
        if patch_applied is not None:
            self.lines.append('FIX = patch("0123456789ab", "a fix")')
        state = self.record("State", self.draw.number(2, 5), 12)
        return Declarations(
            self.size,
            self.default_size,
            tuple(self.enums),
            tuple(self.records),
            state,
            patch_applied,
            tuple(self.lines),
        )

    def enum(self, number: int) -> None:
        """An enum; values and positions differ."""
        members = tuple("ABC"[: self.draw.number(2, 3)])
        values = self.draw.pick([[0, 1, 2], [7, 3, 5]])
        self.enums.append(Enumeration(f"E{number}", members))
        self.lines += [
            "",
            "",
            f"class E{number}(Enum):",
            *(f"    {m} = {v}" for m, v in zip(members, values, strict=False)),
        ]

    def record(self, name: str, fields: int, weight: int) -> Record:
        """A record of about `weight` bits."""
        made: list[tuple[str, Type]] = []
        lines = ["", "", "@record", f"class {name}:"]
        for number in range(fields):
            kind = self.type(2 if name == "State" else 1)
            if number and _weight(kind) > weight:
                kind = Bool()
            weight -= _weight(kind)
            field = f"{'xyzuvw'[number]}"
            made.append((field, kind))
            text = text_of(kind)
            if isinstance(kind, Int | Bool) and text != "Lock" and self.draw.chance(8):
                text = f"Ghost[{text}]"
            lines.append(f"    {field}: {text}{self.default(kind)}")
        scalars = [(field, kind) for field, kind in made if isinstance(kind, Scalar)]
        if scalars and self.draw.chance(40):
            field, kind = self.draw.pick(scalars)
            lines += ["", "    def ready(self):", f"        return self.{field} == {literal(self.draw, kind)}"]
            lines += ["", "    def reset(self):", f"        self.{field} = {literal(self.draw, kind)}"]
        found = Record(name, tuple(made), len(lines) > len(made) + 4)
        if name != "State":
            self.records.append(found)
        self.lines += lines
        return found

    def type(self, depth: int) -> Type:
        """Any type; arrays and records only while `depth` lasts."""
        options: list[tuple[int, str]] = [(4, "int"), (3, "bool"), (2, "enum"), (2, "ref"), (1, "lock")]
        if depth:
            options += [(3, "array")] + ([(3, "record"), (3, "records")] if self.records else [])
        match self.draw.weighted(options):
            case "int":
                if self.draw.chance(15):
                    return (
                        Int(0, self.size, "Int[0, N]")
                        if self.draw.chance(50)
                        else Int(-1, self.size - 2, "Int[-1, N - 2]")
                    )
                lo = self.draw.pick([0, 0, -1, -2, 1])
                return Int(lo, lo + self.draw.pick([2, 1, 3, 0]))
            case "bool":
                return Bool()
            case "lock":
                return Bool(lock=True)
            case "enum":
                return self.draw.pick(self.enums)
            case "ref":
                return self.draw.pick([Ref("N", self.size), Ref("2", 2)])
            case "record":
                return self.draw.pick(self.records)
            case "records":
                return Array("2", 2, self.draw.pick(self.records))
        size, length = self.draw.pick([("2", 2), ("N", self.size), ("N - 1", self.size - 1), ("1", 1)])
        return Array(size, length, self.type(depth - 1))

    def default(self, kind: Type) -> str:
        """A default, or none."""
        if not self.draw.chance(40):
            return ""
        match kind:
            case Record() | Bool(lock=True):
                return ""
            case Int(text=text) | Array(element=Int(text=text)) if text:
                return ""
            case Ref(size=size) | Array(element=Ref(size=size)) if size == "N":
                # Defaults are judged under the constant's own default, which may be smaller.
                kind = attrs.evolve(kind, slots=2) if isinstance(kind, Ref) else attrs.evolve(kind, element=Ref("N", 2))
                return self.chosen_default(kind)
        return self.chosen_default(kind)

    def chosen_default(self, kind: Type) -> str:
        """A default that fits."""
        match kind:
            case Array(size=size, length=length, element=element):
                if not isinstance(element, Int | Bool | Enumeration | Ref):
                    return ""
                if size in "12" and self.draw.chance(50):
                    return f" = ({''.join(literal(self.draw, element) + ', ' for _ in range(length))})"
                return f" = {literal(self.draw, element)}"
            case Int() | Bool() | Enumeration() | Ref():
                return f" = {literal(self.draw, kind)}"
        return ""


def _weight(kind: Type) -> int:
    match kind:
        case Int(lo=lo, hi=hi):
            return (hi - lo).bit_length()
        case Array(length=length, element=element):
            return length * _weight(element)
        case Record(fields=fields):
            return sum(_weight(t) for _, t in fields)
        case Bool():
            return 1
    return 2
