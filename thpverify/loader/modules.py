"""Imports one model file and tells what is wrong with it in one line."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import attrs

from thpverify.lang.errors import ModelError
from thpverify.lang.history import KnownBug, known_bugs
from thpverify.lang.registry import forget
from thpverify.lang.scenarios import Scenario, registered
from thpverify.loader.errors import LoadError
from thpverify.loader.shipped import SHIPPED_ROOT, importable, root_of

_read: dict[str, dict[str, int]] = {}
"""For each file that was loaded, the files that this imported, each with the time of its last change then."""


def changed_files(loaded: str) -> list[str]:
    """The files that `loaded` may be made of and that were changed after they were imported: what is known of them now
    is a mixture of before and after."""
    shared = [stamps for file, stamps in _read.items() if file == loaded or root_of(Path(file)) is not None]
    return sorted({file for stamps in shared for file, stamp in stamps.items() if _stamp(file) != stamp})


@attrs.frozen
class Declarations:
    """What a file declares, in its order."""

    scenarios: tuple[Scenario, ...]
    bugs: tuple[KnownBug, ...]


def declarations_of(file: Path) -> Declarations:
    """Import `file` and return what it declares.

    Raises:
        LoadError: there is no such file, it is not Python, or it fails when imported.
    """
    file = file.resolve()
    _look_at(file)
    root = root_of(file)
    with importable(root or SHIPPED_ROOT), _forgotten_on_failure(), _explained(file), _stamped(file):
        if root is not None:
            importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__"))
        else:
            forget(str(file))
            _read.pop(str(file), None)
            _import_alone(file)
    found = Declarations(
        tuple(scenario for scenario in registered() if _resolved(scenario.span.file) == str(file)),
        tuple(bug for bug in known_bugs() if _resolved(bug.span.file) == str(file)),
    )
    if root is None:
        # Another file may declare the same names in a later run of the same process.
        forget(str(file))
    return found


@cache
def _resolved(file: str) -> str:
    """`file` as it is compared: it is asked for at every import, for every scenario that there is."""
    return str(Path(file).resolve())


def scenarios_of(file: Path) -> list[Scenario]:
    """The scenarios that `file` declares; raises like `declarations_of`."""
    return list(declarations_of(file).scenarios)


@contextmanager
def _stamped(file: Path) -> Iterator[None]:
    """Note when the files that `file` imports, itself included, were last changed; only the first import reads them."""
    before, own = set(sys.modules), _stamp(str(file))
    yield
    imported = {getattr(sys.modules[name], "__file__", None) for name in set(sys.modules) - before}
    _read.setdefault(str(file), {str(file): own, **{name: _stamp(name) for name in imported if name}})


def _stamp(file: str) -> int:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return 0


def _look_at(file: Path) -> None:
    if file.suffix != ".py" and file.exists():
        raise LoadError(f"{file}: no model; a model is a Python file (.py)")
    try:
        file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise LoadError(f"{file}: no model; it is not UTF-8 text") from None
    except OSError as error:
        raise LoadError(f"{file}: {(error.strerror or str(error)).lower()}") from None


def _import_alone(file: Path) -> None:
    """Import `file`, which belongs to no package of ours, under a name that nothing else has."""
    name = f"thpverify_model_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except BaseException:
        # As `import` does: what failed half-way is not loaded, and its scenarios can be forgotten.
        del sys.modules[name]
        raise
    finally:
        sys.path.remove(str(file.parent))


@contextmanager
def _forgotten_on_failure() -> Iterator[None]:
    """A module that failed half-way will be executed again: what it declared until then must not be in the way."""
    before = set(map(id, _declared()))
    try:
        yield
    except LoadError:
        imported = {getattr(module, "__file__", None) for module in list(sys.modules.values())}
        for file in {made.span.file for made in _declared() if id(made) not in before} - imported:
            forget(file)
        raise


def _declared() -> list[Scenario | KnownBug]:
    return [*registered(), *known_bugs()]


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """Turn whatever an import raises, short of an interrupt, into a LoadError."""
    try:
        yield
    except ModelError as error:
        raise LoadError(str(error)) from error
    except SyntaxError as error:
        line = f"\n    {error.text.strip()}" if error.text else ""
        place = f"{error.filename}:{error.lineno}:{error.offset}" if error.filename else str(file)
        raise LoadError(f"{place}: no Python: {error.msg}{line}") from error
    # A model is arbitrary Python: whatever it raises, sys.exit() included, is the model's mistake and is told as such.
    except (Exception, SystemExit) as error:
        text = traceback.format_exception_only(error)[-1].strip()
        raise LoadError(f"{_place(file, error)}: the model fails when it is imported: {text}") from error


def _place(file: Path, error: BaseException) -> str:
    """The innermost line of a model that the error passed through; the file itself if there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    for frame in reversed(frames):
        path = Path(frame.filename)
        if path == file or path.is_relative_to(file.parent) or root_of(path) is not None:
            return f"{frame.filename}:{frame.lineno}"
    return str(file)
