"""One text form for everything in the IR; tests compare it and people read it."""

from __future__ import annotations

from thpverify.ir.expressions import Binary, Const, Expr, Ite, Load, Not, Param, Temp, Variable
from thpverify.ir.statements import Assign, Atomic, Block, Check, Chosen, Cut, If, Let
from thpverify.ir.system import Command, Property, System

_STRENGTH = {"or": 1, "and": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, "+": 5, "-": 5, "*": 6, "//": 6, "%": 6}
_ITE, _NOT, _ATOM = 0, 3, 7


def show_expr(expr: Expr) -> str:
    """`expr` as Python would write it, with as few parentheses as the operators' strengths allow."""
    return _show(expr)[0]


def _show(expr: Expr) -> tuple[str, int]:
    match expr:
        case Const(lo=value):
            return str(value), _ATOM if value >= 0 else _STRENGTH["*"]
        case Load(variable=variable, index=index):
            return show_element(variable, index), _ATOM
        case Temp(name=name, number=number):
            return f"{name}%{number}", _ATOM
        case Param(name=name):
            return f"{name}?", _ATOM
        case Not(operand=operand):
            return f"not {_enclose(operand, _NOT)}", _NOT
        case Binary(op=op, left=left, right=right):
            strength = _STRENGTH[op]
            loose = op in ("and", "or", "+", "*")
            return f"{_enclose(left, strength)} {op} {_enclose(right, strength if loose else strength + 1)}", strength
        case Ite(condition=condition, then=then, orelse=orelse):
            return f"{_enclose(then, 1)} if {_enclose(condition, 1)} else {_enclose(orelse, _ITE)}", _ITE
    raise TypeError(f"not an expression: {expr!r}")


def _enclose(expr: Expr, least: int) -> str:
    text, strength = _show(expr)
    return text if strength >= least else f"({text})"


def show_element(variable: Variable, index: tuple[Expr, ...]) -> str:
    """``mm[a].pte[i]`` for variable ``mm[].pte[]`` at index (a, i)."""
    text = variable.name
    for position in index:
        text = text.replace("[]", f"[{show_expr(position)}]", 1)
    return text


def show_block(block: Block, indent: str = "    ") -> str:
    """One line a statement, arms indented."""
    lines: list[str] = []
    for statement in block:
        match statement:
            case Let(temp=temp, value=value):
                lines.append(f"{indent}let {show_expr(temp)} = {show_expr(value)}")
            case Assign(variable=variable, index=index, value=value):
                lines.append(f"{indent}{show_element(variable, index)} := {show_expr(value)}")
            case If(condition=condition, then=then, orelse=orelse):
                lines.append(f"{indent}if {show_expr(condition)}:")
                lines.append(show_block(then, indent + "    ") or f"{indent}    skip")
                if orelse:
                    lines.append(f"{indent}else:")
                    lines.append(show_block(orelse, indent + "    "))
            case Check(kind=kind, condition=condition, message=message):
                lines.append(f"{indent}check {kind} {show_expr(condition)}: {message}")
            case Chosen(values=values):
                lines.append(f"{indent}chosen {', '.join(map(show_expr, values))}")
            case Atomic(reason=reason):
                lines.append(f"{indent}atomic {reason!r}")
            case Cut(pc=pc, label=label):
                lines.append(f"{indent}goto {pc} {label!r}")
    return "\n".join(lines)


def show_command(command: Command) -> str:
    """The command's head line, guard and body."""
    params = "".join(f" for {p.name} in {p.lo}..{p.hi}" for p in command.params)
    head = f"command {command.number}: thread {command.thread} at {command.pc}{params}"
    return f"{head}\n  when {show_expr(command.guard)}\n{show_block(command.body)}"


def show_property(prop: Property) -> str:
    """The property's head line, body and result."""
    body = show_block(prop.body)
    return f"{prop.kind} {prop.name}\n" + (body + "\n" if body else "") + f"    {show_expr(prop.result)}"


def show_system(system: System) -> str:
    """All of a system: variables, commands by thread, properties."""
    lines = [f"system {system.name}"]
    for v in system.variables:
        shape = "".join(f"[{n}]" for n in v.shape)
        initial = v.initial[0] if len(set(v.initial)) == 1 else list(v.initial)
        lines.append(f"{v.role} {v.name}: {v.type}{shape} = {initial}")
    for thread in system.threads:
        lines.append(f"thread {thread.number} {thread.name}")
        lines.extend(show_command(c) for c in system.commands if c.thread == thread.number)
    if system.after_step:
        lines.append("after every step\n" + show_block(system.after_step))
    if system.start is not None:
        names = [name for _, _, name in system.elements()]
        lines.append(f"start with any {', '.join(names[element] for element in system.start.free)}")
        lines.append(f"  when {show_expr(system.start.guard)}\n{show_block(system.start.body)}")
    lines.extend(show_property(p) for p in system.properties)
    return "\n".join(lines)
