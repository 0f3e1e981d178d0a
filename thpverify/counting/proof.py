"""`prove_by_counting`: from a counting to what is proved of its scenario, and what keeps the rest from being proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from time import perf_counter

import attrs
import z3

from thpverify.counting.blaming import Blaming, Culprit, own_lemmas, told_obstacles
from thpverify.counting.equations import equations
from thpverify.counting.errors import Uncountable
from thpverify.counting.goals import Ways, violations
from thpverify.counting.lemmas import Evidence, Lemma, candidates
from thpverify.counting.linear import Atom, Linear
from thpverify.counting.proving import Houdini, Induction, Terms
from thpverify.counting.simulation import Simulated, Simulation
from thpverify.counting.slicing import needed
from thpverify.counting.system import CounterSystem, counter_system, for_every_size
from thpverify.counting.walks import Walked, walked
from thpverify.lang.counting import Counting
from thpverify.symbolic.logic import all_of, any_of
from thpverify.symbolic.solving import Clock, NoAnswer, OutOfTime, ask

PROOF_SECONDS = 900.0
"""Time for a proof without a limit of the user's."""
WALK_SIZES = (2, 3, 5, 8)
WALKS, WALK_STEPS = 30, 300
STATES = 3000
"""Known states that lemmas are screened against; Houdini asks the solver about the rest."""


@attrs.frozen(eq=False)
class CountingProof:
    """What came of it. `n` is None for every N >= 2. `goals` has each property's violations, `proved` those that cannot
    be; `obstacles` says of each other one why not, `culprits` the moves to blame. `lemmas` are those that the proof
    needs, equations among them."""

    counting: Counting
    n: int | None
    system: CounterSystem
    simulated: Simulated
    walked: Walked
    equations: tuple[Linear, ...]
    goals: Mapping[str, Ways]
    induction: Induction | None
    proved: tuple[str, ...]
    obstacles: Mapping[str, str]
    culprits: Mapping[str, Sequence[Culprit]]
    lemmas: tuple[Lemma, ...]
    stopped: str | None
    seconds: float

    @property
    def scope(self) -> str:
        """What is proved, in words."""
        if self.n is None:
            size = f"for {self.counting.size.name} = 512 and every {self.counting.size.name} >= 2"
        else:
            size = f"for {self.counting.size.name} = {self.n}"
        crowd = self.system.reference.vocabulary.crowd
        roles = ", ".join(role.name for role in self.system.reference.vocabulary.roles)
        return (
            f"{size}, any number of records {crowd} and of tasks {roles}, at any depth; steps sequentially consistent; "
            f"which task, record and subpage it is, is dropped; derived from the model at N = "
            f"{', '.join(map(str, self.system.sizes))}, and simulates all {self.simulated.steps:,} steps of "
            f"{self.simulated.instances} instances with N = {', '.join(map(str, self.simulated.sizes))}; "
            f"by induction with {len(self.lemmas)} lemmas"
        )


def prove_by_counting(
    counting: Counting,
    n: int | None = None,
    *,
    seconds: float | None = None,
    tick: Callable[[str], None] = lambda text: None,
) -> CountingProof:
    """Prove the properties of the scenario that `counting` counts, for every N >= 2 or for N = `n`.

    Raises:
        ModelError: the model is outside of the language.
        Uncountable: it, or a property of it, is outside of what can be counted.
        NotSimulated: an explicit step is no move of the counter system.
    """
    begun = perf_counter()
    clock = Clock(PROOF_SECONDS if seconds is None else seconds)
    proof = compared(counting, n, tick)
    try:
        proof = _prove(proof, clock, tick)
    except OutOfTime:
        proof = attrs.evolve(proof, stopped=f"time limit of {clock.seconds:g} s")
    except NoAnswer as reason:
        proof = attrs.evolve(proof, stopped=str(reason))
    return attrs.evolve(proof, seconds=perf_counter() - begun)


def compared(
    counting: Counting, n: int | None = None, tick: Callable[[str], None] = lambda text: None
) -> CountingProof:
    """What can be said before a solver is asked: the counter system, compared with the model, and its equations.

    Raises: as `prove_by_counting`.
    """
    tick("deriving the counter system")
    system = counter_system(counting)
    goals = goals_of(system)
    simulated = Simulation(system, lambda states: tick(f"simulation check: {states:,} states"), goals).run()
    sizes = WALK_SIZES
    walks = walked(system, goals, sizes, WALKS, WALK_STEPS, lambda states: tick(f"random walks: {states:,} states"))
    used = [system.moves[number] for number in sorted(simulated.used | walks.used)]
    forms = equations(system.counters, _shared(system), system.initial, used)
    forms = [form for form in forms if not all(name.startswith("N * ") for name in form.terms)]
    system = without_idle_products(system, forms, goals)
    return CountingProof(counting, n, system, simulated, walks, tuple(forms), goals, None, (), {}, {}, (), None, 0.0)


def goals_of(system: CounterSystem) -> dict[str, Ways]:
    """What is to be proved: the invariants, that no count falls below 0, and that no assertion fails.

    Raises:
        Uncountable: a property is outside of what can be counted.
    """
    found: dict[str, Ways] = {}
    for number, prop in enumerate(system.system.properties):
        at_sizes = [violations(d, d.vocabulary.system.properties[number]) for d in system.derivations]
        ways = for_every_size(system, at_sizes)
        found[prop.name] = [tuple(Atom(_linear(system, prop.name, a.form), a.equal) for a in way) for way in ways]
    found["range"] = [(Atom(Linear.of(name) * -1 - 1),) for name in system.numbers]
    failing = [move.guard for move in system.moves if move.fails is not None]
    if failing:
        found["assertion"] = failing
    return found


def _linear(system: CounterSystem, name: str, form: Linear) -> Linear:
    """`form` with the counter that is N * x in the place of N times x."""
    plain = Linear({counter: (a, 0) for counter, (a, _) in form.terms.items() if a}, form.constant)
    for counter, (_, b) in form.terms.items():
        if b and counter not in system.scaled:
            raise Uncountable(f"{name} multiplies {counter} by {system.counting.size.name}", system.counting.span)
        if b:
            plain += Linear.of(system.scaled[counter], b)
    return plain


def _shared(system: CounterSystem) -> frozenset[str]:
    vocabulary = system.reference.vocabulary
    return frozenset(v.name for v in (*vocabulary.flags, *vocabulary.numbers, *vocabulary.sums))


def without_idle_products(system: CounterSystem, forms: Iterable[Linear], goals: Mapping[str, Ways]) -> CounterSystem:
    """`system` without the products N * x that no equation, guard or goal speaks of."""
    spoken = {name for form in forms for name in form.terms}
    spoken |= {name for move in system.moves for atom in move.guard for name in atom.form.terms}
    spoken |= {name for ways in goals.values() for way in ways for atom in way for name in atom.form.terms}
    idle = {product for product in system.scaled.values() if product not in spoken}
    moves = tuple(
        attrs.evolve(move, change={name: form for name, form in move.change.items() if name not in idle})
        for move in system.moves
    )
    return attrs.evolve(
        system,
        moves=moves,
        counters=tuple(name for name in system.counters if name not in idle),
        naturals=tuple(name for name in system.naturals if name not in idle),
        scaled={name: product for name, product in system.scaled.items() if product not in idle},
        initial={name: size for name, size in system.initial.items() if name not in idle},
    )


def known_states(proof: CountingProof) -> Evidence:
    """What lemmas are screened against: states of the instances and of the walks, as long as nothing is violated."""
    by_size: dict[int, list[Mapping[str, int]]] = {}
    for source in (proof.simulated.sample.by_size, proof.walked.by_size):
        for size, states in source.items():
            by_size.setdefault(size, []).extend(states)
    share = max(1, STATES // max(1, len(by_size)))
    return Evidence.of({size: states[:: max(1, len(states) // share)] for size, states in by_size.items()})


def blaming(proof: CountingProof, clock: Clock, tick: Callable[[str], None] = lambda text: None) -> Blaming:
    """Who says which moves are to blame for what is not proved.

    Raises:
        NoAnswer, OutOfTime: the solver gives none, or time is up.
    """
    terms, own = Terms(proof.n), own_lemmas(proof.goals)
    found = candidates(proof.system, proof.equations, known_states(proof))
    lemmas = Houdini(proof.system, terms, clock, tick, given=own).run(found).lemmas
    return Blaming(proof.system, terms, proof.goals, lemmas, clock)


def _prove(proof: CountingProof, clock: Clock, tick: Callable[[str], None]) -> CountingProof:
    tick("screening lemmas")
    system, terms = proof.system, Terms(proof.n)
    houdini = Houdini(system, terms, clock, tick)
    found = candidates(system, proof.equations, known_states(proof))
    induction = houdini.run(list(dict.fromkeys([*own_lemmas(proof.goals), *found])))
    proved: list[str] = []
    obstacles: dict[str, str] = {}
    unproved: list[str] = []
    for name, ways in proof.goals.items():
        tick(f"implied: {name}")
        if implied(system, terms, induction.lemmas, ways, clock, name):
            if proof.simulated.cut is None:
                proved.append(name)
            else:
                obstacles[name] = f"the abstraction was not compared beyond {proof.simulated.cut}"
        else:
            unproved.append(name)
    culprits = _culprits(proof, unproved, clock, tick)
    obstacles.update(told_obstacles(culprits))
    tick("keeping the lemmas that are needed")
    kept = needed(system, terms, induction.lemmas, {name: proof.goals[name] for name in proved}, clock, tick)
    # What the proof rests on speaks of fewer products than what was tried.
    goals = {name: proof.goals[name] for name in proved}
    system = without_idle_products(system, [atom.form for lemma in kept for atom in lemma.clause], goals)
    return attrs.evolve(
        proof,
        system=system,
        induction=induction,
        proved=tuple(proved),
        obstacles=obstacles,
        culprits=culprits,
        lemmas=tuple(kept),
    )


def _culprits(
    proof: CountingProof, unproved: Sequence[str], clock: Clock, tick: Callable[[str], None]
) -> dict[str, list[Culprit]]:
    if not unproved:
        return {}
    tick("looking for the move to blame")
    judge = blaming(proof, clock, tick)
    return {name: judge.culprits(name) for name in unproved}


def violated(terms: Terms, ways: Ways) -> z3.BoolRef:
    """One of `ways` is gone."""
    return any_of([all_of([terms.atom(atom) for atom in way]) for way in ways])


def implied(system: CounterSystem, terms: Terms, lemmas: Iterable[Lemma], ways: Ways, clock: Clock, name: str) -> bool:
    """Whether the lemmas exclude all of `ways`."""
    solver = z3.SolverFor("QF_LIA")
    solver.add(terms.bounds(), *terms.products(system), *map(terms.lemma, lemmas), violated(terms, ways))
    return ask(solver, f"the invariant implies {name}", clock) is None
