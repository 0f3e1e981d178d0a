"""A system as machine code needs it: LLVM IR text, and tables that say what the code's numbers mean.

The code defines two functions that core.py calls: `expand` writes all successors of a state, `inspect` evaluates the
properties on a new state. What they find out they `report` as an event code; see `Event`.
"""

from __future__ import annotations

from bisect import bisect_right
from math import prod

import attrs

from thpverify.explicit.code import MODULE_END
from thpverify.explicit.layout import Layout, make_layout
from thpverify.explicit.properties import emit_properties
from thpverify.explicit.statements import Places
from thpverify.explicit.steps import Emission, Event, emit_steps
from thpverify.ir.run import Move
from thpverify.ir.system import Command, System

DECLARATIONS = """
declare void @report(ptr, i64, i64, i64, ptr) cold
declare i64 @llvm.umin.i64(i64, i64)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


@attrs.frozen
class Model:
    """An emitted system.

    `events[code]` says what an event means; `slots` counts the things that are reported once each. `fan_out` bounds
    the successors of one state. `marks` are the source lines of each coverage byte.
    """

    system: System
    layout: Layout
    text: str
    events: tuple[Event, ...]
    slots: int
    label_bases: tuple[int, ...]
    marks: tuple[Places, ...]
    fan_out: int

    def move(self, label: int) -> Move:
        """The firing that a label stands for: a command's base plus its valuation's number, first param slowest."""
        number = bisect_right(self.label_bases, label) - 1
        rest = label - self.label_bases[number]
        values: list[int] = []
        for param in reversed(self.system.commands[number].params):
            rest, offset = divmod(rest, param.hi - param.lo + 1)
            values.append(param.lo + offset)
        return Move(number, tuple(reversed(values)))


def _valuations(command: Command) -> int:
    return prod(max(0, param.hi - param.lo + 1) for param in command.params)


def _fan_out(system: System) -> int:
    """The most firings one state can have: for each thread the place with the most."""
    per_place: dict[tuple[int, int], int] = {}
    for command in system.commands:
        place = (command.thread, command.pc)
        per_place[place] = per_place.get(place, 0) + _valuations(command)
    most: dict[int, int] = {}
    for (thread, _), count in per_place.items():
        most[thread] = max(most.get(thread, 0), count)
    return sum(most.values())


def emit_model(system: System) -> Model:
    """Lay out the state of `system` and write its code.

    Raises:
        StateTooWide: its states have too many bits.
    """
    layout = make_layout(system)
    bases: list[int] = []
    total = 0
    for command in system.commands:
        bases.append(total)
        total += _valuations(command)
    emission = Emission(system, layout, tuple(bases))
    texts = [DECLARATIONS, *emit_steps(emission), *emit_properties(emission), MODULE_END]
    return Model(
        system, layout, "\n".join(texts), tuple(emission.events), len(emission.slots), tuple(bases),
        tuple(emission.coverage.marks), _fan_out(system),
    )  # fmt: skip
