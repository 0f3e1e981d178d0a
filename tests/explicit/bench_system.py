"""The THP refcount benchmark as a hand-built system: the counts are known from eight other tools.

One compound page of 4 subpages, two address spaces, up to five threads: two page faults, a split, a KVM fault, a zap.
"""

from __future__ import annotations

from tests.explicit.build import Builder, at, expr, op, param
from thpverify.ir.expressions import Expr, Variable, add, both, const, either, equal, ite, negate
from thpverify.ir.statements import Statement
from thpverify.ir.system import System, Thread

NONE, HUGE, TABLE = 0, 1, 2
SIZES = {"S": (0, 406_279, 1_464_050, 85), "M": (1, 3_360_059, 14_033_561, 94), "L": (2, 7_010_565, 30_020_467, 97)}
"""For each size: subpages that the second address space may map by PTE, states, transitions, depth."""


class Bench:
    """The shared variables and the threads of the model."""

    def __init__(self) -> None:
        self.b = Builder("thp refcount")
        variable = self.b.variable
        self.compound = variable("compound", 0, 1, start=1)
        self.frozen = variable("frozen", 0, 1)
        self.ref = variable("ref[]", 0, 15, (4,), (4, 0, 0, 0))
        self.cmap = variable("cmap", 0, 3)
        self.mapc = variable("mapc[]", 0, 3, (4,))
        self.pmd = variable("pmd[]", 0, 2, (2,))
        self.pte = variable("pte[][]", 0, 1, (2, 4))
        self.spte = variable("spte[]", 0, 2, (4,))
        self.stale = variable("kstale", 0, 1)
        self.inprog = variable("inprog", 0, 3)
        self.plock = variable("plock", 0, 1)
        self.ptl = variable("ptl[]", 0, 1, (2,))
        self.mmul = variable("mmul", 0, 1)

    def head(self, subpage: Expr | int) -> Expr:
        """The subpage whose count a reference to `subpage` is on."""
        return ite(at(self.compound), const(0), expr(subpage))

    def clear_sptes(self) -> list[Statement]:
        return [self.b.put(self.spte, 0, i) for i in range(4)]

    def fault(self, a: int, subpages: int) -> None:
        b, put, bump = self.b, self.b.put, self.b.bump
        huge, sub = b.variable(f"f{a}.huge", 0, 1), b.variable(f"f{a}.i", 0, 3)
        t = b.thread(f"fault{a}", 7)
        pmd, pte = at(self.pmd, a), at(self.pte, a, at(sub))
        b.command(t, 0, both(both(equal(pmd, const(NONE)), at(self.compound)), op(">", at(self.ref, 0), 0)),
                  (bump(self.ref, 1, 0), put(huge, 1), put(sub, 0)), 1)
        if subpages:
            i = param(0, 0, subpages - 1)
            guard = both(op("!=", pmd, HUGE), both(negate(at(self.pte, a, i)), op(">", at(self.ref, self.head(i)), 0)))
            b.command(t, 0, guard, (bump(self.ref, 1, self.head(i)), put(huge, 0), put(sub, i)), 1, (i,))
        b.command(t, 1, negate(at(self.plock)), (put(self.plock, 1),), 2)
        b.command(t, 2, negate(at(self.ptl, a)), (put(self.ptl, 1, a),), 3)
        b.command(t, 3, 1, (b.when(at(huge), [
            b.when(both(at(self.compound), equal(pmd, const(NONE))), [bump(self.cmap, 1), b.cut(4)], [b.cut(5)]),
        ], [b.when(both(op("!=", pmd, HUGE), negate(pte)),
                   [put(self.pmd, TABLE, a), bump(self.mapc, 1, at(sub)), b.cut(4)],
                   [put(self.pmd, ite(equal(pmd, const(NONE)), const(TABLE), pmd), a), b.cut(5)])]),))
        b.command(t, 4, 1, (b.when(at(huge), [put(self.pmd, HUGE, a)], [put(self.pte, 1, a, at(sub))]),
                            put(self.ptl, 0, a)), 6)
        b.command(t, 5, 1, (bump(self.ref, -1, self.head(at(sub))), put(self.ptl, 0, a)), 6)
        b.command(t, 6, 1, (put(self.plock, 0), put(huge, 0), put(sub, 0)), 0)

    def split(self) -> None:
        b, put, bump = self.b, self.b.put, self.b.bump
        sub, a = b.variable("s.i", 0, 3), b.variable("s.a", 0, 1)
        t = b.thread("split", 14)
        maps = at(self.cmap)
        for i in range(4):
            maps = add(maps, at(self.mapc, i))
        b.command(t, 0, both(at(self.compound), op(">", at(self.ref, 0), 0)), (bump(self.ref, 1, 0),), 1)
        b.command(t, 1, negate(at(self.plock)), (put(self.plock, 1),), 2)
        b.command(t, 2, 1, (b.when(equal(at(self.ref, 0), add(const(5), maps)), [put(a, 0), b.cut(3)], [b.cut(12)]),))
        b.command(t, 3, at(a), (), 4)
        b.command(t, 3, both(negate(at(a)), negate(at(self.mmul))), (bump(self.inprog, 1), *self.clear_sptes()), 4)
        b.command(t, 4, negate(at(self.ptl, at(a))), (put(self.ptl, 1, at(a)), put(sub, 0)), 5)
        b.command(t, 5, 1, (b.when(equal(at(self.pmd, at(a)), const(HUGE)), [
            put(self.pmd, NONE, at(a)), bump(self.cmap, -1), bump(self.ref, -1, 0), b.cut(6),
        ], [
            b.when(at(self.pte, at(a), at(sub)),
                   [put(self.pte, 0, at(a), at(sub)), bump(self.mapc, -1, at(sub)), bump(self.ref, -1, 0)]),
            b.when(equal(at(sub), const(3)), [put(sub, 0), b.cut(6)], [bump(sub, 1), b.cut(5)]),
        ]),))
        b.command(t, 6, 1, (put(self.ptl, 0, at(a)), put(sub, 0)), 7)
        b.command(t, 7, at(a), (put(a, 0),), 8)
        b.command(t, 7, both(negate(at(a)), negate(at(self.mmul))),
                  (bump(self.inprog, -1), put(self.stale, 1), put(a, 1)), 3)
        b.command(t, 8, 1, (b.when(equal(at(self.ref, 0), const(5)),
                                   [put(self.ref, 0, 0), put(self.frozen, 1), b.cut(9)], [b.cut(12)]),))
        b.command(t, 9, 1, tuple(put(self.ref, 1, i) for i in (1, 2, 3)), 10)
        b.command(t, 10, 1, (put(self.compound, 0),), 11)
        b.command(t, 11, 1, (put(self.ref, 2, 0), put(self.frozen, 0)), 12)
        b.command(t, 12, 1, (put(self.plock, 0),), 13)
        b.command(t, 13, 1, (bump(self.ref, -1, 0),), 0)

    def kvm_fault(self, retry: bool) -> None:
        b, put, bump = self.b, self.b.put, self.b.bump
        sub = b.variable("k.i", 0, 3)
        t = b.thread("kvm", 9)
        i = param(0, 0, 3)
        host = either(equal(at(self.pmd, 0), const(HUGE)), at(self.pte, 0, at(sub)))
        b.command(t, 0, equal(at(self.spte, i), const(0)), (put(sub, i), put(self.stale, 0)), 1, (i,))
        b.command(t, 1, 1, (b.when(host, [b.cut(2)], [put(sub, 0), b.cut(0)]),))
        b.command(t, 2, 1, (b.when(op(">", at(self.ref, self.head(at(sub))), 0),
                                   [bump(self.ref, 1, self.head(at(sub))), b.cut(3)], [put(sub, 0), b.cut(0)]),))
        b.command(t, 3, 1, (b.when(host, [b.cut(4)], [b.cut(8)]),))
        b.command(t, 4, negate(at(self.mmul)), (put(self.mmul, 1),), 5)
        current = both(equal(at(self.inprog), const(0)), negate(at(self.stale))) if retry else const(1)
        b.command(t, 5, 1, (b.when(current, [b.cut(6)], [b.cut(7)]),))
        b.command(t, 6, 1, (b.when(both(at(self.compound), equal(at(self.pmd, 0), const(HUGE))),
                                   [put(self.spte, 2, n) for n in range(4)], [put(self.spte, 1, at(sub))]),), 7)
        b.command(t, 7, 1, (put(self.mmul, 0),), 8)
        b.command(t, 8, 1, (bump(self.ref, -1, self.head(at(sub))), put(sub, 0)), 0)

    def zap(self) -> None:
        b, put, bump = self.b, self.b.put, self.b.bump
        sub = b.variable("z.i", 0, 3)
        t = b.thread("zap", 7)
        b.command(t, 0, both(negate(at(self.mmul)), op("!=", at(self.pmd, 0), NONE)),
                  (bump(self.inprog, 1), *self.clear_sptes()), 1)
        b.command(t, 1, negate(at(self.ptl, 0)), (put(self.ptl, 1, 0), put(sub, 0)), 2)
        b.command(t, 2, 1, (b.when(equal(at(self.pmd, 0), const(HUGE)),
                                   [put(self.pmd, NONE, 0), bump(self.cmap, -1), b.cut(4)],
                                   [b.when(at(self.pte, 0, at(sub)),
                                           [put(self.pte, 0, 0, at(sub)), bump(self.mapc, -1, at(sub)), b.cut(3)],
                                           [self.next_subpage(t, sub)])]),))
        b.command(t, 3, 1, (bump(self.ref, -1, self.head(at(sub))), self.next_subpage(t, sub)))
        b.command(t, 4, 1, (bump(self.ref, -1, 0), put(sub, 0)), 5)
        b.command(t, 5, 1, (put(self.ptl, 0, 0),), 6)
        b.command(t, 6, negate(at(self.mmul)), (bump(self.inprog, -1), put(self.stale, 1)), 0)

    def next_subpage(self, _thread: Thread, sub: Variable) -> Statement:
        b = self.b
        return b.when(equal(at(sub), const(3)), [b.put(sub, 0), b.cut(5)], [b.bump(sub, 1), b.cut(2)])

    def properties(self) -> None:
        maps = at(self.cmap)
        for i in range(4):
            maps = add(maps, at(self.mapc, i))
        counted = both(at(self.compound), negate(at(self.frozen)))
        self.b.invariant("refcount", either(negate(counted), op(">=", at(self.ref, 0), add(const(4), maps))))
        covers, host = const(1), const(1)
        for i in range(4):
            covers = both(covers, op(">=", at(self.mapc, i), add(at(self.pte, 0, i), at(self.pte, 1, i))))
            mapped = either(equal(at(self.pmd, 0), const(HUGE)), at(self.pte, 0, i))
            host = both(host, either(equal(at(self.spte, i), const(0)), mapped))
        huge = add(equal(at(self.pmd, 0), const(HUGE)), equal(at(self.pmd, 1), const(HUGE)))
        self.b.invariant("mapcount", covers)
        self.b.invariant("compound_mapcount", op(">=", at(self.cmap), huge))
        self.b.invariant("secondary_mmu", either(op("!=", at(self.inprog), 0), host))
        unmapped = both(equal(at(self.cmap), const(0)), equal(huge, const(0)))
        self.b.invariant("split", either(at(self.compound), unmapped))


def bench_system(size: str = "S", retry: bool = True, third: int | None = None) -> System:
    """The model in one of its sizes, or, without `retry`, with the known bug that shows after 18 steps.

    `third` overrides how many subpages the second address space may map.
    """
    subpages = SIZES[size][0] if third is None else third
    bench = Bench()
    bench.fault(0, 4)
    if subpages:
        bench.fault(1, subpages)
    bench.split()
    bench.kvm_fault(retry)
    bench.zap()
    bench.properties()
    return bench.b.system()
