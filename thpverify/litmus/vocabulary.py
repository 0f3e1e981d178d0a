"""The words of MMU litmus tests: page table entries, places, and the operations with their fields."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import attrs

from thpverify.litmus.errors import BrokenTest

X86_64, ARM64 = "x86_64", "arm64"
BOTH = frozenset({X86_64, ARM64})

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_FRAME = re.compile(r"([A-Za-z_][A-Za-z0-9_]*?)([0-9]+)")
_PTE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\.([0-9]+)")


@attrs.frozen
class Descriptor:
    """A page table entry: `kind` is "inv", "tab", "blk" or "pg", `target` a table, a block's letter or a frame."""

    kind: str
    target: str = ""
    flags: frozenset[str] = frozenset()

    @property
    def is_leaf(self) -> bool:
        """Whether it maps memory."""
        return self.kind in ("blk", "pg")

    def __str__(self) -> str:
        if not self.is_leaf:
            return f"{self.kind}:{self.target}" if self.target else self.kind
        return f"{self.kind}:{self.target}:{''.join(f for f in 'wad' if f in self.flags)}"


INVALID = Descriptor("inv")


def descriptor(text: object) -> Descriptor:
    """Read ``inv``, ``tab:T``, ``blk:A:wad`` or ``pg:A0:wad``; without flags, all three are set.

    Raises:
        BrokenTest: it is none of these.
    """
    parts = text.split(":") if isinstance(text, str) else []
    match parts:
        case ["inv"]:
            return INVALID
        case ["tab", table] if _NAME.fullmatch(table):
            return Descriptor("tab", table)
        case ["blk" | "pg" as kind, target, *flags] if len(flags) < 2 and _fits(kind, target):
            letters = flags[0] if flags else "wad"
            if set(letters) <= set("wad") and len(set(letters)) == len(letters):
                return Descriptor(kind, target, frozenset(letters))
    raise BrokenTest(f"{text!r} is no page table entry; one is inv, tab:T, blk:A:wad or pg:A0:wad")


def _fits(kind: str, target: str) -> bool:
    return (_FRAME if kind == "pg" else _NAME).fullmatch(target) is not None


@attrs.frozen(order=True)
class Pte:
    """The place of a PTE: entry `va` of table `table`."""

    table: str
    va: int


Place = Pte | None
"""Where an entry is; None is the PMD."""


def place(text: object) -> Place:
    """Read ``pmd`` or ``T.0``.

    Raises:
        BrokenTest: it is neither.
    """
    if text == "pmd":
        return None
    found = _PTE.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BrokenTest(f"{text!r} is no page table location; one is pmd or TABLE.ADDRESS, such as T.0")
    return Pte(found[1], int(found[2]))


def cell(text: object) -> str:
    """The name of a word of memory.

    Raises:
        BrokenTest: it is no name.
    """
    if not isinstance(text, str) or not _NAME.fullmatch(text):
        raise BrokenTest(f"{text!r} is no name of memory")
    return text


def number(value: object, what: str) -> int:
    """An int that fits every engine.

    Raises:
        BrokenTest: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 1 << 31:
        raise BrokenTest(f"{what} is {value!r}, not a 32-bit number")
    return value


@attrs.frozen
class Operation:
    """What a step of a thread may be: its fields, and where it exists.

    `buffered`: it leaves something in the store buffer; `drains`: it waits until that is empty.
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    archs: frozenset[str] = BOTH
    buffered: bool = False
    drains: bool = False


_X86, _ARM = frozenset({X86_64}), frozenset({ARM64})

OPERATIONS: Mapping[str, Operation] = MappingProxyType({
    "pt_write": Operation(("at", "val"), buffered=True),
    "pt_read": Operation(("at", "out")),
    "pt_rmw": Operation(("at", "val"), ("out",), drains=True),
    "pt_clearbits": Operation(("at", "bits"), drains=True),
    "mem_write": Operation(("addr", "val"), buffered=True),
    "mem_read": Operation(("addr", "out")),
    "load": Operation(("va",), ("out",)),
    "store": Operation(("va", "val"), ("out",), buffered=True),
    "fence": Operation(drains=True),
    "dmb": Operation(archs=_ARM, drains=True),
    "dmb_st": Operation(archs=_ARM, buffered=True),
    "dsb": Operation(archs=_ARM, drains=True),
    "isb": Operation(archs=_ARM),
    "invlpg": Operation(("va",), archs=_X86, drains=True),
    "cr3": Operation(archs=_X86, drains=True),
    "ipi_send": Operation(("to",), ("va",), drains=True),
    "ipi_wait": Operation(),
    "cli": Operation(),
    "sti": Operation(),
    "tlbi_is": Operation(("va",), archs=_ARM),
    "tlbi_local": Operation(("va",), archs=_ARM),
})  # fmt: skip
"""Every operation by name."""

OPTIONS: Mapping[str, str] = MappingProxyType({
    "ets2": "ETS2",
    "hwaf": "HAFDBS",
    "bbml2_noabort": "BBML2_NOABORT",
    "mixed_same_ok": "MIXED_SAME_OK",
})  # fmt: skip
"""Every option: the constant of models/hardware/machine.py that it sets."""
