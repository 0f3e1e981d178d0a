"""The registry of scenarios: variants, patches, eras, expectations."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from thpverify.lang import HOLDS, Constant, Int, at, era, local, patch, record, scenario, thread, violates
from thpverify.lang.context import Activation, activate
from thpverify.lang.errors import ModelError
from thpverify.lang.registry import forget
from thpverify.lang.scenarios import registered
from thpverify.lang.threads import ThreadFunction

FIX = patch("127393fbe597", "fix", version="v4.6")
OTHER = patch("169226f7e0d2", "other")
V4_5 = era("v4.5", patches=[OTHER])
NR = Constant("NR", 4)


@record
class State:
    n: Int[0, 3]


@thread
def step(s, a: int = 0):  # type: ignore[no-untyped-def]  # as models are written
    s.n = a
    yield "set"


@pytest.fixture(autouse=True)
def _registry() -> Iterator[None]:
    yield
    forget(__file__)


def test_variants_are_named_after_the_kernel() -> None:
    given = {"state": State, "threads": [step()]}
    assert scenario("a", **given).variant == ""
    assert scenario("a", **given, era=V4_5).variant == "v4.5"
    assert scenario("a", **given, era=V4_5, patches=[FIX]).variant == "v4.5+127393fbe597"
    assert scenario("a", **given, era=V4_5, without=[OTHER]).variant == "v4.5-169226f7e0d2"
    assert scenario("a", **given, patches=[FIX], variant="mine").title == "a [mine]"


def test_the_kernel_is_the_era_with_and_without_patches() -> None:
    found = scenario("a", state=State, threads=[step()], era=V4_5, patches=[FIX], without=[OTHER])
    assert found.patches == {FIX} and not FIX.applied
    with activate(found.activation()):
        assert FIX.applied and not OTHER.applied


def test_constants_hold_within_the_scenario() -> None:
    found = scenario("a", state=State, threads=[step()], constants={NR: 2})
    with activate(found.activation()):
        assert NR == 2
    assert NR == 4


def test_a_scenario_is_registered_where_it_is_declared() -> None:
    found = scenario("a", state=State, threads=[step()])
    assert found in registered() and found.span.file == __file__ and found.expect is HOLDS
    forget(__file__)
    assert found not in registered()


def test_a_refused_scenario_is_not_registered() -> None:
    before = registered()
    with pytest.raises(ModelError):
        scenario("a", state=State, threads=[step()], expect=violates("unknown"))
    assert registered() == before


def test_name_and_variant_are_unique_together() -> None:
    scenario("a", state=State, threads=[step()])
    scenario("a", state=State, threads=[step()], variant="again")
    with pytest.raises(ModelError, match="declared twice"):
        scenario("a", state=State, threads=[step()], variant="again")


def test_arguments_of_threads() -> None:
    assert step(a=2).arguments == (("a", 2),) and step().arguments == (("a", 0),)
    assert isinstance(step, ThreadFunction) and step[1].index == 1


def test_properties_of_threads_that_are_not_there() -> None:
    with activate(Activation()):
        assert at(step[0], "set") is False and local(step[0], "a") == 0
