"""``for`` loops with a yield in them: their position must show in a local, so that it survives the yield."""

from __future__ import annotations

import ast
from collections.abc import Callable

import attrs

from thpverify.compiler.statements import Statements
from thpverify.compiler.values import ArrayPlace, RecordPlace, Scalar, TupleValue, Value
from thpverify.ir.expressions import Expr, binary, const
from thpverify.lang.types import ScalarSpec


@attrs.frozen(eq=False)
class YieldingLoop:
    """A ``for`` over the constant positions `start`, `start + step`, ... before `stop`.

    `position` reads the position off the target's locals, `value` gives what the target is bound to at a position.
    """

    start: int
    stop: int
    step: int
    position: Callable[[Statements], Expr]
    value: Callable[[Statements, Expr], Value]


def yielding_loop(lowering: Statements, node: ast.For) -> YieldingLoop:
    """How `node` runs.

    Raises:
        ModelError: its position would be hidden in a Python iterator, or its bounds are not constant.
    """
    _refuse_changing(lowering, node)
    bounds = lowering.range_of(node.iter)
    if bounds is not None and isinstance(node.target, ast.Name):
        if not bounds.is_constant:
            raise lowering.error(
                node.iter,
                "THP032",
                "the bounds of this loop depend on the state, and it yields",
                "Use a while with an annotated local: i: Int[0, N] = 0.",
            )
        return YieldingLoop(
            bounds.start.lo, bounds.stop.lo, bounds.step, _number(node.target), lambda _, i: Scalar(i, "int")
        )
    if (
        isinstance(node.iter, ast.Call)
        and isinstance(node.iter.func, ast.Name)
        and lowering.is_builtin(node.iter.func, enumerate)
    ):
        match node.target, node.iter.args:
            case ast.Tuple(elts=[ast.Name() as counter, _]), [iterable]:
                array = _array(lowering, iterable)
                return YieldingLoop(
                    0,
                    array.length,
                    1,
                    _number(counter),
                    lambda low, i: TupleValue((Scalar(i, "int"), _element(low, array, i))),
                )
    elif isinstance(node.target, ast.Name):
        array = _array(lowering, node.iter)
        if not isinstance(array.spec.element, ScalarSpec):
            return YieldingLoop(0, array.length, 1, _slot(node.target), lambda low, i: _element(low, array, i))
    raise lowering.error(
        node.iter,
        "THP032",
        "this loop yields, and its position shows in no local",
        "Loop over range(len(...)), or over enumerate(...) with a name for the position.",
    )


def _refuse_changing(lowering: Statements, node: ast.For) -> None:
    read = {n.id for n in ast.walk(node.iter) if isinstance(n, ast.Name)}
    for inner in (n for statement in node.body for n in ast.walk(statement)):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store) and inner.id in read:
            raise lowering.error(
                inner, "THP045", f"{inner.id}, which the loop runs over, is assigned in the loop", "Use another name."
            )


def _array(lowering: Statements, node: ast.expr) -> ArrayPlace:
    value = lowering.expr(node)
    if isinstance(value, ArrayPlace):
        return value
    raise lowering.error(
        node,
        "THP032",
        "a loop that yields runs over something else than a range or an array",
        "Loop over range(...) with constant bounds, an array of records, or enumerate(array).",
    )


def _element(lowering: Statements, array: ArrayPlace, position: Expr) -> Value:
    return lowering.place(array.spec.element, array.name + "[]", (*array.index, position))


def _number(target: ast.Name) -> Callable[[Statements], Expr]:
    def position(lowering: Statements) -> Expr:
        value = lowering.lookup(target.id)
        assert isinstance(value, Scalar)
        return value.expr

    return position


def _slot(target: ast.Name) -> Callable[[Statements], Expr]:
    def position(lowering: Statements) -> Expr:
        value = lowering.lookup(target.id)
        assert isinstance(value, RecordPlace | ArrayPlace)
        return value.index[-1]

    return position


__all__ = ["YieldingLoop", "binary", "const", "yielding_loop"]
