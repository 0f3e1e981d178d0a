"""Paths to states in the log. No parents are stored: each level is expanded once more, from the last one backwards."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

import attrs

from thpverify.explicit.program import Crew, Program, make_crew
from thpverify.explicit.table import Shared
from thpverify.ir.run import Move, Path

Words = tuple[int, ...]
_UNKNOWN = (1 << 64) - 1
_BUDGET = 1 << 16


@attrs.frozen
class Parent:
    """The state before, and the step from there."""

    words: Words
    label: int


@attrs.define
class PathFinder:
    """Rebuilds paths over a log whose level number d is ``starts[d]`` up to ``starts[d + 1]``.

    `log` is the log's address; the table is not needed.
    """

    program: Program
    log: int
    starts: Sequence[int]
    _crew: Crew = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # Its own bytes for what is still to be reported are all zero: what was found once is not found again.
        self._crew = make_crew(self.program.model, 0)

    def find(self, targets: Sequence[tuple[Words, int]]) -> list[Path]:
        """A shortest path to each target, given as (words, number of its level)."""
        chains: list[list[Parent]] = [[] for _ in targets]
        heads = [words for words, _ in targets]
        for level in range(max((level for _, level in targets), default=0), 0, -1):
            wanted = [number for number, (_, own) in enumerate(targets) if own >= level]
            parents = self.parents({heads[number] for number in wanted}, level)
            for number in wanted:
                parent = parents[heads[number]]
                chains[number].append(Parent(heads[number], parent.label))
                heads[number] = parent.words
        self._crew.memory.release()
        return [self._path(head, chain) for head, chain in zip(heads, chains, strict=True)]

    def parents(self, children: set[Words], level: int) -> dict[Words, Parent]:
        """For each of `children`, all in `level`, a state of the level before and the step from there."""
        order = sorted(children)
        count = len(order)
        width = self.program.model.layout.words
        table = (ctypes.c_uint64 * ((width + 2) * count))()
        for number, words in enumerate(order):
            table[number * (width + 2) : (number + 1) * (width + 2)] = [*words, _UNKNOWN, 0]
        shared = Shared(log=self.log, next=self.starts[level - 1], end=self.starts[level])
        found: dict[Words, Parent] = {}
        while len(found) < count:
            self._crew.worker.budget = _BUDGET
            result = self.program.find_parents(
                ctypes.addressof(shared), ctypes.addressof(self._crew.worker), ctypes.addressof(table), count
            )
            if result > count:
                raise AssertionError(f"a state of level {level} has no parent in level {level - 1}")
            if result < count:
                index, label = table[result * (width + 2) + width : (result + 1) * (width + 2)]
                found[order[result]] = Parent(self.record(index), label)
        return found

    def record(self, index: int) -> Words:
        """The words of a state in the log."""
        layout = self.program.model.layout
        raw = ctypes.string_at(self.log + index * layout.record_bytes, layout.record_bytes)
        return tuple(int.from_bytes(raw[at : at + 8], "little") for at in range(0, len(raw), 8))

    def _path(self, first: Words, chain: list[Parent]) -> Path:
        model = self.program.model
        unpack = model.layout.unpack
        start = unpack(first)
        initial = next(number for number, given in enumerate(model.system.initial) if given.state == start)
        moves: list[Move] = []
        states = [start]
        for step in reversed(chain):
            moves.append(model.move(step.label))
            states.append(unpack(step.words))
        return Path(initial, tuple(moves), tuple(states))
