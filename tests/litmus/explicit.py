"""TLBs with a step for every fill and every eviction: what the may-sets of models/hardware stand for.

A litmus test's model is generated as usual and its closure replaced by threads. Each of them adds or drops one
translation, one table in a paging-structure cache, or one remembered fault at a time.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

from thpverify.compiler import compile_scenario
from thpverify.ir.evaluator import holds
from thpverify.ir.explore import explore
from thpverify.ir.expressions import Variable
from thpverify.ir.system import System
from thpverify.lang.registry import forget
from thpverify.litmus.files import Entry
from thpverify.litmus.mmu_source import mmu_source
from thpverify.litmus.mmu_test import mmu_test
from thpverify.litmus.vocabulary import ARM64
from thpverify.loader.modules import scenarios_of

_CLOSURE = "    after_step=[translation.fill],\n"

_THREADS = '''
from thpverify.lang import atomic, choose
from models.hardware.machine import FRAMES, PAGES, RIGHTS, TABLES, WATCH, Kind


def seen_pmds(m, cpu):
    return machine.content(m.pmd), stores.read_pmd(m, cpu)


def seen_ptes(m, cpu, t, page):
    return machine.content(m.pte[t][page]), stores.read_pte(m, cpu, t, page)


def gives(entry, kind, frame, right):
    what, target, writable, accessed, dirty = entry
    return what == kind and accessed and target == frame and translation.rights(writable, dirty) == right


def walk_gives(m, cpu, page, size, frame, right):
    if size == machine.PMD_SIZE:
        return frame >= page and any(gives(entry, Kind.BLOCK, frame - page, right) for entry in seen_pmds(m, cpu))
    return any(
        cpu.walk_cache[t] and any(gives(entry, Kind.PAGE, frame, right) for entry in seen_ptes(m, cpu, t, page))
        for t in range(TABLES)
    )


def is_table(entry, t):
    kind, target, writable, accessed, dirty = entry
    return kind == Kind.TABLE and target == t


def walk_faults(m, cpu, page):
    return any(entry[0] == Kind.NONE for entry in seen_pmds(m, cpu)) or any(
        cpu.walk_cache[t] and any(entry[0] == Kind.NONE for entry in seen_ptes(m, cpu, t, page))
        for t in range(TABLES)
    )


@thread
def fill(s: State, c: int):
    m = s.machine
    cpu = m.cpu[c]
    while True:
        p, z, f, r = choose(
            (p, z, f, r) for p in range(PAGES) for z in range(2) for f in range(FRAMES) for r in range(RIGHTS)
            if not cpu.tlb[p][z][f][r] and walk_gives(m, cpu, p, z, f, r)
        )
        atomic("hardware")
        cpu.tlb[p][z][f][r] = True
        if WATCH == 1:
            for page in range(PAGES):
                if translation.mixed(cpu, page):
                    cpu.mixed[page] = True
                if translation.conflict(cpu, page):
                    cpu.conflict[page] = True
        yield "fill"


@thread
def evict(s: State, c: int):
    cpu = s.machine.cpu[c]
    while True:
        p, z, f, r = choose(
            (p, z, f, r) for p in range(PAGES) for z in range(2) for f in range(FRAMES) for r in range(RIGHTS)
            if cpu.tlb[p][z][f][r]
        )
        cpu.tlb[p][z][f][r] = False
        yield "evict"


@thread
def walk(s: State, c: int):
    m = s.machine
    cpu = m.cpu[c]
    while True:
        t = choose(t for t in range(TABLES) if cpu.walk_cache[t] or any(is_table(e, t) for e in seen_pmds(m, cpu)))
        atomic("hardware")
        cpu.walk_cache[t] = not cpu.walk_cache[t]
        yield "walk, or forget a table"


@thread
def remember(s: State, c: int):
    m = s.machine
    cpu = m.cpu[c]
    while True:
        p = choose(p for p in range(PAGES) if cpu.stale_fault[p] or walk_faults(m, cpu, p))
        atomic("hardware")
        cpu.stale_fault[p] = not cpu.stale_fault[p]
        yield "find an invalid entry, or forget it"


@reachable
def final(s: State) -> bool:
    """Every thread is done and every store in memory."""
    return all(s.done) and all(stores.drained(cpu) for cpu in s.machine.cpu)
'''


Final = tuple[int, ...]
"""Registers, entries and memory of a final state, as numbers."""

Event = frozenset[tuple[str, int]]
"""Which CPUs and pages have had mixed or conflicting translations."""


def final_states(entry: Entry, file: Path, *, explicit: bool, max_states: int) -> set[tuple[Final, Event]]:
    """Every final state of a test, as far as a question can ask for it.

    Raises:
        TooManyStates: there are more than `max_states`.
    """
    file.write_text(_source(entry, explicit), encoding="utf-8")
    try:
        system = compile_scenario(scenarios_of(file)[0])
    finally:
        forget(str(file))
    space = explore(system, max_states).space
    (final,) = (prop for prop in system.properties if prop.name == "final")
    asked = [slot for v in system.variables if v.name.startswith(_VALUES) for slot in _slots(system, v)]
    events = [(v.name, slot) for v in system.variables if v.name.endswith(_EVENTS) for slot in _slots(system, v)]
    return {
        (tuple(state[slot] for slot in asked), frozenset(event for event in events if state[event[1]]))
        for state in space.states
        if holds(system, final, state)
    }


_VALUES = ("registers", "machine.cell", "machine.pmd", "machine.pte")
_EVENTS = (".mixed[]", ".conflict[]")


def _slots(system: System, variable: Variable) -> range:
    start = system.offsets[variable]
    return range(start, start + prod(variable.shape))


def _source(entry: Entry, explicit: bool) -> str:
    """The model of a test, asked for its final states."""
    head, _, rest = mmu_source(mmu_test(entry)).partition("\n\nscenario(")
    assert rest.count(_CLOSURE) == 1
    rest = rest.replace("properties=[asked]", "properties=[final]")
    if explicit:
        hardware = ["fill", "evict", "walk"]
        if entry.arch == ARM64 and not entry.body.get("opts", {}).get("ets2"):
            hardware.append("remember")
        threads = ", ".join(f"{name}(c={c})" for name in hardware for c in range(len(entry.body["threads"])))
        rest = rest.replace(_CLOSURE, "").replace("threads=[", f"threads=[{threads}, ", 1)
    return f"{head}\n{_THREADS}\n\nscenario({rest}"
