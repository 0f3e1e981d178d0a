"""IR statements to LLVM IR, for the bodies of commands and of properties."""

from __future__ import annotations

from collections.abc import Callable

import attrs

from thpverify.explicit.errors import NativeError
from thpverify.explicit.expressions import Scope
from thpverify.ir.expressions import Temp
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Note, Span, walk

Places = frozenset[tuple[str, int]]
"""Source lines, as (file, line)."""


@attrs.define
class Coverage:
    """Which source lines each mark stands for: native code sets byte number i when it runs through mark i."""

    marks: list[Places] = attrs.field(factory=list)

    def mark(self, spans: list[Span]) -> int:
        """A new mark's number."""
        self.marks.append(frozenset((span.file, span.line) for span in spans))
        return len(self.marks) - 1


@attrs.define
class Body:
    """Compiles one body.

    `on_cut` is called at each `Cut` and `on_failure` where a `Check` fails, with the scope there; each must end the
    basic block.
    `reached` is the register with the address of the coverage bytes, or "" for no coverage.
    """

    coverage: Coverage
    reached: str
    on_cut: Callable[[Scope, Cut], None]
    on_failure: Callable[[Scope, Check], None]

    def run(self, scope: Scope, block: Block) -> bool:
        """Compile `block`; whether its end can be reached."""
        position = self._mark(scope, block, 0)
        for number, statement in enumerate(block):
            if number == position:
                position = self._mark(scope, block, number)
            match statement:
                case Let(temp=temp, value=value):
                    self._set(scope, temp, scope.integer(value))
                case Assign(variable=variable, index=index, value=value):
                    scope.assign(variable, index, value)
                case If():
                    if not self._choose(scope, statement):
                        return False
                case Check():
                    if not self._check(scope, statement):
                        return False
                case Cut():
                    self.on_cut(scope, statement)
                    return False
                case Note():
                    pass
                case _:
                    raise NativeError(f"{statement.span}: not a statement: {statement!r}")
        return True

    def _mark(self, scope: Scope, block: Block, start: int) -> int:
        """Mark the statements from `start` to the next one that can divert; returns the number of the one after it."""
        end = start
        while end < len(block) and not isinstance(block[end], (If, Check, Cut)):
            end += 1
        end += 1
        if self.reached and start < len(block):
            mark = self.coverage.mark([statement.span for statement in block[start:end]])
            pointer = scope.code.value(f"getelementptr i8, ptr {self.reached}, i64 {mark}")
            scope.code.do(f"store i8 1, ptr {pointer}")
        return end

    @staticmethod
    def _set(scope: Scope, temp: Temp, value: str) -> None:
        if temp.number in scope.temps:
            scope.known.clear()
        scope.temps[temp.number] = value

    def _check(self, scope: Scope, check: Check) -> bool:
        if check.condition.is_constant and check.condition.lo:
            return True
        code = scope.code
        holds, fails = code.fresh("holds"), code.fresh("fails")
        code.branch(scope.condition(check.condition), holds, fails, likely=True)
        code.begin(fails)
        self.on_failure(scope.fork(), check)
        code.begin(holds)
        return True

    def _choose(self, scope: Scope, statement: If) -> bool:
        if statement.condition.is_constant:
            return self.run(scope, statement.then if statement.condition.lo else statement.orelse)
        code = scope.code
        for inner in (*walk(statement.then), *walk(statement.orelse)):
            self._load_before(scope, inner)
        yes, no, after = code.fresh("then"), code.fresh("else"), code.fresh("fi")
        code.branch(scope.condition(statement.condition), yes, no)
        ends: list[tuple[str, Scope]] = []
        for label, arm in ((yes, statement.then), (no, statement.orelse)):
            inside = scope.fork()
            code.begin(label)
            if self.run(inside, arm):
                ends.append((code.block, inside))
                code.jump(after)
        if ends:
            code.begin(after)
            _join(scope, ends)
        return bool(ends)

    @staticmethod
    def _load_before(scope: Scope, statement: object) -> None:
        """A word that an arm changes must have a value in the other arm as well, so it is loaded before both."""
        if not isinstance(statement, Assign) or not statement.variable.type.bits:
            return
        layout = scope.layout
        span = layout.spans.get(statement.variable)
        places = layout.places[statement.variable] if span is None else ()
        numbers = {place.word for place in places} if span is None else {span.word}
        for number in numbers - layout.memory_words:
            scope.word(number)


def _join(scope: Scope, ends: list[tuple[str, Scope]]) -> None:
    """Make `scope` what it is after a branch whose arms ended with the given labels and scopes."""
    code = scope.code
    if len(ends) == 1:
        only = ends[0][1]
        scope.words, scope.changed, scope.temps = only.words, only.changed, only.temps
        scope.known = only.known
        return
    (left_label, left), (right_label, right) = ends

    def merged(first: str, second: str) -> str:
        if first == second:
            return first
        return code.value(f"phi i64 [ {first}, %{left_label} ], [ {second}, %{right_label} ]")

    scope.changed = left.changed | right.changed
    common = [number for number in left.words if number in right.words]
    kept = [number for number in common if number in scope.changed or left.words[number] == right.words[number]]
    scope.words = {number: merged(left.words[number], right.words[number]) for number in kept}
    numbers = sorted(left.temps.keys() | right.temps.keys())
    scope.temps = {number: merged(left.temps.get(number, "0"), right.temps.get(number, "0")) for number in numbers}
    scope.known.clear()
