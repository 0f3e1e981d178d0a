"""The operations on a shmem file, one after the other, leave what a running kernel was seen to leave.

The facts are in data/shmem_effects.json. The model's extent has fewer pages; "all", "none" and whether one huge page
holds all mean the same in both. What runs are the model's own generators, in CPython, with khugepaged as it is since
v6.4.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.agreement.readings import imported
from thpverify.compiler import compile_scenario
from thpverify.traces.choices import NoChoice
from thpverify.traces.machine import Machine, Reading

SEQUENCES = json.loads((Path(__file__).parent / "data" / "shmem_effects.json").read_text(encoding="utf-8"))["sequences"]
THREADS = {
    "collapse": "collapse_file()",
    "collapse again": "collapse_file()",
    "punch": "punch_extent(first=0)",
    "fault": "fault_huge()",
    "pin": "pin_page(i=1)",
}
STARTS = {"one hole": "one_hole", "all small": "all_small", "empty": "None"}
HEAD = """
from models.mm.collapse_uptodate import collapse_file
from models.mm.file_io import fault_huge, pin_page, punch_extent
from models.mm.page_cache import File, all_small, one_hole
from models.patches import V6_6
from thpverify.lang import scenario
"""


def run(machine: Machine, number: int, until: str | None = None) -> None:
    """Run thread `number` to its end, or to the yield with the label `until`."""
    for _ in range(200):
        if machine.finished(number) or (until is not None and until in machine.point(number).labels):
            return
        ran = machine.step(number, NoChoice())
        assert ran.failure is None and not ran.waited
    raise AssertionError("the operation does not end")


def seen(state: Any) -> list[str]:
    """What the file holds: pages in the cache and blocks of the inode, which must agree; one huge page or not."""
    kinds = [slot.name for slot in state.slot]
    present = sum(kind != "EMPTY" for kind in kinds)
    assert state.nrpages == state.alloced == present
    huge = set(kinds) in ({"NEW"}, {"THP"})
    return [{0: "none", len(kinds): "all"}[present], "huge" if huge else "small"]


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence["name"])
def test_operations_leave_what_a_kernel_leaves(sequence: dict[str, Any], tmp_path: Path) -> None:
    operations = [step[0] for step in sequence["steps"] if step[0] != "unpin"]
    threads = ", ".join(THREADS[operation] for operation in operations)
    source = f"{HEAD}\nscenario('x', state=File, threads=[{threads}], initial={STARTS[sequence['start']]}, era=V6_6)\n"
    with imported(source, tmp_path) as (scenario,):
        machine = Machine(Reading(scenario, compile_scenario(scenario)), NoChoice())
        for operation, *expected in sequence["steps"]:
            number = operations.index("pin" if operation == "unpin" else operation)
            run(machine, number, until="written by the pin" if operation == "pin" else None)
            assert seen(machine.state) == expected, operation
