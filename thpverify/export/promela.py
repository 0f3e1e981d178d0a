"""A system as a Promela model for SPIN: the same states, one for one, after SPIN's own start-up."""

from __future__ import annotations

from textwrap import wrap

from thpverify.export import keywords
from thpverify.export.errors import ExportError
from thpverify.export.expressions import uses_floor_division
from thpverify.export.names import comment, place, vocabulary
from thpverify.export.natures import Natures
from thpverify.export.promela_layout import Layout, declare, elements, layout
from thpverify.export.promela_steps import Scratch, Steps, WrittenProperty, c_type, joined
from thpverify.export.promela_threads import ThreadWriter
from thpverify.export.text import WIDTH, Text
from thpverify.export.values import all_expressions, indices, initial_states, require_starts, span_of_values
from thpverify.ir.expressions import Variable, const
from thpverify.ir.system import State, System
from thpverify.ir.types import RefType

MOST_PROCESSES = 254
"""SPIN numbers processes with a byte; one of them is `init`."""


def to_promela(system: System, *, reachable: str | None = None) -> str:
    """The Promela model of `system`.

    `reachable` names a "reachable" property of it: then the model also asserts that this is never true, so that
    SPIN's counterexample is a witness. Otherwise such properties are left out.

    Raises:
        ExportError: Promela cannot express the system, or it has no such property.
    """
    system = system.inlined()
    if reachable is not None and not any(p.kind == "reachable" and p.name == reachable for p in system.properties):
        raise ExportError(f"{system.name} has no reachable property {reachable!r}")
    if len(system.threads) > MOST_PROCESSES:
        raise ExportError(f"SPIN runs at most {MOST_PROCESSES} threads, {system.name} has {len(system.threads)}")
    require_starts(system)
    c_type(*span_of_values(system))
    words, plan = vocabulary(system, keywords.PROMELA), layout(system)
    scratch = Scratch(words.namer)
    steps = Steps(system, words, Natures.of(system), scratch, plan.stored)

    text = Text()
    _variables(steps, plan, text)
    rest = Text()
    properties = _properties(steps, reachable, rest)
    for thread in system.threads:
        declarations = [line for v in plan.own[thread.number] for line in _declare(v, steps)]
        where, namer = plan.places[thread.number], words.namer.inner()
        ThreadWriter(thread, where, steps, properties, namer, declarations).write(rest)
    _init(steps, plan, properties, rest)
    prelude = Text()
    _prelude(steps, prelude)
    _temporaries(scratch, text)
    return f"{prelude}{text}{rest}"


def _prelude(steps: Steps, text: Text) -> None:
    system, words = steps.system, steps.words
    compiled = "gcc -O2 -DSAFETY -DNOREDUCE -o pan pan.c"
    text.line(f"/* {comment(system.name)}, exported from its Python model: every step there is one d_step here.")
    text.line(f"   Depth first:   spin -o1 -o2 -a MODEL && {compiled} && ./pan -m1000000")
    text.line(f"   Breadth first: spin -o1 -o2 -DBREADTH_FIRST -a MODEL && {compiled} -DBFS && ./pan */")
    for kind, members in words.members.items():
        text.line()
        text.line(f"/* {comment(kind.name)} */")
        for value, name in enumerate(members):
            text.line(f"#define {name} {value}")
    if any(isinstance(v.type, RefType) for v in system.variables):
        text.line(f"\n#define {words.none} (-1)")
    for thread in system.threads:
        if thread.pc in steps.places:
            text.line(f"\n/* where {comment(thread.name)} stands */")
            for point in thread.points:
                text.line(f"#define {words.points[thread.number, point.number]} {point.number}")
    if uses_floor_division(list(all_expressions(system))):
        text.line("\n/* division that rounds down */")
        text.line("#define floor_mod(a, b) ((((a) % (b)) + (b)) % (b))")
        text.line("#define floor_div(a, b) (((a) - floor_mod(a, b)) / (b))")
    text.line()


def _variables(steps: Steps, plan: Layout, text: Text) -> None:
    own = {v for variables in plan.own.values() for v in variables}
    for variable in steps.words.variables:
        if variable not in own and (variable.role != "pc" or variable in plan.stored):
            for line in _declare(variable, steps):
                text.line(line)
    text.line()


def _declare(variable: Variable, steps: Steps) -> list[str]:
    return declare(variable, _declared_start(steps.system, variable), steps.words, steps.natures)


def _declared_start(system: System, variable: Variable) -> int:
    """What all elements start as before `init` corrects it: the commonest value of the first initial state."""
    first = elements(system, variable, initial_states(system)[0])
    return max(dict.fromkeys(first), key=first.count)


def _temporaries(scratch: Scratch, text: Text) -> None:
    if not scratch.spans:
        return
    text.line("/* temporaries, 0 between steps and so no part of the state; SPIN has no -DBFS with hidden ones */")
    text.line("#ifdef BREADTH_FIRST\n#define scratch\n#else\n#define scratch hidden\n#endif")
    for name, span in scratch.spans.items():
        kind = c_type(*span)
        text.line(f"scratch {'byte' if kind == 'bit' else kind} {name};")
    text.line()


def _properties(steps: Steps, reachable: str | None, text: Text) -> list[WrittenProperty]:
    written: list[WrittenProperty] = []
    for prop in steps.system.properties:
        text.line("\n   ".join(wrap(f"/* {prop.kind}: {comment(prop.statement)} ({place(prop.span)}) */", WIDTH)))
        inline = steps.property(prop, reachable)
        if inline is None:
            text.line(f"/* {comment(prop.name)} is not expressed here: SPIN looks for violations, not for witnesses */")
        else:
            text.line(f"inline {inline.name}() {{")
            with text.indented():
                text.line("\n".join(inline.lines))
            text.line("}")
            written.append(inline)
        text.line()
    return written


def _init(steps: Steps, plan: Layout, properties: list[WrittenProperty], text: Text) -> None:
    system, states = steps.system, initial_states(steps.system)
    declared = {variable: _declared_start(system, variable) for variable in steps.words.variables}
    settings = [_assignments(steps, plan, state, declared) for state in states]
    checks = [f"{prop.name}()" for prop in properties]
    text.line("init {")
    with text.indented():
        if len(states) == 1:
            text.line(_block("d_step", settings[0] + checks) + ";")
        else:
            text.line("if")
            for setting in settings:
                text.line(f":: {_block('d_step', setting)}".replace("\n", "\n   "))
            text.line("fi;")
        runs = [f"run {steps.words.threads[t.number]}()" for t in system.threads]
        if len(states) > 1:
            # In each option they would be translated and compiled again: minutes, for thousands of initial states.
            runs = [_block("d_step", checks), *runs]
        if runs:
            text.line(_block("atomic", runs) + ("" if system.threads else ";"))
        if not system.threads:
            # Otherwise init, with no process after it, would go on to die, which is a state more.
            text.line("end_rest: false")
    text.line("}")


def _block(word: str, lines: list[str]) -> str:
    inner = (line for lines in joined(lines or ["skip"]) for line in lines.split("\n"))
    return "\n".join([word + " {", *(f"  {line}" for line in inner), "}"])


def _assignments(steps: Steps, plan: Layout, state: State, declared: dict[Variable, int]) -> list[str]:
    system = steps.system
    own = {v for variables in plan.own.values() for v in variables}
    writer = steps.writer((), {})
    lines: list[str] = []
    for variable in steps.words.variables:
        if variable in own or (variable.role == "pc" and variable not in plan.stored):
            continue
        start, nature = declared[variable], steps.natures.of_variable(variable)
        for flat, value in enumerate(elements(system, variable, state)):
            if value != start:
                place = writer.place(variable, tuple(const(i) for i in indices(variable, flat)))
                lines.append(f"{place} = {steps.words.constant(value, nature)}")
    return lines
