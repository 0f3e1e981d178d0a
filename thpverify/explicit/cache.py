"""Compiled objects on disk, so that a model that did not change starts at once.

A file is the magic, the SHA-256 of the rest, the rest. Whatever is not that is compiled again and overwritten.
"""

from __future__ import annotations

import contextlib
import logging
import os
import tempfile
from hashlib import sha256
from pathlib import Path

import attrs

LOGGER = logging.getLogger("thpverify")
MAGIC = b"thpverify object 1\n"
_DIGEST_BYTES = 32


def user_cache_directory() -> Path | None:
    """``$XDG_CACHE_HOME/thpverify``, by default ``~/.cache/thpverify``; None for a user without a home."""
    configured = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(configured):
        return Path(configured) / "thpverify"
    try:
        return Path.home() / ".cache" / "thpverify"
    except RuntimeError:
        return None


@attrs.define
class ObjectCache:
    """The cache in `directory`. Trouble with the disk is logged once and otherwise ignored."""

    directory: Path
    _warned: bool = attrs.field(default=False, init=False)

    def _file(self, key: str) -> Path:
        return self.directory / f"{sha256(key.encode()).hexdigest()}.o"

    def load(self, key: str) -> bytes | None:
        """The object stored under `key`, or None."""
        try:
            content = self._file(key).read_bytes()
        except OSError:
            return None
        body = content[len(MAGIC) + _DIGEST_BYTES :]
        if not content.startswith(MAGIC) or content[len(MAGIC) : -len(body) or None] != sha256(body).digest():
            return None
        return body

    def store(self, key: str, body: bytes) -> None:
        """Keep `body` under `key`; other processes see all of it or nothing."""
        temporary = ""
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.directory, suffix=".tmp")
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + sha256(body).digest() + body)
            os.replace(temporary, self._file(key))
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    os.unlink(temporary)
            if not self._warned:
                self._warned = True
                LOGGER.warning("compiled models are not kept: %s", error)
