"""Runs litmus tests within a test, on the shipped models or on altered copies of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thpverify.checker.options import Options
from thpverify.checker.result import Verdict
from thpverify.checker.scenario import check
from thpverify.lang.registry import forget
from thpverify.litmus.files import Broken, Entry, read_tests
from thpverify.litmus.running import load
from thpverify.loader.shipped import SHIPPED_ROOT

DATA = Path(__file__).parent / "data"


def entries(name: str) -> dict[str, Entry]:
    """The tests of a data file, by their ids."""
    found = read_tests(DATA / f"{name}.json")
    assert not [test for test in found if isinstance(test, Broken)]
    return {test.id: test for test in found if isinstance(test, Entry)}


@contextmanager
def altered(directory: Path, file: str, old: str, new: str) -> Iterator[Path]:
    """A copy of models/hardware in `directory` in which `old` stands exactly once in `file` and becomes `new`.

    Yields where a generated model has to lie to be run with it.
    """
    models = directory / "models"
    shutil.copytree(SHIPPED_ROOT / "models" / "hardware", models / "hardware")
    (models / "__init__.py").touch()
    (directory / "properties").mkdir()
    target = models / "hardware" / file
    text = target.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
    target.write_text(text.replace(old, new), encoding="utf-8")
    model = models / "generated.py"
    try:
        yield model
    finally:
        forget(str(model))


def outcome(entry: Entry, file: Path) -> str:
    """What the models say of one test, without a cache."""
    report = check(load(entry, file), Options(cache=False))
    assert report.trouble is None, report.message
    return "allowed" if report.results[0].verdict is Verdict.HOLDS else "forbidden"
