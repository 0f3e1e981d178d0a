"""SPIN and Rumur, on exported models, against a search in plain Python on the IR's evaluator."""

from __future__ import annotations

import attrs
import pytest

from tests.export.explore import explore
from tests.export.random_systems import random_system
from tests.export.systems import SYSTEMS, choices, deadlock, starts
from thpverify.export.crosscheck import TOOLS, Tool, crosscheck, differences, missing_programs, sample
from thpverify.export.errors import ToolMissing, ToolTimeout
from thpverify.export.programs import Timeouts
from thpverify.export.rumur import run_rumur
from thpverify.export.spin import run_spin

FAST = "-O0"


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> Tool:
    chosen: Tool = request.param
    return installed(chosen)


def installed(tool: Tool) -> Tool:
    if absent := missing_programs(tool):
        pytest.skip(f"{', '.join(absent)} not installed")
    return tool


DEPTH_FIRST = ("choices", "starts", "one_thread", "no_thread", "many_ends", "hard_to_split", "deadlock",
               "ends_where_it_waits", "stuck_where_it_ends")


@pytest.mark.parametrize(
    ("name", "tool"),
    [(name, tool) for name in SYSTEMS for tool in ("rumur", "spin-bfs")] + [(name, "spin") for name in DEPTH_FIRST],
)
def test_the_tools_agree_on_what_was_written_by_hand(name: str, tool: Tool) -> None:
    system = SYSTEMS[name]()
    installed(tool)
    agreement = crosscheck(system, explore(system), tool, optimise=FAST)
    assert agreement.agrees, str(agreement)


@pytest.mark.parametrize("seed", [11, 38, 60])
@pytest.mark.parametrize("breadth_first", ["spin-bfs", "rumur"])
def test_the_tools_agree_on_random_systems(seed: int, breadth_first: Tool) -> None:
    system, tool = random_system(seed), installed(breadth_first)
    agreement = crosscheck(system, explore(system), tool, optimise=FAST)
    assert agreement.agrees, str(agreement)


@pytest.mark.parametrize(("name", "steps"), [("failing_assertion", 3), ("deadlock", 2), ("broken_from_the_start", 0)])
@pytest.mark.parametrize("shortest", ["spin-bfs", "rumur"])
def test_paths_are_shortest(name: str, steps: int, shortest: Tool) -> None:
    system = SYSTEMS[name]()
    found = crosscheck(system, explore(system), installed(shortest), optimise=FAST).findings.violation
    assert found is not None
    assert found.steps == steps


def test_rumur_names_what_is_violated() -> None:
    installed("rumur")
    found = run_rumur(SYSTEMS["places"](), optimise=FAST).violation
    assert found is not None
    assert (found.kind, found.property) == ("invariant", "not_both")
    found = run_rumur(SYSTEMS["failing_division"](), optimise=FAST).violation
    assert found is not None
    assert (found.kind, found.property) == ("check", "division")


def test_rumur_counts_witnesses_and_finished_states() -> None:
    installed("rumur")
    found = run_rumur(choices(), optimise=FAST)
    assert found.witnesses["seen"] > 0
    finished = run_rumur(starts(), optimise=FAST)
    assert finished.startup_transitions == 3
    assert finished.violation is None


def test_spin_finds_a_witness_when_asked() -> None:
    installed("spin")
    system = choices()
    witness = next(f for f in explore(system).findings if f.property == "seen")
    found = run_spin(system, reachable="seen", breadth_first=True, optimise=FAST).violation
    assert found is not None
    assert found.steps == len(witness.path.moves) == 6


def test_a_wrong_outcome_is_noticed() -> None:
    system, tool = choices(), installed("rumur")
    outcome = explore(system)
    for wrong in (attrs.evolve(outcome, states=outcome.states - 1), attrs.evolve(outcome, transitions=1)):
        agreement = crosscheck(system, wrong, tool, optimise=FAST)
        assert len(agreement.differences) == 1
        assert "differs" in str(agreement)
    broken = deadlock()
    assert not crosscheck(broken, outcome, tool, optimise=FAST).agrees
    assert not crosscheck(system, explore(broken), tool, optimise=FAST).agrees


def test_a_longer_path_and_a_lost_witness_are_differences() -> None:
    installed("rumur")
    outcome = explore(SYSTEMS["failing_range"]())
    found = run_rumur(SYSTEMS["failing_range"](), optimise=FAST)
    assert found.violation is not None
    assert not differences(outcome, found)
    longer = attrs.evolve(found, violation=attrs.evolve(found.violation, steps=5))
    assert differences(outcome, longer) == ["its shortest path has 5 steps, ours 3"]
    seen = run_rumur(choices(), optimise=FAST)
    unseen = attrs.evolve(explore(choices()), findings=())
    assert differences(unseen, seen) == ["seen is reached there and the other way round here"]


def test_an_outcome_without_a_verdict_is_refused() -> None:
    outcome = attrs.evolve(explore(choices()), complete=False, stopped="state limit of 10")
    with pytest.raises(ValueError, match="state limit of 10"):
        crosscheck(choices(), outcome, "rumur")


def test_a_missing_program_is_named(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match="is not installed"):
        crosscheck(choices(), explore(choices()), tool)


def test_a_timeout_is_told(tool: Tool) -> None:
    with pytest.raises(ToolTimeout, match=r"within 0\.01 seconds"):
        crosscheck(choices(), explore(choices()), tool, timeouts=Timeouts(compile=0.01))


def test_samples_change_with_the_seed_only() -> None:
    names = [f"scenario-{n}" for n in range(40)]
    first = sample(names, "4f2a", 5)
    assert first == sample(names, "4f2a", 5)
    assert len(first) == 5
    assert [n for n in names if n in first] == first
    assert len({tuple(sample(names, str(seed), 5)) for seed in range(10)}) > 5
    assert sample(names, "x", 100) == names
