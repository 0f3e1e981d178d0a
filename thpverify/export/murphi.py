"""A system as a Murphi model for Rumur: the same states and the same firings, one for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from textwrap import wrap

import attrs

from thpverify.export import keywords
from thpverify.export.errors import ExportError
from thpverify.export.expressions import Language, Writer, uses_floor_division
from thpverify.export.names import Vocabulary, comment, place, vocabulary
from thpverify.export.natures import Nature, Natures
from thpverify.export.simplify import simplify, temps_of
from thpverify.export.text import WIDTH, Text
from thpverify.export.values import all_expressions, indices, initial_states, require_starts, span_of_values
from thpverify.ir.expressions import Temp, Variable, both, const, equal, load
from thpverify.ir.statements import Assign, Block, Check, Cut, If, Let, Statement, walk
from thpverify.ir.system import Command, Property, State, System, Thread
from thpverify.ir.types import BoolType, EnumType, RefType

FINISHED = "every thread has returned"
"""The cover property and the rule that keep finished states from being deadlocks, where there can be such states."""

LANGUAGE = Language(
    operators={"+": "+", "-": "-", "*": "*", "//": "/", "%": "%", "==": "=", "!=": "!=", "<": "<", "<=": "<=",
               "and": "&", "or": "|"},
    choice="?",
    strict_booleans=True,
    flat_arrays=False,
)


def to_murphi(system: System) -> str:
    """The Murphi model of `system`, in Rumur's dialect.

    Its head says which of Rumur's options it needs.

    Raises:
        ExportError: Murphi cannot express the system.
    """
    system = system.inlined()
    require_starts(system)
    lo, hi = span_of_values(system)
    if lo < -(2**63) or hi >= 2**63:
        raise ExportError(f"Rumur counts with 64 bits, which do not hold {lo}..{hi}")
    model = _Model(system, vocabulary(system, keywords.MURPHI), Natures.of(system), Text())
    model.constants()
    model.variables()
    functions = [model.function(prop) for prop in system.properties]
    for thread in system.threads:
        model.thread(thread)
    if needs_idling(system):
        model.idling()
    model.start_states()
    for prop, needs_function in zip(system.properties, functions, strict=True):
        model.property(prop, needs_function)
    return str(model.text)


def value_type(system: System) -> str:
    """The C type with which Rumur must count, so that what is met on the way fits, too."""
    lo, hi = span_of_values(system)
    # Rumur's own loops and the helpers for // and % go one step beyond the ends.
    return "int32_t" if lo > -(2**30) and hi < 2**30 else "int64_t"


def deadlock_detection(system: System) -> str:
    """The value of ``--deadlock-detection`` that means what `system.check_deadlock` says."""
    return "stuck" if system.check_deadlock else "off"


def needs_idling(system: System) -> bool:
    """Whether there can be states that are stuck and no deadlock: then these need a step, from each to itself."""
    return system.check_deadlock and all(thread.done is not None for thread in system.threads)


@attrs.frozen
class _Model:
    system: System
    words: Vocabulary
    natures: Natures
    text: Text

    def constants(self) -> None:
        """The head, names of numbers, and the division that rounds down if it is needed."""
        text, system = self.text, self.system
        text.line(f"-- {comment(system.name)}, exported from its Python model: every step there is one rule here.")
        text.line(f"-- rumur --deadlock-detection {deadlock_detection(system)} --value-type {value_type(system)}")
        text.line()
        text.line("const")
        with text.indented():
            for kind, members in self.words.members.items():
                text.line(f"-- {comment(kind.name)}")
                for value, name in enumerate(members):
                    text.line(f"{name}: {value};")
            if any(isinstance(v.type, RefType) for v in system.variables):
                text.line(f"{self.words.none}: -1;")
            for thread in system.threads:
                text.line(f"-- where {comment(thread.name)} stands")
                for point in thread.points:
                    name = self.words.points[thread.number, point.number]
                    text.line(f"{name}: {point.number}; -- {place(point.span)}")
        if text.lines[-1] == "const":
            text.lines.pop()
        text.line()

    def variables(self) -> None:
        """Types for enums, all variables, helper functions."""
        text = self.text
        if self.words.variables:
            text.line("var")
        with text.indented():
            for variable, name in self.words.variables.items():
                arrays = "".join(f"array [0..{n - 1}] of " for n in variable.shape)
                text.line(f"{name}: {arrays}{self._type(variable)};")
        text.line()
        if uses_floor_division(list(all_expressions(self.system))):
            lo, hi = span_of_values(self.system)
            whole = f"{min(lo, -hi) - 1}..{max(hi, -lo) + 1}"
            text.line("-- division that rounds down")
            for name, result in (("floor_mod", "((a % b) + b) % b"), ("floor_div", "(a - floor_mod(a, b)) / b")):
                text.line(f"function {name}(a: {whole}; b: {whole}): {whole};")
                text.line(f"begin\n  return {result};\nend;\n")

    def _type(self, variable: Variable) -> str:
        kind = variable.type
        if isinstance(kind, BoolType):
            return "boolean"
        if isinstance(kind, EnumType) and kind in self.words.members:
            members = self.words.members[kind]
            return f"{members[0]}..{members[-1]}"
        return f"{kind.lo}..{kind.hi}"

    def function(self, prop: Property) -> bool:
        """Add a function for `prop` if it has statements; whether it has."""
        body, result = simplify(prop.body, prop.result)
        assert result is not None
        if not body:
            return False
        self.text.line(f"function {self.words.properties[prop]}(): boolean;")
        with self._temps(body, {}) as writer:
            self._block(body, writer, None)
            self.text.line(f"return {writer.truth(result)};")
        self.text.line("end;\n")
        return True

    def property(self, prop: Property, has_function: bool) -> None:
        """Add `prop` as an invariant, or as a cover property if it must be reachable."""
        _, result = simplify(prop.body, prop.result)
        assert result is not None
        writer = Writer(LANGUAGE, self.words, self.natures, {}, {})
        shown = f"{self.words.properties[prop]}()" if has_function else writer.truth(result)
        said = f"{comment(prop.statement)} ({place(prop.span)})"
        self.text.line("\n".join(f"-- {line}" for line in wrap(said, WIDTH)))
        self.text.line(f'{"invariant" if prop.kind == "invariant" else "cover"} "{comment(prop.name)}"')
        self.text.line(f"  {shown};\n")

    @contextmanager
    def _temps(self, body: Block, params: dict[int, str]) -> Iterator[Writer]:
        temps, natures = temps_of(body), self.natures.within(body)
        namer = self.words.namer.inner()
        for name in params.values():
            namer.take(name)
        names = {t.number: namer.take(t.name, f"{t.name}_now") for t in temps.values()}
        if temps:
            self.text.line("var")
            for temp in temps.values():
                self.text.line(f"  {names[temp.number]}: {_temp_type(temp, natures.temps.get(temp.number))};")
        self.text.line("begin")
        with self.text.indented():
            yield Writer(LANGUAGE, self.words, natures, names, params)

    def thread(self, thread: Thread) -> None:
        """Add the rules of `thread`."""
        arguments = ", ".join(f"{key}={value}" for key, value in thread.arguments)
        self.text.line(f"{'-' * 60} {comment(f'{thread.name}: {thread.function}({arguments})')}\n")
        for command in self.system.commands:
            if command.thread == thread.number:
                self._rule(command, thread)

    def _rule(self, command: Command, thread: Thread) -> None:
        text, namer = self.text, self.words.namer.inner()
        params = {p.number: namer.take(p.name, f"any_{p.name}") for p in command.params}
        if command.params:
            text.line("ruleset " + "; ".join(f"{params[p.number]}: {p.lo}..{p.hi}" for p in command.params) + " do")
        body, _ = simplify(command.body)
        pc = load(thread.pc)
        guard = Writer(LANGUAGE, self.words, self.natures, {}, params)
        labels = " / ".join(dict.fromkeys(s.label for s in walk(body) if isinstance(s, Cut) and s.label))
        spot = f"{comment(command.function)}, {place(command.span)}"
        text.line(f'rule "{comment(thread.name)}: {comment(labels or command.function)}" -- {spot}')
        text.line(f"  {guard.truth(both(equal(pc, const(command.pc)), command.guard))} ==>")
        with self._temps(body, params) as writer:
            self._block(body, writer, thread)
        text.line("end;")
        if command.params:
            text.line("endruleset;")
        text.line()

    def idling(self) -> None:
        """Add the step that keeps finished states from being stuck, and the count of these states."""
        writer = Writer(LANGUAGE, self.words, self.natures, {}, {})
        done = const(1)
        for thread in self.system.threads:
            done = both(done, equal(load(thread.pc), const(thread.done or 0)))
        shown = writer.truth(done)
        self.text.line(f'rule "{FINISHED}"\n  {shown} ==>\nbegin\nend;\n')
        self.text.line(f'cover "{FINISHED}"\n  {shown};\n')

    def start_states(self) -> None:
        """Add the initial states; what they have in common is written once, for thousands of them differ in little."""
        first, *others = initial_states(self.system)
        common = self.words.namer.take("start_values")
        if others:
            self._setting(f"procedure {common}();", self.words.variables, first)
        for number, state in enumerate([first, *others]):
            title = f'startstate "initial {number}"'
            if others:
                differing = [v for v in self.words.variables if self._elements(v, state) != self._elements(v, first)]
                self._setting(title, differing, state, f"{common}();")
            else:
                self._setting(title, self.words.variables, state)

    def _setting(self, title: str, variables: Iterable[Variable], state: State, *before: str) -> None:
        self.text.line(f"{title}\nbegin")
        with self.text.indented():
            for line in before:
                self.text.line(line)
            for variable in variables:
                self._initial(variable, state)
        self.text.line("end;\n")

    def _elements(self, variable: Variable, state: State) -> State:
        offset = self.system.offsets[variable]
        return state[offset : offset + variable.size]

    def _initial(self, variable: Variable, state: State) -> None:
        name, nature = self.words.variables[variable], self.natures.of_variable(variable)
        values = self._elements(variable, state)
        common = max(dict.fromkeys(values), key=values.count)
        if variable.shape and values.count(common) > 1:
            letters = [f"i{k}" for k in range(len(variable.shape))]
            loops = " ".join(f"for {i}: 0..{n - 1} do" for i, n in zip(letters, variable.shape, strict=True))
            place = name + "".join(f"[{i}]" for i in letters)
            ends = " endfor;" * len(letters)
            self.text.line(f"{loops} {place} := {self.words.constant(common, nature)};{ends}")
        for flat, value in enumerate(values):
            if not variable.shape or values.count(common) == 1 or value != common:
                place = name + "".join(f"[{i}]" for i in indices(variable, flat))
                self.text.line(f"{place} := {self.words.constant(value, nature)};")

    def _block(self, block: Block, writer: Writer, thread: Thread | None) -> None:
        for statement in block:
            self._statement(statement, writer, thread)

    def _statement(self, statement: Statement, writer: Writer, thread: Thread | None) -> None:
        text = self.text
        match statement:
            case Let(temp=temp, value=value):
                shown = writer.value(value, writer.natures.temps.get(temp.number))
                text.line(f"{writer.temps[temp.number]} := {shown};")
            case Assign(variable=variable, index=index, value=value):
                shown = writer.value(value, self.natures.of_variable(variable))
                text.line(f"{writer.place(variable, index)} := {shown};")
            case Check(kind=kind, condition=condition, message=message):
                text.line(f'assert {writer.truth(condition)} "{comment(f"{kind}: {message}")}";')
            case If(condition=condition, then=then, orelse=orelse):
                text.line(f"if {writer.truth(condition)} then")
                with text.indented():
                    self._block(then, writer, thread)
                if orelse:
                    text.line("else")
                    with text.indented():
                        self._block(orelse, writer, thread)
                text.line("endif;")
            case Cut(pc=point) if thread is not None and thread.pc in self.words.variables:
                place = self.words.variables[thread.pc]
                text.line(f"{place} := {self.words.constant(point, thread)};")


def _temp_type(temp: Temp, nature: Nature) -> str:
    return "boolean" if isinstance(nature, BoolType) else f"{temp.lo}..{temp.hi}"
