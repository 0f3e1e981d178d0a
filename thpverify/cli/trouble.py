"""Where the traceback of an error of ours goes, and what the user is asked to do with it."""

from __future__ import annotations

import tempfile


def save_traceback(text: str) -> str:
    """Write `text`, if there is any, to a new file in the temporary directory; what to tell the user about it."""
    asks = "this is a bug in thpverify: please report it (README.md says how)"
    if not text:
        return asks
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="thpverify-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(text)
    except OSError:
        return asks
    return f"{asks} with {file.name}"
