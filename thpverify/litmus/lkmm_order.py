"""The preserved program order of one path: which operations must be done before another may run."""

from __future__ import annotations

from collections.abc import Sequence

from thpverify.litmus.lkmm_paths import Address, Operation


def waits_of(operations: Sequence[Operation]) -> tuple[frozenset[int], ...]:
    """For each operation the positions that it waits for, without those that others of them wait for."""
    behind: list[frozenset[int]] = []
    direct: list[frozenset[int]] = []
    for i in range(len(operations)):
        found: set[int] = set()
        for j in reversed(range(i)):
            if not any(j in behind[k] for k in found) and _ordered(operations, j, i):
                found.add(j)
        direct.append(frozenset(found))
        behind.append(frozenset(found).union(*(behind[k] for k in found)))
    return tuple(direct)


def _ordered(operations: Sequence[Operation], first: int, second: int) -> bool:
    """Whether `second` waits for `first`, which comes earlier in the program."""
    a, b = operations[first], operations[second]
    if a.is_full or b.is_full or a.acquires or b.releases or first in b.sources():
        return True
    if (a.kind, b.kind) == ("unlock", "lock") or a.kind == "rcu lock" or b.kind == "rcu unlock":
        return True
    for fence, others in (("rmb", "reads"), ("wmb", "writes")):
        if (a.kind == fence and _is(b, others)) or (b.kind == fence and _is(a, others)):
            return True
    return _may_alias(a, b)


def _is(operation: Operation, others: str) -> bool:
    return operation.reads if others == "reads" else operation.writes


def _may_alias(a: Operation, b: Operation) -> bool:
    """Whether both may access the same variable, which they then do in order."""
    if a.target is None or b.target is None:
        return False
    return not (isinstance(a.target, Address) and isinstance(b.target, Address)) or a.target == b.target
