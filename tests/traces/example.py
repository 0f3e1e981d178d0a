"""A model that tests of traces share, with one scenario per way in which a trace can end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.agreement.readings import imported
from thpverify.compiler import compile_scenario
from thpverify.ir.explore import explore
from thpverify.ir.run import Finding
from thpverify.ir.system import System
from thpverify.lang.scenarios import Scenario

MODEL = '''
from enum import Enum
from thpverify.lang import Array, Bool, Int, Lock, Ref, at, choose, invariant, reachable, record, scenario, thread

class Pmd(Enum):
    NONE = 0
    HUGE = 7

@record
class Mm:
    ptl: Lock
    pmd: Pmd
    pte: Array[2, Bool]

@record
class State:
    mm: Array[2, Mm]
    ref: Int[0, 3] = 1
    page: Ref[2]

@thread
def fault(s, a: int):
    m = choose(s.mm)
    i, huge = choose((i, h) for i in range(2) for h in (False, True) if i == 1 or not h)
    yield "look up"
    yield from spin_lock(m)
    if huge:
        m.pmd = Pmd.HUGE
    else:
        m.pte[i] = True
    s.ref += 1
    yield "map"
    m.ptl = False

def spin_lock(m):
    while m.ptl:
        yield
    m.ptl = True
    yield "lock"

@thread
def forgets(s):
    yield from spin_lock(s.mm[0])
    yield "unlock"

@thread
def fails(s, how: int):
    n: Int[0, 1] = 0
    yield "start"
    assert how != 0, "VM_BUG_ON"
    if how == 1:
        s.ref -= 2
    if how == 2:
        s.mm[s.ref + 1].ptl = True
    if how == 3:
        s.ref = 2 // (s.ref - 1)
    if how == 4:
        n = 2
        yield "here"
        s.ref = n
    yield "end"

def setup(s):
    s.page = choose((None, 1))

@invariant
def counted(s) -> bool:
    """ref counts the mappings and one for the cache."""
    return s.ref == 1 + sum(m.pte[i] for m in s.mm for i in range(2)) or s.page is None

@reachable
def both_huge(s) -> bool:
    """Both address spaces map the page by PMD."""
    return all(m.pmd == Pmd.HUGE for m in s.mm) and at(fault[0], "map")

scenario("maps", state=State, threads=[fault(a=0), fault(a=1)], properties=[counted, both_huge], initial=setup,
         deadlock_free=False)
scenario("deadlock", state=State, threads=[forgets(), forgets()])
for number, kind in enumerate(("assertion", "range", "index", "division", "local")):
    scenario(kind, state=State, threads=[fails(how=number)])
'''


@contextmanager
def declared(folder: Path, text: str = MODEL) -> Iterator[dict[str, Scenario]]:
    """The scenarios of the model, by name."""
    with imported(text, folder) as scenarios:
        yield {s.name: s for s in scenarios}


def found(scenario: Scenario, name: str) -> tuple[System, Finding]:
    """The compiled scenario and its finding about property `name`."""
    system = compile_scenario(scenario)
    (finding,) = [f for f in explore(system).findings if f.property == name]
    return system, finding
