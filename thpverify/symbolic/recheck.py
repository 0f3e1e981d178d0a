"""Whether a certificate still stands: its files are whole, say what today's model says, and are refuted by solvers."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs

from thpverify.symbolic.foreign import Answer, ask_foreign

MANIFEST = "manifest.json"
VERSION = 3


class CertificateError(Exception):
    """A certificate that cannot be read at all; the text says why."""


@attrs.frozen
class Flaw:
    """Why a certificate does not stand: `where` names a file, or the model."""

    where: str
    why: str


def read_manifest(directory: Path) -> dict[str, Any]:
    """The manifest of the certificate in `directory`.

    Raises:
        CertificateError: there is none, it is of another version of the format, or it was changed.
    """
    path = directory / MANIFEST
    try:
        text = path.read_text(encoding="utf-8")
        manifest = json.loads(text)
    except FileNotFoundError:
        raise CertificateError(f"{directory}: no certificate, {MANIFEST} is missing") from None
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path}: cannot be read: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("version") != VERSION:
        raise CertificateError(f"{path}: not a manifest of version {VERSION}")
    if manifest_text(manifest) != text:
        raise CertificateError(f"{path}: was changed since it was written")
    return manifest


def manifest_text(manifest: dict[str, Any]) -> str:
    """How `manifest` is written: with a digest of itself, so that no change goes unseen."""
    body = {key: value for key, value in manifest.items() if key != "sha256"}
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    return json.dumps({**body, "sha256": digest}, indent=1) + "\n"


def damaged_files(directory: Path, manifest: dict[str, Any]) -> Iterator[Flaw]:
    """Files that are missing, changed, or not in the manifest."""
    listed = {entry["file"]: entry["sha256"] for entry in manifest["files"]}
    if not listed:
        yield Flaw(MANIFEST, "lists no files")
    for name, digest in listed.items():
        try:
            data = (directory / name).read_bytes()
        except OSError as error:
            yield Flaw(name, error.strerror or str(error))
            continue
        if hashlib.sha256(data).hexdigest() != digest:
            yield Flaw(name, "was changed since it was written")
    for path in sorted(directory.glob("*.smt2")):
        if path.name not in listed:
            yield Flaw(path.name, "is not in the manifest")


def unrefuted_files(
    directory: Path,
    manifest: dict[str, Any],
    solver: str,
    seconds: float,
    on_file: Callable[[str], None] = lambda name: None,
) -> Iterator[Flaw]:
    """Files of which `solver` does not say, literally, that they are unsatisfiable, each within `seconds`.

    It is started once for each file, as many at a time as there are processors. `on_file` hears of each answer.
    """

    def ask(entry: dict[str, Any]) -> Answer:
        return ask_foreign(solver, directory / entry["file"], seconds)

    pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
    try:
        for entry, answer in zip(manifest["files"], pool.map(ask, manifest["files"]), strict=True):
            on_file(entry["file"])
            if not answer.refutes:
                yield Flaw(entry["file"], f"{solver} says: {answer.text[:200]} ({entry['about']})")
    finally:
        # Not what still waits, when the user has had enough.
        pool.shutdown(cancel_futures=True)


def names_of(manifest: dict[str, Any]) -> Sequence[str]:
    """The properties that the certificate is about."""
    return [proof["property"] for proof in manifest["proved"]]
