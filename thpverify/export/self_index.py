"""SPIN does not let an array be indexed with itself, as in ``row[row[i]]``: the same without that."""

from __future__ import annotations

from itertools import count, product

from thpverify.export.simplify import temps_of, variables_read
from thpverify.ir.expressions import TRUE, Expr, Load, Temp, both, const, equal, ite, load, rewrite
from thpverify.ir.statements import Assign, Block, Check, If, Let, Statement


def without_self_index(expr: Expr) -> Expr:
    """`expr` with a choice among all elements for each load whose index mentions the same array."""

    def replace(e: Expr) -> Expr | None:
        if not isinstance(e, Load) or not any(e.variable in variables_read(i) for i in e.index):
            return None
        index = tuple(without_self_index(i) for i in e.index)
        cells = [tuple(map(const, cell)) for cell in product(*map(range, e.variable.shape))]
        value = load(e.variable, cells[-1])
        for cell in reversed(cells[:-1]):
            here: Expr = TRUE
            for one, other in zip(index, cell, strict=True):
                here = both(here, equal(one, other))
            value = ite(here, load(e.variable, cell), value)
        return value

    return rewrite(expr, replace)


def block_without_self_index(block: Block) -> Block:
    """`block` likewise; where it assigns to such an element, the index is put into a temp first."""
    numbers = count(max(temps_of(block), default=0) + 1)
    return _block(block, numbers)


def _block(block: Block, numbers: count[int]) -> Block:
    done: list[Statement] = []
    for statement in block:
        match statement:
            case Let(span=span, temp=temp, value=value):
                done.append(Let(span, temp, without_self_index(value)))
            case Assign(span=span, variable=variable, index=index, value=value):
                place: list[Expr] = []
                for position in map(without_self_index, index):
                    if variable in variables_read(position):
                        temp = Temp(position.lo, position.hi, next(numbers), "index")
                        done.append(Let(span, temp, position))
                        place.append(temp)
                    else:
                        place.append(position)
                done.append(Assign(span, variable, tuple(place), without_self_index(value)))
            case If(span=span, condition=condition, then=then, orelse=orelse):
                shown = without_self_index(condition)
                done.append(If(span, shown, _block(then, numbers), _block(orelse, numbers)))
            case Check(span=span, kind=kind, condition=condition, message=message):
                done.append(Check(span, kind, without_self_index(condition), message))
            case _:
                done.append(statement)
    return tuple(done)
