"""Lift: a counterexample of a small instance at the real size, its loops over subpages folded into single moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
import z3

from thpverify.counting.goals import Ways
from thpverify.counting.linear import Atom, Linear, at_size
from thpverify.counting.moves import Move
from thpverify.counting.observing import Observer
from thpverify.counting.proof import goals_of
from thpverify.counting.simulation import solutions
from thpverify.counting.system import CounterSystem, compiled
from thpverify.explicit import search
from thpverify.ir.run import Finding, Limits
from thpverify.ir.system import System
from thpverify.lang.counting import Counting
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.solving import Clock, ask


@attrs.frozen(eq=False)
class Link:
    """A move of a lifted counterexample. One that is `folded` is made any number of times in a row, or not at all."""

    move: Move
    folded: bool


@attrs.frozen(eq=False)
class Lifted:
    """What came of lifting the counterexample of `property`, of `steps` steps at N = `found`, to N = `n`.

    `told` has its moves there, each with how often it is made; None if it does not lift. `least` is the least N at
    which the same moves lead to a violation.
    """

    property: str
    found: int
    steps: int
    n: int
    told: tuple[tuple[Move, int], ...] | None
    least: int | None


def lift(system: CounterSystem, counting: Counting, n: int, *, seconds: float = 60.0) -> list[Lifted]:
    """Search the scenario of `counting`, and lift each counterexample of one of its invariants to N = `n`.

    Raises:
        NoAnswer, OutOfTime: the solver gives none.
    """
    outcome = search(compiled(counting, own_size(counting)), limits=Limits(seconds=seconds), collect_all=True)
    found = [f for f in outcome.findings if f.kind == "invariant" and f.check is None]
    return [lift_finding(system, counting, finding, n, seconds=seconds) for finding in found]


def own_size(counting: Counting) -> int:
    """N in the scenario of `counting`."""
    return counting.scenario.constants.get(counting.size, counting.size.default)


def lift_finding(
    system: CounterSystem, counting: Counting, finding: Finding, n: int, *, seconds: float = 60.0
) -> Lifted:
    """Lift one counterexample of an invariant, found in the scenario of `counting`, to N = `n`.

    Raises:
        NoAnswer, OutOfTime: the solver gives none.
    """
    size = own_size(counting)
    chain = links(system, compiled(counting, size), size, finding)
    clock, ways = Clock(seconds), goals_of(system)[finding.property]
    told = replay(system, chain, ways, n, clock)
    sizes = range(2, size + 1) if told is not None else ()
    least = next((m for m in sizes if replay(system, chain, ways, m, clock) is not None), None)
    return Lifted(finding.property, size, len(finding.path.moves), n, told, least)


def links(system: CounterSystem, instance: System, size: int, finding: Finding) -> list[Link]:
    """The moves that the steps of a counterexample are, each followed by the loops that start where it ends."""
    observer = Observer(system, instance, size)
    counts = [observer.counts(state) for state in finding.path.states]
    loops = [move for move in system.moves if is_loop(system, move)]
    chain: list[Link] = []
    for made, before, after in zip(finding.path.moves, counts, counts[1:], strict=False):
        command = instance.commands[made.command]
        task = observer.tasks[command.thread]
        move = next(
            m for m in system.moves
            if (m.role, m.pc) == (task.role.name, task.points[command.pc])
            and m.fails is None and next(solutions(m, before, after, size), None) is not None
        )  # fmt: skip
        if move in loops:
            chain.append(Link(move, True))
            continue
        chain.append(Link(move, False))
        arrived = {name for name, form in move.change.items() if form.is_constant and form.constant[0] > 0}
        chain += [Link(loop, True) for loop in loops if loop.key[2] in arrived]
    return chain


def is_loop(system: CounterSystem, move: Move) -> bool:
    """Whether `move` leaves everybody where they are and adds the same, whatever its params: it may be made k times."""
    stays = not any(name in move.change for name in system.scaled if name not in system.flags)
    return stays and bool(move.change) and move.fails is None and all(f.is_constant for f in move.change.values())


@attrs.define(eq=False)
class _Replay:
    """Counters as terms, move after move, for one N."""

    n: int
    state: dict[str, z3.ArithRef]
    solver: z3.Solver = attrs.field(factory=lambda: z3.SolverFor("QF_LIA"))
    times: list[z3.ArithRef | None] = attrs.field(factory=list)

    def form(self, form: Linear, params: Mapping[str, z3.ArithRef]) -> z3.ArithRef:
        total: z3.ArithRef = z3.IntVal(at_size(form.constant, self.n))
        for name, size in form.terms.items():
            value = params[name] if name in params else self.state.get(name, z3.IntVal(0))
            total = total + at_size(size, self.n) * value
        return total

    def atoms(self, atoms: Sequence[Atom], params: Mapping[str, z3.ArithRef]) -> z3.BoolRef:
        found = [(self.form(atom.form, params), atom.equal) for atom in atoms]
        return all_of([term == 0 if equal else term >= 0 for term, equal in found])

    def change(self, move: Move, params: Mapping[str, z3.ArithRef], times: z3.ArithRef | int) -> None:
        for name, form in move.change.items():
            self.state[name] = self.state.get(name, z3.IntVal(0)) + self.form(form, params) * times

    def make(self, number: int, link: Link) -> None:
        """One more move. k times in a row are possible if the first and the last are: guards are convex."""
        params = {name: z3.Int(f"{name} {number}") for name in link.move.params}
        if not link.folded:
            self.solver.add(self.atoms(link.move.guard, params))
            self.change(link.move, params, 1)
            self.times.append(None)
            return
        k = z3.Int(f"k {number}")
        last = {name: z3.Int(f"{name} {number} last") for name in link.move.params}
        self.solver.add(k >= 0, z3.Or(k == 0, self.atoms(link.move.guard, params)))
        before = dict(self.state)
        self.change(link.move, params, k - 1)
        steady = [z3.Or(last[p] == params[p], last[p] == params[p] + k - 1) for p in link.move.params]
        self.solver.add(z3.Or(k == 0, all_of([self.atoms(link.move.guard, last), *steady])))
        self.state = before
        self.change(link.move, params, k)
        self.times.append(k)


def replay(
    system: CounterSystem, chain: Sequence[Link], ways: Ways, n: int, clock: Clock
) -> tuple[tuple[Move, int], ...] | None:
    """The moves of `chain`, each with how often it is made, that lead to a violation at N = `n`; None if none do."""
    run = _Replay(n, {name: z3.IntVal(at_size(size, n)) for name, size in system.initial.items()})
    for number, link in enumerate(chain):
        run.make(number, link)
    run.solver.add(any_of([run.atoms(way, {}) for way in ways]))
    model = ask(run.solver, f"the counterexample at N = {n}", clock)
    if model is None:
        return None
    times = [1 if k is None else model.eval(k, model_completion=True).as_long() for k in run.times]
    return tuple((link.move, count) for link, count in zip(chain, times, strict=True) if count)
