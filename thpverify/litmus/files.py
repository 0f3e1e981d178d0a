"""Reads a file of litmus tests: what each test is, or what is wrong with it, test by test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import attrs

from thpverify.litmus.errors import BrokenTest, LitmusFileError
from thpverify.litmus.vocabulary import BOTH

VERSION = 1
LKMM = "lkmm"
ALLOWED, FORBIDDEN = "allowed", "forbidden"
MAX_THREADS = 4
"""More threads are refused: their interleavings are too many for a litmus test."""


@attrs.frozen
class Entry:
    """One test of a file as it stands there: `body` is its JSON object. `expected` is None if it does not say."""

    id: str
    kind: str
    arch: str
    title: str
    expected: str | None
    body: Mapping[str, Any] = attrs.field(eq=False, repr=False)


@attrs.frozen
class Broken:
    """A test that cannot be run, and why."""

    id: str
    message: str


def schema() -> dict[str, Any]:
    """The JSON Schema of a file of litmus tests."""
    text = files("thpverify.litmus").joinpath("schemas", f"litmus-v{VERSION}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def read_tests(path: Path) -> tuple[Entry | Broken, ...]:
    """The tests of the file at `path`, in their order; those that are malformed say why.

    Raises:
        LitmusFileError: the file cannot be read, or is no file of litmus tests.
    """
    document = _document(path)
    if not isinstance(document, dict) or not isinstance(document.get("tests"), list):
        raise LitmusFileError(f'{path}: no litmus tests; the file is an object with a list "tests"')
    if document.get("format", VERSION) != VERSION:
        raise LitmusFileError(f"{path}: format {document['format']!r} is not known; this reads format {VERSION}")
    found: list[Entry | Broken] = []
    for position, body in enumerate(document["tests"]):
        found.append(_entry(position, body, {test.id for test in found}))
    return tuple(found)


def _document(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise LitmusFileError(f"{path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise LitmusFileError(f"{path}: not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        raise LitmusFileError(f"{path}: no JSON: {error}") from None


def _entry(position: int, body: object, taken: set[str]) -> Entry | Broken:
    name = f"test {position + 1}"
    if not isinstance(body, dict):
        return Broken(name, "the test is no object")
    found = body.get("id")
    if not isinstance(found, str) or not found or not found.isprintable():
        return Broken(name, 'the test has no "id"')
    if found in taken:
        return Broken(f"{found} ({name})", "another test has this id")
    try:
        return _checked(found, body)
    except BrokenTest as error:
        return Broken(found, str(error))


def _checked(name: str, body: Mapping[str, Any]) -> Entry:
    kind, arch, expected = body.get("kind", "mmu"), body.get("arch"), body.get("expected")
    if kind not in ("mmu", LKMM):
        raise BrokenTest(f"kind {kind!r} is not known; it is mmu or lkmm")
    if kind == LKMM:
        arch = LKMM
    if kind == "mmu" and arch not in sorted(BOTH):
        raise BrokenTest(f"arch {arch!r} is not known; it is x86_64 or arm64")
    if expected not in (None, ALLOWED, FORBIDDEN):
        raise BrokenTest(f"expected {expected!r} is not known; it is allowed or forbidden")
    title = body.get("title", "")
    return Entry(name, kind, str(arch), title if isinstance(title, str) else "", expected, body)


def threads_of(body: Mapping[str, Any]) -> Sequence[Sequence[Mapping[str, Any]]]:
    """The threads of an MMU test, as lists of operations that are objects.

    Raises:
        BrokenTest: they are not, or there are too few or too many.
    """
    threads = body.get("threads")
    if not isinstance(threads, list) or not threads:
        raise BrokenTest('"threads" is no list of threads')
    if len(threads) > MAX_THREADS:
        raise BrokenTest(f"{len(threads)} threads are too many; there can be {MAX_THREADS}")
    for number, steps in enumerate(threads):
        if not isinstance(steps, list) or not all(isinstance(step, dict) for step in steps):
            raise BrokenTest(f"thread {number} is no list of operations")
    return threads
