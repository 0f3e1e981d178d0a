"""Writing LLVM IR text: fresh names, basic blocks, one instruction a line."""

from __future__ import annotations

import itertools

import attrs

UNLIKELY = "!prof !0"
"""Metadata for a branch whose first target is the usual one; `MODULE_END` defines it."""
MODULE_END = '!0 = !{!"branch_weights", i32 1048576, i32 1}\n'


@attrs.define
class Code:
    """The body of one function under construction.

    `block` is the label of the basic block that instructions now go to; it is "" after a terminator.
    """

    lines: list[str] = attrs.field(factory=list)
    block: str = "entry"
    _numbers: itertools.count[int] = attrs.field(factory=lambda: itertools.count(1))

    def fresh(self, hint: str = "v") -> str:
        """A name that nothing else in the function has, without sigil."""
        return f"{hint}{next(self._numbers)}"

    def do(self, instruction: str) -> None:
        """An instruction without a result."""
        self.lines.append("  " + instruction)

    def value(self, instruction: str) -> str:
        """An instruction with a result; returns the result's name."""
        name = f"%v{next(self._numbers)}"
        self.lines.append(f"  {name} = {instruction}")
        return name

    def begin(self, label: str) -> None:
        """Start block `label`; falls through from an unfinished block."""
        if self.block:
            self.jump(label)
        self.lines.append(f"{label}:")
        self.block = label

    def jump(self, label: str) -> None:
        """End the block with a jump."""
        self.finish(f"br label %{label}")

    def branch(self, condition: str, then: str, orelse: str, likely: bool = False) -> None:
        """End the block with a jump to `then` if `condition`; `likely` says that this is the usual way."""
        self.finish(f"br i1 {condition}, label %{then}, label %{orelse}" + (f", {UNLIKELY}" if likely else ""))

    def finish(self, terminator: str) -> None:
        """End the block."""
        self.do(terminator)
        self.block = ""

    @property
    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines)
