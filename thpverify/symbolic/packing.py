"""Certificates as one file each, for where hundreds would be in the way: zip archives, the same bytes for the same."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from thpverify.symbolic.recheck import CertificateError

SUFFIX = ".zip"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The time of every member; a zip archive can have none before."""


def pack(home: Path, directory: Path) -> Path:
    """Write the files of the certificate in `home` as an archive below `directory`.

    Raises:
        OSError: it cannot be written.
    """
    packed = directory / f"{home.name}{SUFFIX}"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(home.iterdir()):
            member = zipfile.ZipInfo(path.name, LONG_AGO)
            archive.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)
    return packed


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The directory of a certificate: `path`, or what it has packed.

    Raises:
        CertificateError: it is a file, but no archive.
    """
    if not path.is_file():
        yield path
        return
    with tempfile.TemporaryDirectory() as home:
        try:
            with zipfile.ZipFile(path) as archive:
                archive.extractall(home)
        except (zipfile.BadZipFile, OSError) as error:
            raise CertificateError(f"{path}: no certificate, neither a directory nor an archive of one") from error
        yield Path(home)
