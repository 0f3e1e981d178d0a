"""The search core and one model, compiled and linked, as Python functions that release the GIL."""

from __future__ import annotations

import ctypes
import importlib.util
from collections.abc import Callable
from pathlib import Path

import attrs

from thpverify.explicit.cache import ObjectCache
from thpverify.explicit.errors import NativeError
from thpverify.explicit.jit import LOOP_PASSES, Library, Source, build
from thpverify.explicit.layout import Layout
from thpverify.explicit.memory import Region, reserve
from thpverify.explicit.model import Model
from thpverify.explicit.native import compile_native
from thpverify.explicit.table import BATCH, Shared, Worker

CORE_MODULES = ("thpverify.explicit.table", "thpverify.explicit.core")
RECENT_BYTES = 64 << 10

Task = Callable[[int, int], int]
"""A native function over (address of Shared, address of Worker) that returns one of table.py's outcomes."""

_TASK = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p)
_ACTION = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_ADMIT = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
_RELOCATE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint64)
_PARENTS = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint64)


def core_source() -> str:
    """The Python source that the core is compiled from."""
    texts: list[str] = []
    for name in CORE_MODULES:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise NativeError(f"the source of {name} is needed at run time")
        texts.append(Path(spec.origin).read_text(encoding="utf-8"))
    return "\n".join(texts)


def core_text(layout: Layout) -> str:
    """The core's LLVM IR for states of this layout."""
    pairs, tail = divmod(layout.granules, 2)
    sizes = {"WORDS": layout.words, "PAIRS": pairs, "TAIL": tail, "RECENT": recent_states(layout),
             "RECORD": layout.record_bytes, "EVENT": event_bytes(layout)}  # fmt: skip
    return compile_native(core_source(), sizes)


def event_bytes(layout: Layout) -> int:
    """The size of an event: its code, its label, the state's words."""
    return 16 + 8 * layout.words


def recent_states(layout: Layout) -> int:
    """How many recent states a worker remembers: a power of two, such that they stay in the second-level cache."""
    return max(16, 1 << (RECENT_BYTES // (8 * layout.words)).bit_length() - 1)


@attrs.define
class Program:
    """Native entry points for one model; core.py says what each does."""

    model: Model
    library: Library
    work: Task
    refill: Task
    admit: Callable[[int], None]
    look_again: Callable[[int, int], None]
    relocate: Callable[[int, int, int, int], None]
    find_parents: Callable[[int, int, int, int], int]


def compile_program(model: Model, cache: ObjectCache | None) -> Program:
    """Compile and link the core and `model`."""
    library = build((Source(core_text(model.layout), LOOP_PASSES), Source(model.text)), cache)
    address = library.address
    return Program(
        model, library, _TASK(address("work")), _TASK(address("refill")), _ADMIT(address("admit")),
        _ACTION(address("look_again")), _RELOCATE(address("relocate")), _PARENTS(address("find_parents")),
    )  # fmt: skip


@attrs.define
class Crew:
    """One worker's record and the memory that its pointers lead to."""

    worker: Worker
    memory: Region

    def remember(self, words: tuple[int, ...], layout: Layout) -> None:
        """Let `words`, which must be inserted next, be all that was made recently."""
        states = words * recent_states(layout)
        ctypes.memmove(self.worker.recent, (ctypes.c_uint64 * len(states))(*states), 8 * len(states))

    def counts(self, model: Model) -> list[int]:
        """How often each command fired in this worker's hands."""
        return list((ctypes.c_uint64 * len(model.system.commands)).from_address(self.worker.fired))

    def marks(self, model: Model) -> list[int]:
        """The numbers of the coverage marks it ran through."""
        reached = (ctypes.c_uint8 * len(model.marks)).from_address(self.worker.reached)
        return [number for number, byte in enumerate(reached) if byte]

    def take_events(self, layout: Layout) -> list[tuple[int, int, tuple[int, ...]]]:
        """(code, label, words) of what it reported since this was last asked."""
        size = layout.words + 2
        raw = (ctypes.c_uint64 * (size * self.worker.event_count)).from_address(self.worker.events)
        found = [(raw[at], raw[at + 1], tuple(raw[at + 2 : at + size])) for at in range(0, len(raw), size)]
        self.worker.event_count = 0
        return found


def make_crew(model: Model, active: int) -> Crew:
    """A worker for `model`; `active` is the address of the bytes that say which slots are still to be reported, 0 for
    a worker that reports nothing."""
    layout = model.layout
    batch = BATCH + model.fan_out + 4
    states, numbers = 8 * layout.words * batch, 8 * batch
    sizes = {"state": 8 * layout.words, "successors": states, "hashes": numbers, "labels": numbers, "waiting": states,
             "waiting_hashes": numbers, "slots": numbers, "order": numbers, "late": numbers, "ahead": 8 * BATCH,
             "recent": 8 * layout.words * recent_states(layout), "events": event_bytes(layout) * model.slots,
             "active": model.slots, "fired": 8 * len(model.system.commands), "reached": len(model.marks)}  # fmt: skip
    memory = reserve(sum(size + 64 for size in sizes.values()), huge=False)
    worker = Worker()
    at = memory.address
    for name, size in sizes.items():
        setattr(worker, name, at)
        at += (size + 63) // 64 * 64
    if active:
        worker.active = active
    return Crew(worker, memory)


__all__ = ["Crew", "Program", "Shared", "Task", "compile_program", "core_text", "event_bytes", "make_crew"]
