"""Where the shipped models and properties are, and how ``import models`` finds them.

In a checkout they lie beside the package, in an install inside it. They are never top-level names of an install:
only while models are imported does `importable` answer for the two names.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

import thpverify
from thpverify.lang.registry import forget

NAMES = ("models", "properties")
_PACKAGE = Path(thpverify.__file__).resolve().parent
SHIPPED_ROOT = _PACKAGE if (_PACKAGE / "models").is_dir() else _PACKAGE.parent
"""The directory that holds the shipped ``models`` and ``properties``."""

_BENCHMARKS = "models/bench/large"
_DEEP = "models/deep"
_PROOF = "models/proof"


class Profile(StrEnum):
    """Which of the shipped models: those small enough for every change, those that run for minutes, those that only z3
    can answer, or every one, those for benchmarks included."""

    GATE = "gate"
    DEEP = "deep"
    PROOF = "proof"
    ALL = "all"


def root_of(file: Path) -> Path | None:
    """The directory that holds both ``models`` and ``properties`` when `file` lies within one of the two, else None."""
    for directory in file.resolve().parents:
        if directory.name in NAMES and all((directory.parent / name).is_dir() for name in NAMES):
            return directory.parent
    return None


def portable(file: str) -> str:
    """`file`, or the name of a shipped one from where those lie, which means the same on any machine."""
    path = Path(file)
    return path.relative_to(SHIPPED_ROOT).as_posix() if path.is_relative_to(SHIPPED_ROOT) else file


def shipped_files(profile: Profile) -> list[Path]:
    """The shipped model files of `profile` in the order of their paths."""
    files = sorted((SHIPPED_ROOT / "models").rglob("*.py"))
    return [file for file in files if profile is Profile.ALL or _profile_of(file) is profile]


def _profile_of(file: Path) -> Profile:
    """The narrowest profile that shipped model `file` belongs to."""
    path = file.relative_to(SHIPPED_ROOT).as_posix()
    if path.startswith(_BENCHMARKS):
        return Profile.ALL
    if path.startswith(_PROOF):
        return Profile.PROOF
    return Profile.DEEP if path.startswith(_DEEP) else Profile.GATE


class _Finder(MetaPathFinder):
    """Answers for the names in NAMES, with or without an ``__init__.py``."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        directory = self._root / fullname
        if fullname not in NAMES or not directory.is_dir():
            return None
        init = directory / "__init__.py"
        if init.is_file():
            return spec_from_file_location(fullname, init, submodule_search_locations=[str(directory)])
        spec = ModuleSpec(fullname, None, is_package=True)
        spec.submodule_search_locations = [str(directory)]
        return spec


def _drop(name: str) -> None:
    """Undo the import of package `name` and all that is in it."""
    for loaded in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
        forget(str(getattr(sys.modules.pop(loaded), "__file__", "")))


@contextmanager
def importable(root: Path = SHIPPED_ROOT) -> Iterator[None]:
    """Within a ``with`` block, ``models`` and ``properties`` are those of `root`, whatever else has these names."""
    for name in NAMES:
        module = sys.modules.get(name)
        if module is not None and str(root / name) not in map(str, getattr(module, "__path__", ())):
            _drop(name)
    finder = _Finder(root)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
