"""Where a suspended generator stands, and what its frames hold."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import isgenerator
from types import CodeType, FrameType, GeneratorType
from typing import Any, TypeAlias
from weakref import finalize

from thpverify.ir.system import Position

ModelThread: TypeAlias = "GeneratorType[Any, None, Any]"


def frames(thread: ModelThread) -> Iterator[FrameType]:
    """The generator frames of a suspended thread, outermost first; none once it has finished."""
    inner: Any = thread
    while isgenerator(inner) and inner.gi_frame is not None:
        yield inner.gi_frame
        inner = inner.gi_yieldfrom


def position(thread: ModelThread) -> Position:
    """The suspension of every frame, outermost first; () before the start.

    Raises:
        RuntimeError: Python keeps no columns (``-X no_debug_ranges``).
    """
    if not thread.gi_suspended:
        return ()
    return tuple(_place(frame) for frame in frames(thread))


def _place(frame: FrameType) -> tuple[str, int, int]:
    # The last instruction is the YIELD_VALUE (3.11, 3.12) or the RESUME after it (3.13); both bear the yield's place.
    line, column = _instructions(frame.f_code)[frame.f_lasti // 2]
    if line is None or column is None:
        raise RuntimeError("Python runs without column numbers: unset PYTHONNODEBUGRANGES and -X no_debug_ranges")
    return frame.f_code.co_filename, line, column


Instructions = tuple[tuple[int | None, int | None], ...]

# By identity: code that stands in two files may be equal.
_known: dict[int, Instructions] = {}


def _instructions(code: CodeType) -> Instructions:
    if id(code) not in _known:
        _known[id(code)] = tuple((line, column) for line, _, column, _ in code.co_positions())
        finalize(code, _known.pop, id(code), None)
    return _known[id(code)]
