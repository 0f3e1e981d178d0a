"""Models for the loader, written where a test wants them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

_MODEL = '''
from thpverify.lang import Int, invariant, record, scenario, thread
{imports}

@record
class State:
    n: Int[0, 3] = 0

@thread
def count(s: State):
    while s.n < 3:
        s.n += 1
        yield "counted"

@invariant
def small(s: State) -> bool:
    return s.n <= 3

{body}
'''
_SCENARIO = 'scenario("{name}", state=State, threads=[count()], properties=[small], variant="{variant}")\n'

WriteModel = Callable[..., Path]


@pytest.fixture
def write_model(tmp_path: Path) -> WriteModel:
    """``write_model("a.py", "name", "name@variant", imports=...)`` writes a model with these scenarios."""

    def write(file: str, *scenarios: str, imports: str = "", body: str = "") -> Path:
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        for scenario in scenarios:
            name, _, variant = scenario.partition("@")
            body += _SCENARIO.format(name=name, variant=variant)
        path.write_text(_MODEL.format(imports=imports, body=body))
        return path

    return write
