"""Small models read twice: by the compiler and the IR's own search, and by running their generators in CPython."""

from __future__ import annotations

from pathlib import Path

import attrs

from tests.compiler.sources import HEAD, scenarios
from thpverify.compiler import compile_scenario
from thpverify.ir.evaluator import finished
from thpverify.ir.explore import Space, explore
from thpverify.ir.system import System
from thpverify.traces.explore import explore as explore_generators
from thpverify.traces.machine import Reading


@attrs.frozen
class Read:
    """A model on which both readings agree."""

    system: System
    space: Space

    def named(self) -> list[dict[str, str]]:
        """Every reachable state, as the names of its elements with what they hold."""
        return [
            {name: v.type.show(x) for (v, _, name), x in zip(self.system.elements(), state, strict=True)}
            for state in sorted(self.space.states)
        ]

    def final(self, *names: str) -> set[tuple[str, ...]]:
        """What these elements hold in the states in which every thread has returned."""
        ends = [state for state in sorted(self.space.states) if finished(self.system, state)]
        return {tuple(s[n] for n in names) for s in self.named() if self._returned(s)} if ends else set()

    def _returned(self, state: dict[str, str]) -> bool:
        return all(state[t.pc.name] == str(t.done) for t in self.system.threads)

    @property
    def locals(self) -> set[str]:
        """The names of the locals that are part of the state."""
        return {v.name for v in self.system.variables if v.role == "local"}


def read(directory: Path, text: str) -> Read:
    """Compile and explore a model with one scenario; both readings find the same space."""
    scenario = scenarios(directory, HEAD + text)[-1]
    system = compile_scenario(scenario)
    space = explore(system, 5_000).space
    found = explore_generators(Reading(scenario, system), 5_000)
    assert found.states == space.states
    assert (found.transitions, found.depth, found.lengths) == (space.transitions, space.depth, space.lengths)
    return Read(system, space)


def step(directory: Path, body: str, *, fields: str = "out: Int[-99, 99]", before: str = "", initial: str = "") -> Read:
    """Read a model whose one thread runs `body`, with `fields` of the state and functions `before` it."""
    lines = "\n    ".join(body.strip("\n").split("\n"))
    state = "\n    ".join(fields.split("; "))
    start = "\n    ".join(initial.split("; ")) or "pass"
    text = (
        f"class Pmd(Enum):\n    NONE = 0\n    HUGE = 1\n    TABLE = 2\n\n{before}\n\n"
        f"@record\nclass State:\n    {state}\n\n"
        f"def start(s):\n    {start}\n\n@thread\ndef t(s):\n    {lines}\n    yield 'end'\n\n"
        "scenario('m', state=State, threads=[t()], initial=start)\n"
    )
    return read(directory, text)


STATE = """
class Pmd(Enum):
    NONE = 0
    HUGE = 1

@record
class Mm:
    lock: Lock
    pmd: Pmd
    pte: Array[2, Bool]

@record
class State:
    n: Int[0, 7]
    m: Int[0, 7]
    f: Bool
    r: Ref[2]
    x: Array[2, Int[0, 7]]
    mm: Array[2, Mm]
"""


def model(directory: Path, text: str, arguments: str = "threads=[t()]") -> Read:
    """Read a model with the state above and `text`."""
    return read(directory, f"{STATE}\n{text}\nscenario('m', state=State, {arguments})\n")
