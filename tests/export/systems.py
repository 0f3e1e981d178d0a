"""Small systems written by hand, one for each thing that an exported model has to get right."""

from __future__ import annotations

from collections.abc import Callable

from tests.explicit.build import Builder, at, op, param
from thpverify.ir.expressions import Variable, add, both, const, either, equal, ite, negate
from thpverify.ir.system import System
from thpverify.ir.types import EnumType, RefType

PHASE = EnumType("Phase", ("IDLE", "BUSY", "DONE"))


def choices() -> System:
    """Two threads that choose an element of an array with two dimensions and count it up."""
    b = Builder("choices")
    grid = b.variable("mm[].count[]", 0, 2, (2, 3))
    i, j = param(0, 0, 1), param(1, 0, 2)
    for name in ("first", "second"):
        t = b.thread(name, 2)
        b.command(t, 0, op("<", at(grid, i, j), 2), (b.bump(grid, 1, i, j),), 1, (i, j))
        b.command(t, 1, 1, (), 0)
    b.invariant("steady", negate(both(equal(at(grid, 0, 0), const(2)), op("<", at(grid, 0, 0), 1))))
    b.invariant("seen", op("==", add(at(grid, 0, 1), at(grid, 1, 1)), 4), kind="reachable")
    return b.system()


def negatives() -> System:
    """Division and remainder of negative numbers, by positive and by negative ones, round down."""
    b = Builder("negatives")
    x, quotient, rest = b.variable("x", -7, 7), b.variable("quotient", -4, 4), b.variable("rest", -2, 2)
    t = b.thread("divide", 3)
    value, divisor = param(0, -7, 7), param(0, 0, 1)
    b.command(t, 0, 1, (b.put(x, value),), 1, (value,))
    by = ite(equal(divisor, const(0)), const(2), const(-3))
    b.command(t, 1, 1, (b.put(quotient, op("//", at(x), by)), b.put(rest, op("%", at(x), by))), 2, (divisor,))
    b.command(t, 2, 1, (b.put(x, 0), b.put(quotient, 0), b.put(rest, 0)), 0)
    back = [equal(at(x), add(op("*", at(quotient), n), at(rest))) for n in (2, -3)]
    b.invariant("divided", either(negate(equal(at(t.pc), const(2))), either(*back)))
    return b.system()


def starts() -> System:
    """Three initial states, one of them given twice; a finished thread is no deadlock."""
    b = Builder("starts", check_deadlock=True)
    level, lock = b.variable("level", 0, 5), b.variable("lock", 0, 1)
    for name in ("up", "down"):
        t = b.thread(name, 3, done=2)
        b.command(t, 0, negate(at(lock)), (b.put(lock, 1),), 1)
        b.command(t, 1, 1, (b.put(level, op("%", add(at(level), const(1)), 6)), b.put(lock, 0)), 2)
    return b.system((0, 0, 0, 0), (3, 0, 0, 0), (0, 0, 0, 0), (5, 0, 0, 0))


def one_thread() -> System:
    """A single thread and two initial states: SPIN's start-up differs with one process."""
    b = Builder("one thread")
    level = b.variable("level", 0, 3)
    t = b.thread("climb", 1)
    b.command(t, 0, op("<", at(level), 3), (b.bump(level, 1),), 0)
    return b.system((0, 0), (2, 0))


def no_thread() -> System:
    """Nothing ever happens."""
    b = Builder("no thread", check_deadlock=True)
    b.variable("level", 0, 3)
    return b.system((0,), (2,))


def deadlock() -> System:
    """Two threads take two locks in opposite order."""
    b = Builder("deadlock", check_deadlock=True)
    locks = b.variable("lock[]", 0, 1, (2,))
    for name, first in (("ab", 0), ("ba", 1)):
        t = b.thread(name, 4, done=3)
        b.command(t, 0, negate(at(locks, first)), (b.put(locks, 1, first),), 1)
        b.command(t, 1, negate(at(locks, 1 - first)), (b.put(locks, 1, 1 - first),), 2)
        b.command(t, 2, 1, (b.put(locks, 0, 0), b.put(locks, 0, 1)), 3)
    return b.system()


def places() -> System:
    """An invariant that reads where threads stand; the second thread breaks it."""
    b = Builder("places")
    flag = b.variable("flag", 0, 1)
    first, second = b.thread("first", 3), b.thread("second", 2)
    b.command(first, 0, 1, (), 1)
    b.command(first, 1, 1, (), 2)
    b.command(first, 2, negate(at(flag)), (), 0)
    b.command(second, 0, at(flag), (), 1)
    b.command(second, 0, negate(at(flag)), (b.put(flag, 1),), 0)
    b.invariant("not_both", negate(both(equal(at(first.pc), const(2)), equal(at(second.pc), const(1)))))
    return b.system()


def many_ends() -> System:
    """A step whose end depends on what it wrote itself, through an index, and on a check before it."""
    b = Builder("many ends")
    row, i, n = b.variable("row[]", 0, 3, (3,)), b.variable("i", 0, 3), b.variable("n", 0, 3)
    t = b.thread("walk", 3)
    temp, let = b.let(add(at(row, at(i)), const(1)))
    b.command(t, 0, 1, (
        b.check("index", op("<", at(i), 3)),
        let,
        b.when(op(">", temp, 3), [b.put(row, 0, at(i))], [b.put(row, temp, at(i))]),
        b.when(equal(at(row, at(i)), const(2)), [b.bump(i, 1), b.cut(1)], [
            b.put(n, op("%", add(at(n), at(row, 0)), 4)),
            b.when(equal(at(n), at(row, 1)), [b.cut(2)], [b.cut(0)]),
        ]),
    ))
    b.command(t, 1, 1, (), 0)
    b.command(t, 2, 1, (b.put(n, 1),), 0)
    return b.system()


def hard_to_split() -> System:
    """A step whose end cannot be said in a few words of the state before it, and locals that do not start at 0."""
    b = Builder("hard to split")
    left, right = b.variable("walk.left", -1, 2, start=-1), b.variable("walk.right[]", 0, 3, (2,), 3)
    for own in (left, right):
        own.role, own.thread = "local", 0
    row, i = b.variable("row[]", 0, 2, (3,)), b.variable("i", 0, 2)
    t = b.thread("walk", 3)
    mix = [b.put(row, op("%", add(at(row, n), at(row, at(row, at(i)))), 3), at(row, n)) for n in (0, 1, 2, 0)]
    slot = param(0, 0, 2)
    end = b.when(op("<", at(row, at(i)), 1), [b.cut(1)], [b.cut(2)])
    b.command(t, 0, 1, (b.put(i, slot), *mix, end), params=(slot,))
    b.command(t, 1, 1, (b.put(row, op("%", add(at(row, 0), const(1)), 3), 0),), 0)
    b.command(t, 2, 1, (b.put(row, 2, at(i)), b.put(right, add(at(left), const(1)), 1), b.put(left, at(i))), 0)
    return b.system()


def ends_where_it_waits(stuck: bool = False) -> System:
    """A step that ends where the thread has returned or where it waits; with `stuck` it waits in vain there."""
    b = Builder("ends where it waits", check_deadlock=True)
    row, i = b.variable("row[]", 0, 2, (3,), (2, 0, 1)), b.variable("i", 0, 2)
    t = b.thread("walk", 3, done=2)
    mix = [b.put(row, op("%", add(at(row, n), at(row, at(row, at(i)))), 3), at(row, n)) for n in (0, 1, 2, 0)]
    slot = param(0, 0, 2)
    end = b.when(op("<", at(row, at(i)), 1), [b.cut(1)], [b.cut(2)])
    b.command(t, 0, 1, (b.put(i, slot), b.put(row, op("%", add(at(row, slot), const(1)), 3), slot), *mix, end),
              params=(slot,))
    go_on = op(">", at(row, 0), 0) if stuck else const(1)
    b.command(t, 1, go_on, (b.put(row, op("%", add(at(row, 1), const(1)), 3), 1),), 0)
    return b.system()


def stuck_where_it_ends() -> System:
    """A deadlock at a label that is an end as well."""
    return ends_where_it_waits(stuck=True)


def short_circuit() -> System:
    """Guards and invariants that look at a slot only if there is one, and an array indexed with itself."""
    b = Builder("short circuit")
    page, phase = Variable("page", RefType(3), initial=(-1,)), Variable("phase", PHASE)
    b.variables += [page, phase]
    following = b.variable("next[]", 0, 2, (3,), (1, 2, 0))
    t = b.thread("walk", 2)
    slot = param(0, 0, 2)
    there = both(negate(equal(at(page), const(-1))), equal(at(following, at(page)), const(0)))
    b.command(t, 0, equal(at(page), const(-1)), (b.put(page, slot), b.put(phase, 1)), 1, (slot,))
    b.command(t, 1, there, (b.put(page, -1), b.put(phase, 2)), 0)
    b.command(t, 1, negate(there), (b.put(page, at(following, at(following, at(following, at(page))))),), 1)
    b.invariant("busy", either(equal(at(page), const(-1)), equal(at(phase), const(1))))
    return b.system()


def failing(kind: str) -> System:
    """A check of `kind` that fails after three steps, in a thread that goes on forever otherwise."""
    b = Builder(f"failing {kind}")
    n, row = b.variable("n", 0, 3), b.variable("row[]", 0, 1, (3,))
    t = b.thread("step", 1)
    tests = {
        "assertion": op("!=", at(n), 2), "range": op("<=", add(at(n), const(2)), 3),
        "index": op("<", add(at(n), const(1)), 3), "division": op("!=", op("-", at(n), 2), 0),
    }  # fmt: skip
    after = (b.put(row, 1, add(at(n), const(1))),) if kind == "index" else ()
    b.command(t, 0, 1, (b.check(kind, tests[kind]), *after, b.bump(n, 1)), 0)
    return b.system()


def broken_from_the_start() -> System:
    """The second initial state breaks the invariant."""
    b = Builder("broken from the start")
    n = b.variable("n", 0, 3)
    t = b.thread("idle", 1)
    b.command(t, 0, 1, (), 0)
    b.invariant("small", op("<", at(n), 3))
    return b.system((0, 0), (3, 0))


def failing_property() -> System:
    """A check within an invariant's own evaluation fails; a temp is set in both arms of an if."""
    b = Builder("failing property")
    n, row = b.variable("n", 0, 4), b.variable("row[]", 0, 2, (3,), (2, 1, 0))
    t = b.thread("count", 2)
    b.command(t, 0, op("<", at(n), 4), (b.bump(n, 1),), 1)
    b.command(t, 1, 1, (), 0)
    temp, let = b.let(op("-", 4, at(n)))
    other = type(let)(b.span(), temp, at(n))
    either_way = b.when(op(">", at(n), 1), [let], [other])
    late = b.when(op("<", at(n), 4), [], [b.check("assertion", 0)])
    b.invariant("looks", op("<=", temp, 4), (either_way, late, b.check("index", op("<", at(n), 3))))
    b.invariant("rows", op(">", at(row, 0), 1))
    return b.system()


SYSTEMS: dict[str, Callable[[], System]] = {
    made.__name__: made
    for made in (choices, negatives, starts, one_thread, no_thread, deadlock, places, many_ends, hard_to_split,
                 ends_where_it_waits, stuck_where_it_ends,
                 short_circuit, broken_from_the_start, failing_property)
} | {f"failing_{kind}": lambda kind=kind: failing(kind) for kind in ("assertion", "range", "index", "division")}
"""By name, what makes the system."""
