"""Where a counted individual can be: a task at a point, perhaps with its record, or a record that nobody has locked."""

from __future__ import annotations

import attrs

from thpverify.counting.vocabulary import PROGRESS, Role, Vocabulary, local_name
from thpverify.ir.expressions import Variable

FREE = -1


@attrs.frozen
class Place:
    """`role` is a thread's function, or the crowd's name for a record that nobody holds (then `pc` is FREE).

    `locals` are the values of its locals that have few, `record` those of its record's fields if it holds one, `focus`
    those of the elements of its record that it is busy with: (array, local that picks it, value).
    """

    role: str
    pc: int
    locals: tuple[tuple[str, int], ...] = ()
    record: tuple[int, ...] | None = None
    focus: tuple[tuple[str, str, int], ...] = ()


@attrs.frozen(eq=False)
class Naming:
    """Names of counters. A place has the number of those there; sums of what they hold go by ``what of place``."""

    vocabulary: Vocabulary

    def count(self, place: Place) -> str:
        """How many are there."""
        told: list[str] = []
        if place.pc == FREE:
            title = place.role
        else:
            role = self.role(place)
            title = role.title(place.pc)
            told += [f"{name}={self.local(role, name).type.show(value)}" for name, value in place.locals]
        if place.record is not None:
            fields = zip(self.vocabulary.fields, place.record, strict=True)
            told += [f"{self.vocabulary.field_name(v)}={v.type.show(value)}" for v, value in fields]
        told += [f"{array}[{name}]={value}" for array, name, value in place.focus]
        return f"{title} [{', '.join(told)}]" if told else title

    def total(self, what: str, place: Place) -> str:
        """The sum of `what` over those there."""
        return f"{what} of {self.count(place)}"

    def scaled(self, name: str) -> str:
        """N times the counter `name`."""
        return f"N * {name}"

    def role(self, place: Place) -> Role:
        """The role of a task's place."""
        return next(role for role in self.vocabulary.roles if role.name == place.role)

    def local(self, role: Role, name: str) -> Variable:
        """A local of `role` by its short name."""
        variables = self.vocabulary.system.variables
        return next(v for v in variables if v.thread == role.thread.number and local_name(role.thread, v) == name)

    def sums(self, place: Place) -> dict[str, int]:
        """What is summed over those at `place`, each with the most that one of them can have."""
        found: dict[str, int] = {}
        if place.pc != FREE:
            role = self.role(place)
            for (pc, name), kind in role.kinds.items():
                if pc == place.pc and kind == PROGRESS:
                    found[name] = self.local(role, name).type.hi
        if place.record is not None:
            for array in self.vocabulary.arrays:
                for value in marks(array):
                    found[mark_name(self.vocabulary, array, value)] = array.shape[1]
        return found


def marks(array: Variable) -> range:
    """The values of an array's elements that are counted: all but the lowest."""
    return range(array.type.lo + 1, array.type.hi + 1)


def mark_name(vocabulary: Vocabulary, array: Variable, value: int) -> str:
    """What the number of elements with `value` is called."""
    name = vocabulary.field_name(array)
    return name if array.type.hi - array.type.lo == 1 else f"{name}={array.type.show(value)}"
