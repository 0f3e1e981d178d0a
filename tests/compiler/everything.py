"""A model that uses all of the language: what is damaged at random must have been whole."""

# ruff: noqa
from enum import Enum

from thpverify.lang import *

NR = Constant("NR", 3)
LAST = NR - 1
PAIRS = ((0, 1), (1, 2))
FIX = patch("127393fbe597", "a fix")


class Pmd(Enum):
    NONE = 0
    HUGE = 1
    TABLE = 2


@record
class Mm:
    ptl: Lock
    pmd: Pmd = Pmd.NONE
    pte: Array[NR, Bool] = False
    page: Ref[NR] = None

    def mapped(self, i):
        return self.pmd == Pmd.HUGE or self.pte[i]


@record
class State:
    n: Int[0, 7]
    flag: Bool
    page: Ref[NR]
    ref: Array[NR, Int[-1, 7]] = 1
    mm: Array[2, Mm]


def spin_lock(m):
    while m.ptl:
        yield
    m.ptl = True
    yield "lock"


def first_free(s):
    for i in range(NR):
        if s.ref[i] == 0:
            return i
    return None


def swap(a, b):
    return b, a


def put(s, i, by=1):
    if s.ref[i] < by:
        return False
    s.ref[i] -= by
    return True


def walk(s, a):
    m = s.mm[a]
    match m.pmd:
        case Pmd.HUGE | Pmd.TABLE if not s.flag:
            yield "table read"
            return m, True
        case Pmd.NONE:
            m.pmd = Pmd.TABLE
            yield "table made"
        case _:
            pass
    return m, False


@thread
def fault(s: State, a: int, twice: bool = False):
    m = s.mm[a]
    tries: Int[0, 3] = 0
    while True:
        i = choose(i for i in range(NR) if not m.pte[i])
        yield "chosen"
        yield from spin_lock(m)
        found, huge = yield from walk(s, a)
        if huge and FIX.applied:
            m.ptl = False
            break
        found.pte[i] = True
        s.n = min(sum(found.pte), 7)
        tries = min(tries + 1, 3)
        m.ptl = False
        yield "entry set"
        if tries == 3 or (twice and tries > 1):
            return
    x, y = swap(1, tries)
    assert x >= 0, "a swap"
    s.page = first_free(s)
    yield "searched"
    if s.page is not None and put(s, s.page, by=1):
        s.ref[s.page] += x - y if x > y else 0


@thread
def zap(s, first=0):
    for i in range(first, NR):
        if any(m.mapped(i) for m in s.mm):
            for m in s.mm:
                m.pte[i] = False
            atomic("one flush")
        yield "zapped"
    for k, m in enumerate(s.mm):
        if not m.ptl:
            m.pmd = choose(Pmd)
            yield "pmd"
        a, b = choose((i, j) for i, j in PAIRS if i != k)
        s.ref[a], s.ref[b] = s.ref[b], s.ref[a]
        yield
    count = 0
    for j in reversed(range(NR)):
        if s.ref[j] < 0:
            continue
        if count >= 2:
            break
        count += s.ref[j] // 2 + s.ref[j] % 2
    s.n = max(0, min(count, 7))
    s.flag = 0 <= s.n < 4 and s.page in (0, None)


def setup(s):
    s.flag = choose((True, False))
    s.mm[0].page = choose(range(NR))


def close(s):
    if all(m.pmd == Pmd.NONE for m in s.mm):
        s.page = None


@invariant
def counted(s) -> bool:
    """Every count is small."""
    best = max((r for r in s.ref if r > 0), default=0)
    if at(zap[0], "pmd", "zapped"):
        return abs(best) <= 7
    return best <= 7 and len(s.ref) == NR and local(fault[0], "tries") <= 3


@reachable
def raised(s):
    return s.n == 2 and not s.flag and sum(1 for m in s.mm for b in m.pte if b) >= 1


scenario(
    "everything",
    state=State,
    threads=[fault(a=0), zap()],
    properties=[counted, raised],
    deadlock_free=False,
    initial=setup,
    after_step=[close],
)
scenario(
    "everything",
    state=State,
    threads=[fault(a=1, twice=True), fault(a=0)],
    properties=[counted],
    patches=[FIX],
    constants={NR: 2},
    deadlock_free=False,
    variant="fixed",
)
